/**
 * MaChat's language: a client introduces itself with `{"name": …, "room": …}`, and from then on every line is a
 * message to that room, which its author sees come back. Lines that begin `* ` are the server's.
 */
import type { Conversation, Dialect, Framer, ParsedLine, Refused } from '../../core/dialect.js';
import type { HubEvent } from '../../core/event.js';
import type { CloseReason, Refusal } from '../../core/reasons.js';
import { cleanText, parseRoomName, parseUserName } from '../../core/text/text.js';
import { isHttpRequest } from '../shared/http-request.js';
import { trim } from '../shared/arguments.js';

/** Bytes of the object that a client introduces itself with. */
export const MAX_HANDSHAKE_BYTES = 1024;

export class MachatConversation implements Conversation {
  readonly dialect: Dialect = MACHAT;
  readonly framer: Framer;
  readonly greeting = '';
  readonly needsHeartbeat = false;
  #introduced = false;

  /** The framer gives the object first, whole, then lines. */
  constructor(framer: Framer) {
    this.framer = framer;
  }

  parse(line: string): ParsedLine {
    if (this.#introduced) return parseMessage(line);
    this.#introduced = true;
    return parseLogin(line);
  }

  onGreetingTimeout(): ParsedLine {
    return null;
  }

  onLineTooLong(): ParsedLine {
    return { kind: 'refuse', reason: 'line-too-long', detail: {} };
  }
}

function parseLogin(object: string): ParsedLine {
  const handshake = parseHandshake(object);
  if (handshake === null) return refuseForGood('invalid-handshake');
  const name = parseUserName(cleanText(handshake.name));
  const room = parseRoomName(cleanText(handshake.room));
  if (name === null) return refuseForGood('invalid-username');
  if (room === null) return refuseForGood('invalid-room');
  const { password } = handshake;
  const secret = password === null ? null : cleanText(password);
  return { kind: 'login', name, room, closeOnRefusal: true, canPromptPassword: false, secret };
}

/** A message is shown as typed, its blanks too; a line of nothing but blanks is none. */
function parseMessage(line: string): ParsedLine {
  const text = cleanText(line);
  const words = trim(text);
  if (words === '') return null;
  return isHttpRequest(words) ? { kind: 'http-request' } : { kind: 'say', text };
}

interface Handshake {
  readonly name: string;
  readonly room: string;
  readonly password: string | null;
}

/** Other fields may be there, and mean nothing. */
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

function refuseForGood(reason: Refusal): Refused {
  return { kind: 'refuse', reason, detail: {}, final: true };
}

/** One object, so that all clients share their buffers. */
const MACHAT: Dialect = {
  name: 'machat',
  echoesOwnMessages: true,
  recapMessages: 0,
  interactive: false,

  format(event: HubEvent): string {
    switch (event.kind) {
      case 'said':
        return `${event.message.from}:${event.message.text}\n`;
      case 'told':
        return told(event);
      case 'mail':
        return event.mail.map(told).join('');
      case 'refused':
        return `* ${REFUSALS[event.reason]}\n`;
      case 'announced':
        return `* ${event.name}: ${event.text}\n`;
      case 'closing':
        return closing(event);
      case 'answered':
        return event.text;
      // Who comes and goes is not shown.
      case 'joined':
      case 'left':
      case 'connected':
      case 'disconnected':
      case 'logged-in':
      case 'recap':
      // Answers to what cannot be asked here.
      case 'entered':
      case 'delivered':
      case 'pasted':
      case 'done':
      case 'bans':
      case 'roster':
      case 'rooms':
      case 'history':
      case 'found':
      case 'pong':
      // Silence is allowed.
      case 'heartbeat':
      case 'idle-soon':
      case 'attached':
      case 'detached':
        return '';
      default:
        return event satisfies never;
    }
  },
};

function told({ from, text }: { readonly from: string; readonly text: string }): string {
  return `* ${from} (private): ${text}\n`;
}

function closing({ why, by, reason }: Extract<HubEvent, { kind: 'closing' }>): string {
  const words = CLOSINGS[why];
  return words === '' ? '' : `* ${words}${by}${reason === '' ? '' : `: ${reason}`}\n`;
}

const REFUSALS: Record<Refusal, string> = {
  'not-logged-in': 'invalid-handshake',
  'already-logged-in': 'already-logged-in',
  'invalid-handshake': 'invalid-handshake',
  'invalid-username': 'invalid-username',
  'username-taken': 'username-taken',
  'password-required': 'password-required',
  'wrong-password': 'wrong-password',
  'weak-password': 'weak-password',
  'already-registered': 'already-registered',
  'not-registered': 'not-registered',
  banned: 'banned',
  'not-permitted': 'not-permitted',
  muted: 'not-permitted',
  usage: 'usage',
  'unknown-command': 'unknown-cmd',
  'user-not-found': 'user-not-found',
  'invalid-room': 'invalid-room',
  'room-not-found': 'room-not-found',
  'room-locked': 'room-locked',
  'mailbox-full': 'mailbox-full',
  'not-stored': 'not-stored',
  busy: 'busy',
  'line-too-long': 'line-too-long',
  'paste-too-long': 'paste-too-long',
};

const CLOSINGS: Record<CloseReason, string> = {
  quit: '',
  left: '',
  lost: '',
  idle: 'disconnected due to inactivity',
  'login-timeout': 'login-timeout',
  'login-refused': '',
  'too-many-attempts': 'too-many-attempts',
  'logged-in-elsewhere': 'disconnected: logged in elsewhere',
  'token-revoked': 'disconnected: token revoked',
  kicked: 'disconnected: kicked by ',
  banned: 'disconnected: banned by ',
  barred: 'banned',
  'too-slow': 'disconnected: reading too slowly',
  'endless-line': '',
  'http-request': '',
  'server-full': 'server-full',
  'too-many-connections': 'too-many-connections',
  'tls-required': 'tls-required',
  shutdown: 'server shutting down',
  'internal-error': 'disconnected: internal error',
};
