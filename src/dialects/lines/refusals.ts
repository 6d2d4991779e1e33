/** The texts of refusals in `lines`: the fixed text behind `ERR `, and the remedy that interactive sessions get with it. */
import type { RefusalDetail } from '../../core/event.js';
import { MAX_ROOMS } from '../../core/limits.js';
import type { Refusal } from '../../core/reasons.js';
import { passwordRule } from '../shared/password-rule.js';
import { typed } from '../shared/command-table.js';
import { deniedText, unregisteredText } from '../shared/denied.js';
import { ROOM_NAME_RULE, USER_NAME_RULE } from '../shared/name-rules.js';
import { busyText, REFUSAL_WORDS } from '../shared/refusal-words.js';

export const LOGIN_HINT = 'type LOGIN <username> to join, HELP for help';

/** What follows `ERR `. */
export function errorText(reason: Refusal, { usage }: RefusalDetail): string {
  return reason === 'usage' ? `usage: ${usage ?? 'HELP'}` : REFUSAL_WORDS[reason];
}

/** The remedy. `chatting` shows commands with a slash, as CHAT mode has them; `atLogin`: the session has no name yet. */
export function hintText(
  reason: Refusal,
  detail: RefusalDetail,
  chatting: boolean,
  atLogin: boolean,
): string {
  return detail.remedy ?? HINTS[reason](detail, (command) => typed(command, '', chatting), chatting, atLogin);
}

/** What to type to send a message. */
export function talkHint(chatting: boolean): string {
  return chatting ? 'just type' : 'MSG <text>';
}

type Hint = (
  detail: RefusalDetail,
  write: (command: string) => string,
  chatting: boolean,
  atLogin: boolean,
) => string;

const HINTS: Record<Refusal, Hint> = {
  'not-logged-in': () => LOGIN_HINT,
  'already-logged-in': ({ about }, write) =>
    `you are ${about ?? 'logged in'}; for another name: ${write('NICK')} <new>`,
  'invalid-handshake': () => LOGIN_HINT,
  'invalid-username': () => `${USER_NAME_RULE}; try LOGIN bob`,
  'username-taken': ({ suggestion }) =>
    suggestion === undefined ? 'name in use, try another' : `name in use, try ${suggestion}`,
  'password-required': ({ about }, write, _, atLogin) =>
    `a password is required: ${atLogin ? 'LOGIN' : write('NICK')} ${about ?? '<username>'} <password>`,
  'wrong-password': () => 'try again; the fifth wrong password closes the connection',
  'weak-password': passwordRule,
  'too-many-registrations': () =>
    'not registered: too many registrations from your address; try again in an hour',
  'already-registered': (_, write) =>
    `your name is already registered; for another password: ${write('PASSWORD')} <old> <new>`,
  'not-registered': ({ about }, write) =>
    about === undefined
      ? `your name is not registered; to register it: ${write('REGISTER')} <password>`
      : unregisteredText(about, write),
  banned: () => 'you are banned; contact the operator',
  muted: () => 'permission denied: you are muted; contact an operator',
  'not-permitted': (detail, write) => deniedText(detail, write),
  usage: ({ example = 'HELP' }, write) => `arguments missing or invalid; for example: ${write(example)}`,
  'unknown-command': ({ suggestion }, _, chatting) =>
    suggestion === undefined
      ? `not sent; to talk: ${talkHint(chatting)}`
      : `unknown command; ${suggestion} lists the commands`,
  'user-not-found': (detail, write) => missing(detail, `${write('WHO')} lists the users`),
  'invalid-room': (_, write) => `${ROOM_NAME_RULE}; try ${write('JOIN dev')}`,
  'room-not-found': (detail, write) => missing(detail, `${write('ROOMS')} lists the rooms`),
  'room-locked': ({ about }, write) =>
    `the room is locked; with its key: ${write('JOIN')} ${about ?? '<room>'} <key>`,
  'room-banned': () => 'you are banned from that room; contact its founder',
  'room-invite-only': () => 'that room is by invitation only; contact its founder',
  'room-full': () => 'that room is full; try again later',
  'cannot-speak': () => 'not sent: you may not speak in that room; contact its founder',
  'user-not-in-room': ({ about }) => `${about ?? 'that user'} is not in the room`,
  'already-in-room': ({ about }) => `${about ?? 'that user'} is in the room already`,
  'mask-list-full': () => 'not done: the list is full; remove an entry first',
  'message-not-found': () => 'not deleted: the room has no message with that id; HISTORY shows the ids',
  'watch-list-full': () => 'not done: the list is full; remove an entry first',
  'not-in-room': ({ about }, write) =>
    `you are not in that room; ${write('FOLLOW')} ${about ?? '<room>'} enters it`,
  'too-many-rooms': (_, write) =>
    `at most ${MAX_ROOMS} rooms at a time; ${write('UNFOLLOW')} <room> leaves one`,
  'mailbox-full': ({ about }) =>
    `not sent: too many messages are already saved for ${about ?? 'that user'}; try again later`,
  'not-stored': () => 'nothing was sent or changed: the server could not store it; try again in a moment',
  busy: (detail) => `not done: ${busyText(detail)}`,
  'line-too-long': (_, write) =>
    `not sent: the line is too long; send it in parts, or as lines with ${write('PASTE')}`,
  'paste-too-long': () => 'not sent: a paste has at most 200 lines and 16 KiB; send it in parts',
};

function missing({ about, suggestion }: RefusalDetail, otherwise: string): string {
  return `no "${about ?? ''}" here; ${suggestion === undefined ? otherwise : `did you mean ${suggestion}?`}`;
}
