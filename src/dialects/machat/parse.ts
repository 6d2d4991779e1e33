/**
 * The input of MaChat's protocol: the client sends the object `{"name": …, "room": …}` first, then every line is a
 * message to that room.
 */
import type { Conversation, Dialect, Framer, ParsedLine, Refused } from '../../core/dialect.js';
import type { Refusal } from '../../core/reasons.js';
import { cleanText, parseRoomName, parseUserName } from '../../core/text/text.js';
import { trim } from '../shared/arguments.js';
import { machatDialect } from './format.js';

/** The maximum size of the first object, in bytes. */
export const MAX_HANDSHAKE_BYTES = 1024;

const OPENING_BRACE = 0x7b;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
/** Blanks and the byte order mark before the object; a client that sends more of them has another protocol. */
const MAX_BYTES_BEFORE_OBJECT = 64;

/**
 * Whether the first bytes begin MaChat's object: a byte order mark and blanks may come before it, a line end may not.
 */
export function matchesMachat(first: Uint8Array): 'yes' | 'no' | 'more' {
  let index = 0;
  if (first[0] === BYTE_ORDER_MARK[0]) {
    for (const byte of BYTE_ORDER_MARK) {
      if (index === first.length) return 'more';
      if (first[index++] !== byte) return 'no';
    }
  }
  while (first[index] === 0x20 || first[index] === 0x09) index++;
  if (index > MAX_BYTES_BEFORE_OBJECT) return 'no';
  if (index === first.length) return 'more';
  return first[index] === OPENING_BRACE ? 'yes' : 'no';
}

export class MachatConversation implements Conversation {
  readonly dialect: Dialect = machatDialect;
  readonly framer: Framer;
  readonly greeting = '';
  readonly needsHeartbeat = false;
  #hasHandshake = false;

  /** `framer` yields the whole object first, then lines. */
  constructor(framer: Framer) {
    this.framer = framer;
  }

  parse(line: string): ParsedLine {
    if (this.#hasHandshake) return parseMessage(line);
    this.#hasHandshake = true;
    return parseLogin(line);
  }

  onGreetingTimeout(): ParsedLine {
    return null;
  }

  onLineTooLong(): ParsedLine {
    return { kind: 'refuse', reason: 'line-too-long', detail: {} };
  }

  onAreYouThere(): ParsedLine {
    return { kind: 'answer', text: '* here\n' };
  }
}

function parseLogin(object: string): ParsedLine {
  const handshake = parseHandshake(object);
  if (handshake === null) return refuseAndClose('invalid-handshake');
  const name = parseUserName(cleanText(handshake.name));
  const room = parseRoomName(cleanText(handshake.room));
  if (name === null) return refuseAndClose('invalid-username');
  if (room === null) return refuseAndClose('invalid-room');
  const { password } = handshake;
  const secret = password === null ? null : cleanText(password);
  return { kind: 'login', name, room, closeOnRefusal: true, canPromptPassword: false, secret };
}

/** A message keeps its spaces; a line of spaces alone is ignored. */
function parseMessage(line: string): ParsedLine {
  const text = cleanText(line);
  return trim(text) === '' ? null : { kind: 'say', room: null, text };
}

const LOBBY = 'lobby';

interface Handshake {
  readonly name: string;
  readonly room: string;
  readonly password: string | null;
}

/** Keys are in any case, as in Go's JSON; of several the last counts. Unknown fields are ignored. */
function parseHandshake(object: string): Handshake | null {
  const fields = parseJson(object);
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return null;
  const values = new Map<string, unknown>(
    Object.entries(fields).map(([key, value]) => [key.toLowerCase(), value]),
  );
  const name = values.get('name');
  // Go's JSON does not tell an empty room from none.
  const room = values.has('room') && values.get('room') !== '' ? values.get('room') : LOBBY;
  if (typeof name !== 'string' || typeof room !== 'string') return null;
  if (!values.has('password')) return { name, room, password: null };
  const password = values.get('password');
  return typeof password === 'string' ? { name, room, password } : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}

function refuseAndClose(reason: Refusal): Refused {
  return { kind: 'refuse', reason, detail: {}, final: true };
}
