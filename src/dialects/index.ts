/** The registry of dialects: protocol detection, the list of names and new connections all come from it. */
import type { Conversation } from '../core/dialect.js';
import { JsonFramer } from '../framing/json-framer.js';
import { LineFramer } from '../framing/line-framer.js';
import { GotalkConversation, type GotalkOptions } from './gotalk/parse.js';
import { GotalkDialect } from './gotalk/format.js';
import { IrcDialects } from './irc/dialects.js';
import { IrcConversation, matchesIrc, MAX_IRC_BYTES } from './irc/irc.js';
import { LinesConversation } from './lines/parse.js';
import { MachatConversation, matchesMachat, MAX_HANDSHAKE_BYTES } from './machat/parse.js';

export interface DialectOptions {
  /** Bytes of a line without its end. */
  readonly maxLineBytes: number;
  /** One object for all clients of a server, so that they share their output buffers. */
  readonly gotalk?: GotalkOptions;
  /** The same for IRC. */
  readonly irc?: IrcDialects;
}

/** The options of one connection. */
export interface LinkOptions {
  /** The value of IRC's capability `sts` on this connection; without one, it is not offered. */
  readonly sts?: string | undefined;
  /** False on WebSocket, where hints for `ncat` do not apply. */
  readonly inTerminal?: boolean;
}

interface RegisteredDialect<Name extends string> {
  readonly name: Name;
  /** Whether a connection that begins with these bytes uses this dialect; `more` if they only begin to match. */
  matches(first: Uint8Array): 'yes' | 'no' | 'more';
  /** The state of one new connection. */
  converse(options: DialectOptions, link: LinkOptions): Conversation;
}

const GOTALK: GotalkOptions = { dialect: new GotalkDialect() };
const IRC = new IrcDialects();
const NO_LINK_OPTIONS: LinkOptions = {};

const registry = register({
  lines: {
    name: 'lines',
    matches: never,
    converse: ({ maxLineBytes }, { inTerminal }) =>
      new LinesConversation(new LineFramer(maxLineBytes), inTerminal),
  },
  machat: {
    name: 'machat',
    matches: matchesMachat,
    converse: ({ maxLineBytes }) =>
      new MachatConversation(new JsonFramer(MAX_HANDSHAKE_BYTES, new LineFramer(maxLineBytes))),
  },
  gotalk: {
    name: 'gotalk',
    matches: never,
    converse: ({ maxLineBytes, gotalk = GOTALK }) =>
      new GotalkConversation(new LineFramer(maxLineBytes), gotalk),
  },
  irc: {
    name: 'irc',
    matches: matchesIrc,
    converse: ({ irc = IRC }, { sts }) =>
      new IrcConversation(new LineFramer(MAX_IRC_BYTES, { isTyped: false }), irc, sts),
  },
});

export type DialectName = keyof typeof registry;
export const DIALECTS = Object.values(registry);
export const DIALECT_NAMES: readonly DialectName[] = DIALECTS.map(({ name }) => name);

/** The state of one new connection in a dialect. */
export function conversationIn(
  dialect: DialectName,
  options: DialectOptions,
  link: LinkOptions = NO_LINK_OPTIONS,
): Conversation {
  return registry[dialect].converse(options, link);
}

/** An entry whose name differs from its key does not compile. */
function register<Name extends string>(entries: { readonly [Key in Name]: RegisteredDialect<Key> }) {
  return entries;
}

/** The dialect has no first bytes of its own: listeners fall back to it. */
function never(): 'no' {
  return 'no';
}
