/** One client of each dialect: what it sends, and how it is told what the others do. */
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
  /** What it sends. Rooms: the lobby. */
  login(name: string): string;
  say(text: string): string;
  /** To come in and go to a room; whether the lobby sees that on the way. */
  enter(name: string, room: string): string;
  readonly viaLobby: boolean;
  /** To one user alone; null if it has no words for that. */
  tell(to: string, text: string): string | null;
  /** What it is shown: another's message, a message to it alone, another's coming and going, its own message. */
  said(from: string, text: string): string;
  told(from: string, text: string): string;
  joined(name: string): string;
  gone(name: string): string;
  /** Another's walk into the room, and out of it. */
  walkedIn(name: string, room: string): string;
  walkedOut(name: string, room: string): string;
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
  gone: (name) => `INFO ${name} disconnected\n`,
  walkedIn: (name, room) => `INFO ${name} joined ${room}\n`,
  walkedOut: (name, room) => `INFO ${name} left ${room}\n`,
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
  gone: nothing,
  walkedIn: nothing,
  walkedOut: nothing,
  own: (name, text) => `${name}:${text}\n`,
  tooLong: '* line-too-long\n',
  shutdown: '* server shutting down\n',
};

/** As the manual clock shows it until a test lets time pass. */
export const NOON = '[2026-03-01 12:00:00]';

/** In UTC, so that the tests do not depend on where they run. */
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
  gone: (name) => `${NOON}[system]: ${name} has left our chat...\n`,
  walkedIn: (name) => `${NOON}[system]: ${name} joined the chat\n`,
  walkedOut: (name) => `${NOON}[system]: ${name} has left our chat...\n`,
  own: nothing,
  tooLong: `${NOON}[system]: not sent: the line is too long; send it in parts\n`,
  shutdown: `${NOON}[system]: server shutting down\n`,
};

export const SPEAKERS: readonly Speaker[] = [lines, machat, gotalk];

/** A connection in that dialect; what it is greeted with is not read yet. */
export function connect(world: World, speaker: Speaker): Peer {
  return world.connect('10.0.0.1', speaker.converse);
}

/** Connects and logs in; what is said to that is read. */
export function login(world: World, speaker: Speaker, name: string): Peer {
  const peer = connect(world, speaker);
  peer.send(speaker.login(name));
  peer.read();
  return peer;
}
