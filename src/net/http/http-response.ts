/** An HTTP response as a value: sent by Node's server, or written as bytes to a socket that has none. */
import { STATUS_CODES } from 'node:http';

export interface HttpResponse {
  readonly status: number;
  readonly body: string | Buffer;
  /** Plain text by default. */
  readonly contentType?: string;
  /** The value of the `Upgrade` header: the protocol that the client must use. */
  readonly upgrade?: string;
  /** Further headers, and others in place of the common ones. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** `isLast`: the connection closes after the response. Node would keep one open for any other value of `Connection`. */
export function headersOf(response: HttpResponse, isLast = false): Record<string, string | number> {
  const { status, body, contentType, upgrade, headers } = response;
  const connection = [...(upgrade === undefined ? [] : ['Upgrade']), ...(isLast ? ['close'] : [])];
  return {
    ...(BODILESS.has(status) ? {} : contentHeaders(body, contentType)),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Resource-Policy': 'same-origin',
    ...(upgrade === undefined ? {} : { Upgrade: upgrade }),
    ...(connection.length === 0 ? {} : { Connection: connection.join(', ') }),
    ...headers,
  };
}

/** They have no body, and with 304 a length would be that of the body that the client has (RFC 9110, 8.6). */
const BODILESS = new Set([204, 304]);

function contentHeaders(body: string | Buffer, contentType = 'text/plain; charset=utf-8') {
  return { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) };
}

/**
 * The bytes of a whole response, after which the connection closes.
 *
 * @example socket.end(responseOf({ status: 403, body: 'This server requires TLS.\n' }))
 */
export function responseOf(response: HttpResponse): Buffer {
  const headers = { Date: new Date().toUTCString(), ...headersOf(response, true) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}\r\n${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(response.body)]);
}

/** A response with a value as JSON, and a line end for terminals. */
export function jsonResponse(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return { status, headers, contentType: 'application/json', body: `${JSON.stringify(value)}\n` };
}
