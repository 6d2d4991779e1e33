/** Which words of the server allow a session to reconnect, and which end it. */

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

/** Whether the session must not reconnect after this notice: it is not wanted, or the user is logged in elsewhere. */
export function isFinal(notice: string): boolean {
  return FINAL_NOTICE.test(notice);
}

/** Whether the server closes the connection because the client sent nothing for too long. */
export function isIdleTimeout(notice: string): boolean {
  return notice === IDLE_NOTICE;
}

/** Whether this notice is the last line before the server closes the connection: it says why. */
export function isParting(notice: string): boolean {
  return /^(?:disconnected: |disconnected due to inactivity$|server shutting down$)/.test(notice);
}
