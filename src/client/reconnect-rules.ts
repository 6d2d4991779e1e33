/** Which words of the server allow a session to reconnect, and which end it. */
import type { Notice } from './server-line.js';

/** Refusals of a login that may succeed a little later. */
const TRANSIENT_REFUSALS = new Set([
  'server-full',
  'too-many-connections',
  'busy',
  'login-timeout',
  'username-taken',
]);
const FINAL_NOTICE = /^disconnected: (?:kicked by|banned by|logged in elsewhere|(?:token|access) revoked)/;
const IDLE_NOTICE = 'disconnected due to inactivity';

/** Whether a login that was refused with this code may be tried again. */
export function isTransient(refusal: string): boolean {
  return TRANSIENT_REFUSALS.has(refusal);
}

/**
 * What the last notice before the server closes the connection means. `final`: the session must not reconnect, since it
 * is not wanted, or the user is logged in elsewhere. `idle`: the client sent nothing for too long.
 */
export type PartingKind = 'final' | 'idle' | 'transient';

/** The events that end the session of their user. */
const PARTING_EVENTS = new Map<string, PartingKind>([
  ['kick', 'final'],
  ['ban', 'final'],
  ['logged-in-elsewhere', 'final'],
  ['revoked', 'final'],
  ['idle', 'idle'],
  ['too-slow', 'transient'],
  ['cut-off', 'transient'],
  ['shutdown', 'transient'],
]);

/** Null for a notice after which the connection goes on. A room is named by what happens in that room alone. */
export function partingIn({
  event,
  room,
  text,
}: Pick<Notice, 'event' | 'room' | 'text'>): PartingKind | null {
  if (event !== null) return room === null ? (PARTING_EVENTS.get(event) ?? null) : null;
  if (FINAL_NOTICE.test(text)) return 'final';
  if (text === IDLE_NOTICE) return 'idle';
  return isParting(text) ? 'transient' : null;
}

/** Whether these words are those of the last line before the server closes the connection. */
export function isParting(notice: string): boolean {
  return /^(?:disconnected: |disconnected due to inactivity$|server shutting down$)/.test(notice);
}
