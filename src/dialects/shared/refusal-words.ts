/** The words for refusals that the dialects share. They are part of the protocol. */
import type { RefusalDetail } from '../../core/event.js';
import type { Refusal } from '../../core/reasons.js';

export const REFUSAL_WORDS: Record<Exclude<Refusal, 'usage'>, string> = {
  'not-logged-in': "expected 'LOGIN <username>'",
  'already-logged-in': 'already-logged-in',
  'invalid-handshake': 'invalid-handshake',
  'invalid-username': 'invalid-username',
  'username-taken': 'username-taken',
  'password-required': 'password-required',
  'wrong-password': 'wrong-password',
  'weak-password': 'weak-password',
  'too-many-registrations': 'too-many-attempts',
  'already-registered': 'already-registered',
  'not-registered': 'not-registered',
  banned: 'banned',
  'not-permitted': 'not-permitted',
  muted: 'not-permitted',
  'unknown-command': 'unknown-cmd',
  'user-not-found': 'user-not-found',
  'invalid-room': 'invalid-room',
  'room-not-found': 'room-not-found',
  'room-locked': 'room-locked',
  'room-banned': 'room-locked',
  'room-invite-only': 'room-locked',
  'room-full': 'room-locked',
  'cannot-speak': 'not-permitted',
  'user-not-in-room': 'user-not-found',
  'already-in-room': 'not-permitted',
  'mask-list-full': 'not-permitted',
  'watch-list-full': 'not-permitted',
  'message-not-found': 'not-permitted',
  'not-in-room': 'not-in-room',
  'too-many-rooms': 'too-many-rooms',
  'mailbox-full': 'mailbox-full',
  'not-stored': 'not-stored',
  busy: 'busy',
  'line-too-long': 'line-too-long',
  'paste-too-long': 'paste-too-long',
};

/** Explains `busy`. */
export function busyText({ needsUpgrade = false }: RefusalDetail): string {
  return needsUpgrade
    ? 'another server of the cluster has an older version; try again after its upgrade'
    : 'the server is busy; try again in a moment';
}
