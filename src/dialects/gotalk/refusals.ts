/** The texts of refusals in GoTalk: its own words at the prompts, and a line with the remedy in the chat. */
import type { RefusalDetail } from '../../core/event.js';
import { MAX_ROOMS } from '../../core/limits.js';
import type { Refusal } from '../../core/reasons.js';
import { typed } from '../shared/command-table.js';
import { deniedText, unregisteredText } from '../shared/denied.js';
import { ROOM_NAME_RULE, USER_NAME_RULE } from '../shared/name-rules.js';
import { passwordRule } from '../shared/password-rule.js';
import { busyText } from '../shared/refusal-words.js';

/** The text after `Sorry! `, without the line end. */
export const BANNED = 'You are banned. Please contact the operator.';

/** GoTalk's text for a failed login, after `Sorry! `; null for a refusal that has none. */
export function promptText(reason: Refusal, { about }: RefusalDetail): string | null {
  switch (reason) {
    case 'username-taken':
      return 'The name you are trying to enter is already in use.';
    case 'invalid-username':
      return about === ''
        ? "Empty name can't be accepted."
        : `That name can't be accepted.\n${USER_NAME_RULE}`;
    case 'password-required':
      return 'That name needs a password.';
    case 'wrong-password':
      return "That password can't be accepted.";
    case 'busy':
      return 'Too many logins are in progress. Please try again in a moment.';
    case 'banned':
      return BANNED;
    default:
      return null;
  }
}

/** The failure and its remedy. */
export function refusalText(reason: Refusal, detail: RefusalDetail): string {
  return detail.remedy ?? REFUSALS[reason](detail);
}

const REFUSALS: Record<Refusal, (detail: RefusalDetail) => string> = {
  'not-logged-in': () => 'enter your name first',
  'already-logged-in': ({ about }) => `you are ${about ?? 'logged in'}; for another name: /nick <new>`,
  'invalid-handshake': () => 'invalid handshake; enter your name',
  'invalid-username': () => `that name can't be accepted: ${USER_NAME_RULE}`,
  'username-taken': () => 'that name is in use; try another',
  'password-required': ({ about }) => `that name needs a password: /nick ${about ?? '<new>'} <password>`,
  'wrong-password': () => 'wrong password; try again',
  'weak-password': passwordRule,
  'too-many-registrations': () =>
    'not registered: too many registrations from your address; try again in an hour',
  'already-registered': () => 'your name is already registered; for another password: /password <old> <new>',
  'not-registered': ({ about }) =>
    about === undefined
      ? 'your name is not registered; to register it: /register <password>'
      : unregisteredText(about, (command) => typed(command, '', true)),
  banned: () => 'you are banned; contact the operator',
  muted: () => 'permission denied: you are muted; contact an operator',
  'not-permitted': (detail) => deniedText(detail, (command) => typed(command, '', true)),
  usage: ({ usage }) => `usage: ${usage ?? '/help'}`,
  'unknown-command': ({ about }) => `unknown command ${about ?? ''}; /help lists the commands, //x sends /x`,
  'user-not-found': ({ about }) => `unknown user "${about ?? ''}"; /who lists the users`,
  'invalid-room': () => `${ROOM_NAME_RULE}; try /join dev`,
  'room-not-found': ({ about }) => `unknown room "${about ?? ''}"; /rooms lists the rooms`,
  'room-locked': ({ about }) => `the room is locked; with its key: /join ${about ?? '<room>'} <key>`,
  'room-banned': () => 'you are banned from that room; contact its founder',
  'room-invite-only': () => 'that room is by invitation only; contact its founder',
  'room-full': () => 'that room is full; try again later',
  'cannot-speak': () => 'not sent: you may not speak in that room; contact its founder',
  'user-not-in-room': ({ about }) => `${about ?? 'that user'} is not in the room`,
  'already-in-room': ({ about }) => `${about ?? 'that user'} is in the room already`,
  'mask-list-full': () => 'not done: the list is full; remove an entry first',
  'message-not-found': () => 'not deleted: the room has no message with that id; HISTORY shows the ids',
  'watch-list-full': () => 'not done: the list is full; remove an entry first',
  'not-in-room': () => 'you are not in that room',
  'too-many-rooms': () => `at most ${MAX_ROOMS} rooms at a time`,
  'mailbox-full': ({ about }) =>
    `not sent: too many messages are already saved for ${about ?? 'that user'}; try again later`,
  'not-stored': () => 'nothing was sent or changed: the server could not store it; try again in a moment',
  busy: (detail) => `not done: ${busyText(detail)}`,
  'line-too-long': () => 'not sent: the line is too long; send it in parts',
  'paste-too-long': () => 'not sent: too many lines at once; send them in parts',
};
