/** Why a connection ended, in the words of QUIT and of the server's ERROR. */
import type { HubEvent } from '../../core/event.js';
import type { CloseReason } from '../../core/reasons.js';
import { fit, LINE_END, MAX_LINE_BYTES } from './message.js';
import { MAX_NICK_BYTES, MAX_USER } from './registration.js';
import { HOST_BYTES } from './source.js';

const CLOSING = 'ERROR :Closing Link: ';

const WORDS: Record<CloseReason, string> = {
  quit: 'Quit',
  left: 'Connection closed',
  lost: 'Connection lost',
  idle: 'Idle',
  'login-timeout': 'Registration timed out',
  'login-refused': 'Login refused',
  'login-banned': 'Banned',
  'too-many-attempts': 'Too many wrong passwords',
  'logged-in-elsewhere': 'Logged in elsewhere',
  'token-revoked': 'Token revoked',
  'access-revoked': 'Access revoked',
  kicked: 'Kicked by ',
  'put-out': 'Put out by ',
  banned: 'Banned by ',
  barred: 'Banned',
  'too-slow': 'Reading too slowly',
  'endless-line': 'Line without an end',
  'bad-frame': 'Invalid WebSocket frame',
  'not-utf8': 'Text that is not UTF-8',
  'message-too-long': 'Message too long',
  'http-request': 'HTTP request',
  'server-full': 'Server full',
  'too-many-connections': 'Too many connections from your address',
  'tls-required': 'TLS required',
  locked: 'Room locked',
  shutdown: 'Server shutting down',
  'cut-off': 'Server cut off',
  'internal-error': 'Internal error',
};

/** Of users whose server was lost. */
export const LOST = WORDS.lost;

/** What the members of the user's rooms are told. */
export function quitText({ why, operator, reason }: Extract<HubEvent, { kind: 'gone' }>): string {
  return textOf(why, operator, reason);
}

/** ERROR, the last line to a user. */
export function errorLine({ host, why, by, reason }: Extract<HubEvent, { kind: 'closing' }>): string {
  return fit(`${CLOSING}${host || '*'} (${textOf(why, by, reason)})`);
}

/** How long a user's reason may be to be whole for others, in QUIT, and for the user, in ERROR. */
export function quitReasonBytes(sourceBytes: number): number {
  const inQuit = `QUIT :${WORDS.quit}: `.length + sourceBytes;
  const inError = `${CLOSING} (${WORDS.quit}: )`.length + HOST_BYTES;
  return MAX_LINE_BYTES - LINE_END.length - Math.max(inQuit, inError);
}

/** Whether the lines that tell of a KILL are not too long, whoever it ends. That to its rooms is the longest. */
export function fitsKill(by: string, reason: string): boolean {
  const source = ':!@ '.length + MAX_NICK_BYTES + MAX_USER + HOST_BYTES;
  const rest = `QUIT :${textOf('kicked', by, reason)}${LINE_END}`;
  return source + Buffer.byteLength(rest) <= MAX_LINE_BYTES;
}

/** KILL, to the user whose session an operator ends (modern.ircdocs.horse, KILL message). */
export function killLine({ why, by, name, reason }: Extract<HubEvent, { kind: 'closing' }>): string {
  if (why !== 'kicked' || name === null) return '';
  return fit(`:${by} KILL ${name} :${reason === '' ? by : reason}`);
}

/** The user's own words always follow `Quit: `, so that they cannot pass for those of the server. */
function textOf(why: CloseReason, by: string, reason: string): string {
  const text = why === 'kicked' || why === 'banned' || why === 'put-out' ? WORDS[why] + by : WORDS[why];
  return reason === '' ? text : `${text}: ${reason}`;
}
