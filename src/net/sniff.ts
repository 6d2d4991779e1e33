/** Finds the protocol of a connection from its first bytes; the result is the same however packets split them. */

/** A protocol that a listener accepts, and how it is recognised. */
export interface Protocol<Name extends string> {
  readonly name: Name;
  /** Whether a connection that begins with these bytes uses this protocol; `more` if they only begin to match. */
  matches(first: Uint8Array): 'yes' | 'no' | 'more';
}

/** `none` leaves the connection to the listener's fallback; `undecided` needs more bytes. */
export type Sniffed<Name extends string> = Name | 'none' | 'undecided';

/** RFC 9110, 9.1, and PATCH. Methods are case-sensitive; other request lines are refused by the dialects' parsers. */
const HTTP_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'].map(
  (method) => Uint8Array.from(`${method} `, (letter) => letter.charCodeAt(0)),
);
/** A TLS record with a handshake, of any version of the protocol (RFC 8446, 5.1). */
const TLS_HANDSHAKES = [Uint8Array.of(0x16, 0x03)];

export const HTTP: Protocol<'http'> = {
  name: 'http',
  matches: (first) => matchesAny(first, HTTP_METHODS),
};

export const TLS: Protocol<'tls'> = {
  name: 'tls',
  matches: (first) => matchesAny(first, TLS_HANDSHAKES),
};

export function sniff<Name extends string>(
  first: Uint8Array,
  protocols: readonly Protocol<Name>[],
): Sniffed<Name> {
  if (first.length === 0) return 'undecided';
  let sniffed: Sniffed<Name> = 'none';
  for (const protocol of protocols) {
    const match = protocol.matches(first);
    if (match === 'yes') return protocol.name;
    if (match === 'more') sniffed = 'undecided';
  }
  return sniffed;
}

function matchesAny(first: Uint8Array, patterns: readonly Uint8Array[]): 'yes' | 'no' | 'more' {
  let hasBegun = false;
  for (const pattern of patterns) {
    const length = Math.min(first.length, pattern.length);
    let index = 0;
    while (index < length && first[index] === pattern[index]) index++;
    if (index === pattern.length) return 'yes';
    if (index === first.length) hasBegun = true;
  }
  return hasBegun ? 'more' : 'no';
}
