/** An HTTP response as a value: sent by Node's server, or written as text to a socket that has none. */
import { STATUS_CODES } from 'node:http';

export interface HttpResponse {
  readonly status: number;
  readonly body: string;
  /** Plain text by default. */
  readonly contentType?: string;
  /** The value of the `Upgrade` header: the protocol that the client must use. */
  readonly upgrade?: string;
}

export function headersOf({ body, contentType, upgrade }: HttpResponse): Record<string, string | number> {
  return {
    'Content-Type': contentType ?? 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(upgrade === undefined ? {} : { Upgrade: upgrade, Connection: 'Upgrade' }),
  };
}

/** The text of a whole response, after which the connection closes. */
export function responseOf(response: HttpResponse): string {
  const headers = {
    ...headersOf(response),
    Date: new Date().toUTCString(),
    Connection: response.upgrade === undefined ? 'close' : 'Upgrade, close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}\r\n${lines.join('')}\r\n${response.body}`;
}

/**
 * The same for a plain-text body.
 *
 * @example socket.end(plainResponse(403, 'This server requires TLS.\n'))
 */
export function plainResponse(status: number, body: string): string {
  return responseOf({ status, body });
}
