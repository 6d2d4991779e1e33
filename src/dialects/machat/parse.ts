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
  return trim(text) === '' ? null : { kind: 'say', text };
}

interface Handshake {
  readonly name: string;
  readonly room: string;
  readonly password: string | null;
}

/** Unknown fields are ignored. */
function parseHandshake(object: string): Handshake | null {
  const fields = parseJson(object);
  if (typeof fields !== 'object' || fields === null || !('name' in fields) || !('room' in fields))
    return null;
  const { name, room } = fields;
  if (typeof name !== 'string' || typeof room !== 'string') return null;
  if (!('password' in fields)) return { name, room, password: null };
  return typeof fields.password === 'string' ? { name, room, password: fields.password } : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refuseAndClose(reason: Refusal): Refused {
  return { kind: 'refuse', reason, detail: {}, final: true };
}
