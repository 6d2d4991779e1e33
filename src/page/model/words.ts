/** The sentences for the refusals of the server: what failed, and what to do. */
import type { CloseReason, Refusal } from '../../core/reasons.js';
import type { Interruption, Stop } from './state.js';

/** Those that this page can cause. */
type Code = Exclude<
  Refusal,
  | ('usage' | 'not-logged-in' | 'already-logged-in' | 'invalid-handshake')
  | ('unknown-command' | 'muted' | 'too-many-registrations' | 'already-registered' | 'not-registered')
  // `lines` has the words of another refusal for these.
  | ('room-banned' | 'room-invite-only' | 'room-full' | 'cannot-speak')
  | ('user-not-in-room' | 'already-in-room' | 'mask-list-full' | 'watch-list-full' | 'message-not-found')
>;

const WORDS: Readonly<Record<Code, string>> = {
  'invalid-username':
    'Not a valid name. A name has 1 to 32 letters of one script, digits, - _ and full stops, and begins with a letter or digit.',
  'username-taken': 'This name is in use. Choose another one.',
  'password-required': 'This name needs a password.',
  'wrong-password': 'The password is wrong. Try again.',
  'weak-password': 'The password is too short, or is the name. Choose a longer one, without spaces.',
  banned: 'You are banned. Contact the operator of this server.',
  'not-permitted': 'Permission denied.',
  'user-not-found': 'There is no such user.',
  'invalid-room':
    'Not a valid room name. A name has 1 to 64 letters of one script, digits, - _ and full stops, and begins with a letter or digit.',
  'room-not-found': 'There is no such room.',
  'room-locked': 'This room is locked. Its key is needed.',
  'not-in-room': 'You are not in this room.',
  'too-many-rooms': 'You are in 50 rooms, the most there may be. Leave one first.',
  'mailbox-full': 'Not sent: too many messages wait for this user already.',
  'not-stored': 'Not sent: the server could not store it. Try again in a moment.',
  busy: 'The server is busy. Try again in a moment.',
  'line-too-long': 'Not sent: the line is too long. Send it in parts.',
  'paste-too-long': 'Not sent: the paste is too long. Send it in parts.',
};

const MORE_WORDS: ReadonlyMap<string, string> = new Map([
  ...Object.entries(WORDS),
  ['too-many-attempts', 'Too many attempts. Wait a few minutes, then try again.'],
  ['offline', 'Not connected. Wait for the connection, then try again.'],
  ['unknown-cmd', 'The server does not know this command.'],
  ['lost', 'The connection was lost before the server answered.'],
  ['unconfirmed', 'The connection was lost, and the message is not in the history.'],
  ['unknown', 'The connection was lost before the server answered. It may have been delivered.'],
  ['server-full', 'The server is full. Try again later.'],
  ['too-many-connections', 'Too many connections from your address. Try again later.'],
]);

/** @param code what follows ERR, or one of the page's own */
export function sentenceFor(code: string): string {
  const usage = /^usage: (.*)$/.exec(code)?.[1];
  if (usage !== undefined) return `Not understood. It is typed as: ${usage}`;
  return MORE_WORDS.get(code) ?? `The server refused this: ${code}.`;
}

/** What the end of a connection means, by the reason of its close frame. */
export type Ending =
  | { readonly kind: 'again'; readonly why: Interruption }
  | { readonly kind: 'idle' }
  | { readonly kind: 'stop'; readonly why: Stop };

const ENDINGS: Readonly<Partial<Record<CloseReason, Ending>>> = {
  idle: { kind: 'idle' },
  'logged-in-elsewhere': { kind: 'stop', why: 'elsewhere' },
  kicked: { kind: 'stop', why: 'kicked' },
  banned: { kind: 'stop', why: 'banned' },
  'token-revoked': { kind: 'stop', why: 'revoked' },
  'access-revoked': { kind: 'stop', why: 'revoked' },
  'too-many-attempts': { kind: 'stop', why: 'refused' },
  'too-slow': { kind: 'again', why: 'too-slow' },
  'server-full': { kind: 'again', why: 'full' },
  'too-many-connections': { kind: 'again', why: 'full' },
  'cut-off': { kind: 'again', why: 'cut-off' },
  shutdown: { kind: 'again', why: 'restarting' },
};

const GOING_AWAY = 1001;

/** @param code of the close frame; `reason`: its text */
export function endingOf(code: number, reason: string): Ending {
  const known = new Map(Object.entries(ENDINGS)).get(reason);
  if (known !== undefined) return known;
  return { kind: 'again', why: code === GOING_AWAY ? 'restarting' : 'lost' };
}
