/**
 * A client in the rooms of its own choice, as one of IRC is, without a language: it sends commands as they are parsed,
 * and receives events as they are.
 */
import type { Roamer } from '../../src/core/command.js';
import type { Conversation, Dialect, ParsedLine } from '../../src/core/dialect.js';
import type { HubEvent, Who } from '../../src/core/event.js';
import {
  cleanText,
  parseRoomName,
  parseUserName,
  type RoomName,
  typedName,
  type UserName,
} from '../../src/core/text/text.js';
import { LineFramer } from '../../src/framing/line-framer.js';
import type { Peer, World } from './world.js';

const dialect: Dialect = {
  name: 'roamer',
  echoesOwnMessages: false,
  recapMessages: 0,
  interactive: false,
  confirmsDelivery: false,
  // An event that is not sent after all is an empty text.
  format: (event) => (event.kind === 'answered' && event.text === '' ? '' : `${JSON.stringify(event)}\n`),
};

/** Each line that it receives stands for the next of the commands that the test gives. */
class RoamerConversation implements Conversation {
  readonly dialect = dialect;
  readonly framer = new LineFramer(4096);
  readonly greeting = '';
  readonly needsHeartbeat = true;
  readonly commands: ParsedLine[] = [];
  parse = (): ParsedLine => this.commands.shift() ?? null;
  onGreetingTimeout = () => null;
  onLineTooLong = () => null;
  onAreYouThere = () => null;
}

export class RoamingPeer {
  readonly peer: Peer;
  readonly #conversation = new RoamerConversation();

  constructor(world: World, address = '10.0.0.9') {
    this.peer = world.connect(address, () => this.#conversation);
  }

  /** Sends commands, without ending the turn. */
  say(...commands: readonly ParsedLine[]): void {
    for (const command of commands) {
      this.#conversation.commands.push(command);
      this.peer.say('\n');
    }
  }

  /** Sends commands, and ends the turn. */
  send(...commands: readonly ParsedLine[]): void {
    this.say(...commands);
    this.peer.send('');
  }

  /** The events since the last call, with the hosts as they are. */
  read(): readonly HubEvent[] {
    return String(this.peer.readBytes())
      .split('\n')
      .slice(0, -1)
      .map((line): HubEvent => JSON.parse(line));
  }

  /** Those of some kinds. */
  readOnly<Kind extends HubEvent['kind']>(
    ...kinds: readonly Kind[]
  ): readonly Extract<HubEvent, { kind: Kind }>[] {
    const isWanted = (event: HubEvent): event is Extract<HubEvent, { kind: Kind }> =>
      kinds.some((kind) => kind === event.kind);
    return this.read().filter(isWanted);
  }
}

/** Logs in, enters these rooms, and discards what it received. */
export function roam(world: World, name: string, ...rooms: readonly string[]): RoamingPeer {
  const peer = new RoamingPeer(world);
  peer.send(login(name, { rooms: rooms.map(room) }));
  peer.read();
  return peer;
}

export function login(name: string, as: Partial<Roamer> = {}, secret: string | null = null): ParsedLine {
  const roamer = {
    rooms: [],
    user: 'me',
    realname: cleanText('Me Myself'),
    isBot: false,
    isInvisible: false,
    style: null,
    ...as,
  };
  const options = { closeOnRefusal: false, canPromptPassword: false };
  return { kind: 'login', name: user(name), room: null, ...options, secret, roamer };
}

export function join(name: string, key: string | null = null): ParsedLine {
  return { kind: 'follow', room: room(name), key };
}

export function part(name: string, reason = ''): ParsedLine {
  return { kind: 'unfollow', room: room(name), reason: cleanText(reason) };
}

export function say(name: string, text: string): ParsedLine {
  return { kind: 'say', room: room(name), text: cleanText(text) };
}

export function room(name: string): RoomName {
  const parsed = parseRoomName(name);
  if (parsed === null) throw new Error(`invalid room: ${name}`);
  return parsed;
}

export function user(name: string): UserName {
  const parsed = parseUserName(name);
  if (parsed === null) throw new Error(`invalid user: ${name}`);
  return parsed;
}

export const who = (name: string) => typedName(cleanText(name));

/** The user behind an event. */
export const SOMEONE: Who = {
  name: 'ann',
  user: 'annie',
  host: 'abcdefghij.partyline',
  account: null,
  isBot: false,
  realname: 'Ann A.',
};
