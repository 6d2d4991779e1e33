/** The words for refusals that the dialects share. They are part of the protocol. */
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
  'mailbox-full': 'mailbox-full',
  'not-stored': 'not-stored',
  busy: 'busy',
  'line-too-long': 'line-too-long',
  'paste-too-long': 'paste-too-long',
};
