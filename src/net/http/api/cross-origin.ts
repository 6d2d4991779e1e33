/**
 * CORS (the Fetch standard, 3.2) for the origins in ALLOWED_ORIGINS alone. All other pages are refused before, by the
 * request gate; no answer ever has a star, and none allows credentials.
 */
import type { IncomingHttpHeaders } from 'node:http';

/** The headers of every answer that depends on the origin: pages of other origins are refused. */
export function crossOriginHeaders(
  { origin }: IncomingHttpHeaders,
  allowed: readonly string[],
): Readonly<Record<string, string>> {
  if (origin === undefined || !allowed.includes(origin)) return VARY;
  return {
    ...VARY,
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': 'Location, Link, Retry-After',
  };
}

/** The further headers of the answer to OPTIONS, if it asks on behalf of a page. */
export function preflightHeaders(
  { origin, 'access-control-request-method': method }: IncomingHttpHeaders,
  allowed: readonly string[],
  methods: readonly string[],
): Readonly<Record<string, string>> {
  if (origin === undefined || method === undefined || !allowed.includes(origin)) return NONE;
  return {
    'Access-Control-Allow-Methods': methods.join(', '),
    'Access-Control-Allow-Headers': 'Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Room-Key',
    'Access-Control-Max-Age': '600',
  };
}

const NONE = {};
/** For caches: the answer to another origin is another one. */
export const VARY = { Vary: 'Origin' };
