/** Test clients, one per dialect: the bytes it sends, and the bytes that show it what others do. */
import type { Conversation } from '../../src/core/dialect.js';
import { conversationIn, type DialectName } from '../../src/dialects/index.js';
import { GotalkConversation } from '../../src/dialects/gotalk/parse.js';
import { GotalkDialect } from '../../src/dialects/gotalk/format.js';
import { MachatConversation, MAX_HANDSHAKE_BYTES } from '../../src/dialects/machat/parse.js';
import { JsonFramer } from '../../src/framing/json-framer.js';
import { LineFramer } from '../../src/framing/line-framer.js';
import type { Peer, World } from '../support/world.js';

export interface Speaker {
  readonly dialect: DialectName;
  readonly converse: () => Conversation;
  /** Sent to log in to the lobby, and to send a message. */
  login(name: string): string;
  say(text: string): string;
  /** Sent to log in and enter a room; `viaLobby` if the lobby sees the user on the way. */
  enter(name: string, room: string): string;
  readonly viaLobby: boolean;
  /** Sent to write to one user; null if the dialect has no direct messages. */
  tell(to: string, text: string): string | null;
  /** Received: a message of another user, a direct message, another user's login and end of session in the room. */
  said(from: string, text: string): string;
  told(from: string, text: string): string;
  joined(name: string): string;
  disconnected(name: string): string;
  /** Received: another user enters from another room, and leaves for one. */
  entered(name: string, room: string): string;
  left(name: string, room: string): string;
  /** Received: the client's own message. */
  own(name: string, text: string): string;
  readonly tooLong: string;
  readonly shutdown: string;
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
  entered: (name, room) => `INFO ${name} joined ${room}\n`,
  left: (name, room) => `INFO ${name} left ${room}\n`,
  own: nothing,
  tooLong: 'ERR line-too-long\n',
  shutdown: 'INFO server shutting down\n',
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
  entered: nothing,
  left: nothing,
  own: (name, text) => `${name}:${text}\n`,
  tooLong: '* line-too-long\n',
  shutdown: '* server shutting down\n',
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
  entered: (name) => `${NOON}[system]: ${name} joined the chat\n`,
  left: (name) => `${NOON}[system]: ${name} has left our chat...\n`,
  own: nothing,
  tooLong: `${NOON}[system]: not sent: the line is too long; send it in parts\n`,
  shutdown: `${NOON}[system]: server shutting down\n`,
};

/** A dialect without a test client does not compile. */
export const SPEAKERS: readonly Speaker[] = Object.values({
  lines,
  machat,
  gotalk,
} satisfies Record<Exclude<DialectName, 'irc'>, Speaker>);

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
