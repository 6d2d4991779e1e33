/** What all IRC clients of a server are told of it. */
import type { RoomName } from '../../core/text/text.js';

export interface IrcServerOptions {
  /** The name in front of the server's lines. */
  readonly name?: string;
  /** The version of the program. */
  readonly version?: string;
  /** The rooms that a client enters at its login. */
  readonly autojoin?: readonly RoomName[];
  /** How many messages of a room are shown to a client that enters it. */
  readonly replay?: number;
  /** The lines of the message of the day; null for none. */
  readonly motd?: readonly string[] | null;
  /** When the server was started, in milliseconds since 1970. */
  readonly startedAt?: number;
  /** Without the password of the server nothing is told of its users. */
  readonly needsPassword?: boolean;
}

export class IrcServer {
  readonly name: string;
  readonly version: string;
  readonly autojoin: readonly RoomName[];
  readonly replay: number;
  readonly motd: readonly string[] | null;
  readonly startedAt: number;
  readonly needsPassword: boolean;
  #lastBatch = 0;

  constructor({
    name = 'partyline.local',
    version = '0',
    autojoin = [],
    replay = 20,
    motd = null,
    startedAt = Date.now(),
    needsPassword = false,
  }: IrcServerOptions = {}) {
    this.name = name;
    this.version = `partyline-${version}`;
    this.autojoin = autojoin;
    this.replay = replay;
    this.motd = motd;
    this.startedAt = startedAt;
    this.needsPassword = needsPassword;
  }

  /** A reference for a batch that no other batch of the server has. */
  nextBatch(): string {
    this.#lastBatch++;
    return this.#lastBatch.toString(36);
  }
}
