/** Test clients, one per dialect: the bytes it sends, and the bytes that show it what others do. */
import type { Conversation } from '../../src/core/dialect.js';
import { conversationIn, type DialectName } from '../../src/dialects/index.js';
import { GotalkConversation } from '../../src/dialects/gotalk/parse.js';
import { GotalkDialect } from '../../src/dialects/gotalk/format.js';
import { MachatConversation, MAX_HANDSHAKE_BYTES } from '../../src/dialects/machat/parse.js';
import { IrcDialects } from '../../src/dialects/irc/dialects.js';
import { IrcServer } from '../../src/dialects/irc/server.js';
import { JsonFramer } from '../../src/framing/json-framer.js';
import { LineFramer } from '../../src/framing/line-framer.js';
import { room as roomNamed } from '../support/roamer.js';
import type { Peer, World } from '../support/world.js';

/** What some dialects show of an event and others do not. */
interface Circumstances {
  /** The dialect of the user behind the event; default: lines. */
  readonly by?: DialectName;
  /** Default: the lobby. */
  readonly room?: string;
  /** The receiver; default: ann. */
  readonly to?: string;
  /** The peer did not close the connection. */
  readonly isLost?: boolean;
}

export interface Speaker {
  readonly dialect: DialectName;
  readonly converse: () => Conversation;
  /** Sent to log in to the lobby, and to send a message to the room: the lobby unless it entered another one. */
  login(name: string): string;
  say(text: string, room?: string): string;
  /** Sent to log in and enter a room; `viaLobby` if the lobby sees the user on the way. */
  enter(name: string, room: string): string;
  readonly viaLobby: boolean;
  /** Sent to write to one user; null if the dialect has no direct messages. */
  tell(to: string, text: string): string | null;
  /** Received: a message of another user, a direct message, another user's login and end of session in the room. */
  said(from: string, text: string, how?: Circumstances): string;
  told(from: string, text: string, how?: Circumstances): string;
  joined(name: string, how?: Circumstances): string;
  disconnected(name: string, how?: Circumstances): string;
  /** Only those who share a room with a user see that it disconnects. */
  readonly seesEndsInItsRoomsAlone: boolean;
  /** Received: another user enters from another room, and leaves for one. */
  entered(name: string, room: string, how?: Circumstances): string;
  left(name: string, room: string, how?: Circumstances): string;
  /** Received: the client's own message. */
  own(name: string, text: string): string;
  readonly tooLong: string;
  readonly shutdown: string;
  /** Control characters that its output may hold; null for none. */
  readonly controls: RegExp | null;
}

const MAX_LINE_BYTES = 4096;
const nothing = () => '';

export const lines: Speaker = {
  dialect: 'lines',
  converse: () => conversationIn('lines', { maxLineBytes: MAX_LINE_BYTES }),
  login: (name) => `LOGIN ${name}\n`,
  say: (text) => `MSG ${text}\n`,
  enter: (name, room) => `LOGIN ${name}\nJOIN ${room}\n`,
  viaLobby: true,
  tell: (to, text) => `DM ${to} ${text}\n`,
  said: (from, text) => `MSG ${from} ${text}\n`,
  told: (from, text) => `DM ${from} ${text}\n`,
  joined: nothing,
  disconnected: (name) => `INFO ${name} disconnected\n`,
  seesEndsInItsRoomsAlone: false,
  entered: (name, room) => `INFO ${name} joined ${room}\n`,
  left: (name, room) => `INFO ${name} left ${room}\n`,
  own: nothing,
  tooLong: 'ERR line-too-long\n',
  shutdown: 'INFO server shutting down\n',
  controls: null,
};

export const machat: Speaker = {
  dialect: 'machat',
  converse: () => new MachatConversation(new JsonFramer(MAX_HANDSHAKE_BYTES, new LineFramer(MAX_LINE_BYTES))),
  login: (name) => JSON.stringify({ name, room: 'lobby' }),
  say: (text) => `${text}\n`,
  enter: (name, room) => JSON.stringify({ name, room }),
  viaLobby: false,
  tell: () => null,
  said: (from, text) => `${from}:${text}\n`,
  told: (from, text) => `* ${from} (private): ${text}\n`,
  joined: nothing,
  disconnected: nothing,
  seesEndsInItsRoomsAlone: false,
  entered: nothing,
  left: nothing,
  own: (name, text) => `${name}:${text}\n`,
  tooLong: '* line-too-long\n',
  shutdown: '* server shutting down\n',
  controls: null,
};

/** The manual clock's time until a test advances it. */
export const NOON = '[2026-03-01 12:00:00]';

/** In UTC, so that the tests do not depend on the time zone. */
export const gotalkDialect = new GotalkDialect({
  showTime: (at) => new Date(at).toISOString().slice(0, 19).replace('T', ' '),
});

export const gotalk: Speaker = {
  dialect: 'gotalk',
  converse: () => new GotalkConversation(new LineFramer(MAX_LINE_BYTES), { dialect: gotalkDialect }),
  login: (name) => `${name}\n`,
  say: (text) => `${text}\n`,
  enter: (name, room) => `${name}\n/join ${room}\n`,
  viaLobby: true,
  tell: (to, text) => `/dm ${to} ${text}\n`,
  said: (from, text) => `${NOON}[${from}]: ${text}\n`,
  told: (from, text) => `${NOON}[${from} -> you]: ${text}\n`,
  joined: (name) => `${NOON}[system]: ${name} joined the chat\n`,
  disconnected: (name) => `${NOON}[system]: ${name} has left our chat...\n`,
  seesEndsInItsRoomsAlone: true,
  entered: (name) => `${NOON}[system]: ${name} joined the chat\n`,
  left: (name) => `${NOON}[system]: ${name} has left our chat...\n`,
  own: nothing,
  tooLong: `${NOON}[system]: not sent: the line is too long; send it in parts\n`,
  shutdown: `${NOON}[system]: server shutting down\n`,
  controls: null,
};

/** Its clients enter the lobby at the login, as those of a server with default settings do. */
const newIrcDialects = () => new IrcDialects(new IrcServer({ autojoin: [roomNamed('lobby')], startedAt: 0 }));
const ircDialects = newIrcDialects();

/** A user in front of a line of IRC. The user part is the dialect, and clients of IRC say `irc`. */
const source = (name: string, { by = 'lines' }: Circumstances) => `:${name}!${by}@host`;

export const irc: Speaker = {
  dialect: 'irc',
  converse: () => conversationIn('irc', { maxLineBytes: MAX_LINE_BYTES, irc: ircDialects }),
  login: (name) => `NICK ${name}\r\nUSER irc 0 * :${name}\r\n`,
  say: (text, room = 'lobby') => `PRIVMSG #${room} :${text}\r\n`,
  enter: (name, room) => `NICK ${name}\r\nUSER irc 0 * :${name}\r\nJOIN #${room}\r\nPART #lobby\r\n`,
  viaLobby: true,
  tell: (to, text) => `PRIVMSG ${to} :${text}\r\n`,
  said: (from, text, how = {}) => `${source(from, how)} PRIVMSG #${how.room ?? 'lobby'} :${text}\r\n`,
  told: (from, text, how = {}) => `${source(from, how)} PRIVMSG ${how.to ?? 'ann'} :${text}\r\n`,
  joined: (name, how = {}) => `${source(name, how)} JOIN #lobby\r\n`,
  disconnected: (name, how = {}) =>
    `${source(name, how)} QUIT :Connection ${how.isLost === true ? 'lost' : 'closed'}\r\n`,
  seesEndsInItsRoomsAlone: true,
  entered: (name, room, how = {}) => `${source(name, how)} JOIN #${room}\r\n`,
  left: (name, room, how = {}) => `${source(name, how)} PART #${room}\r\n`,
  own: nothing,
  tooLong: ':partyline.local 417 ann :Input line was too long\r\n',
  shutdown: 'ERROR :Closing Link: host (Server shutting down)\r\n',
  // The ends of its lines, CTCP and formatting.
  controls: /\r(?=\n)|[\x01-\x04\x0f\x11\x16\x1d-\x1f]/g,
};

/** A server of its own, which numbers its batches from the start. */
export function newIrcSpeaker(): Speaker {
  const dialects = newIrcDialects();
  return { ...irc, converse: () => conversationIn('irc', { maxLineBytes: MAX_LINE_BYTES, irc: dialects }) };
}

/** A dialect without a test client does not compile. */
export const SPEAKERS: readonly Speaker[] = Object.values({
  lines,
  machat,
  gotalk,
  irc,
} satisfies Record<DialectName, Speaker>);

/** A connection in a dialect; its greeting is not read yet. */
export function connect(world: World, speaker: Speaker): Peer {
  return world.connect('10.0.0.1', speaker.converse);
}

/** Connects and logs in; the output so far is read. */
export function login(world: World, speaker: Speaker, name: string): Peer {
  const peer = connect(world, speaker);
  peer.send(speaker.login(name));
  peer.read();
  return peer;
}
