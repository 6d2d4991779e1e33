/** The credentials in a request: a token, or a name with its password or token. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Credentials } from './api-port.js';
import { type ApiRefusal, refuse } from './errors.js';

/**
 * A browser remembers Basic credentials and sends them with requests of any page, so they count in requests of this
 * server's own page only.
 */
export function credentialsOf({
  authorization = '',
  'sec-fetch-site': site = 'same-origin',
}: IncomingHttpHeaders): Credentials | ApiRefusal {
  if (authorization === '') return { kind: 'none' };
  const [, scheme = '', value = ''] = /^(\S+) +(\S+)\s*$/.exec(authorization) ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return { kind: 'token', token: value };
    case 'basic':
      return site === 'same-origin' ? nameAndSecret(value) : refuse('password-required');
    default:
      return refuse('password-required');
  }
}

/** What a client without credentials may show (RFC 9110, 11.6.1). A browser would open a login window for Basic. */
export function challengeFor({ 'sec-fetch-mode': mode }: IncomingHttpHeaders): string {
  return mode === undefined ? 'Bearer, Basic realm="partyline"' : 'Bearer';
}

function nameAndSecret(encoded: string): Credentials | ApiRefusal {
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return refuse('password-required');
  return { kind: 'name', name: text.slice(0, colon), secret: text.slice(colon + 1) };
}
