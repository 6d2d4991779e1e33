/**
 * Which language a client speaks, from its first bytes: pure, and the same for any split of them. Everything that can
 * be told apart is told apart within the few bytes of the longest HTTP method.
 */

/** What the first bytes show; `none` leaves it to the listener's fallback, `undecided` needs more of them. */
export type Sniffed = 'machat' | 'http' | 'tls' | 'none' | 'undecided';

const OPENING_BRACE = 0x7b;
/** A TLS record: a handshake, in any version of the protocol (RFC 8446, 5.1). */
const TLS_HANDSHAKE = [0x16, 0x03] as const;
/** RFC 9110, 9.1, and PATCH. Methods are in capitals; what is not one of these may still be caught as a line. */
const HTTP_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'].map(
  (method) => Uint8Array.from(`${method} `, (letter) => letter.charCodeAt(0)),
);

export function sniff(bytes: Uint8Array): Sniffed {
  if (bytes.length === 0) return 'undecided';
  if (bytes[0] === OPENING_BRACE) return 'machat';
  const tls = match(bytes, TLS_HANDSHAKE);
  if (tls !== 'no') return tls === 'whole' ? 'tls' : 'undecided';
  const methods = HTTP_METHODS.map((method) => match(bytes, method));
  if (methods.includes('whole')) return 'http';
  return methods.includes('begun') ? 'undecided' : 'none';
}

function match(bytes: Uint8Array, pattern: ArrayLike<number>): 'whole' | 'begun' | 'no' {
  const length = Math.min(bytes.length, pattern.length);
  for (let index = 0; index < length; index++) if (bytes[index] !== pattern[index]) return 'no';
  return bytes.length >= pattern.length ? 'whole' : 'begun';
}
