/** The room that messages go to, and what was shown of each room that the session was in. */
import { foldName } from '../core/text/text.js';
import { ShownMessages } from './shown-messages.js';

const LOBBY = 'lobby';

export class CurrentRoom {
  /** What follows JOIN: the room, and perhaps its key. Null for the lobby. */
  #joinArguments: string | null;
  /** Folds: the name of the user, and former ones. */
  readonly #ownNames: Set<string>;
  readonly #memories = new Map<string, ShownMessages>();

  constructor(joinArguments: string | null, userName: string) {
    this.#joinArguments = joinArguments;
    this.#ownNames = new Set([foldName(userName)]);
  }

  get name(): string {
    return this.#joinArguments?.split(/\s/, 1)[0]?.replace(/^#/, '') ?? LOBBY;
  }

  /** The command that enters the room after a login; null for the lobby, where a login begins. */
  get joinCommand(): string | null {
    return this.#joinArguments === null ? null : `JOIN ${this.#joinArguments}`;
  }

  get memory(): ShownMessages {
    const key = foldName(this.name);
    const memory = this.#memories.get(key) ?? new ShownMessages(this.#ownNames);
    this.#memories.set(key, memory);
    return memory;
  }

  /** The user has another name from now on. */
  rename(userName: string): void {
    this.#ownNames.add(foldName(userName));
  }

  moveTo(joinArguments: string | null): void {
    this.#joinArguments = joinArguments;
  }
}
