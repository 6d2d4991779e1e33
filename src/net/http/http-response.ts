/** An HTTP answer as a value: said through Node's server, or written whole where there is none. */
import { STATUS_CODES } from 'node:http';

export interface HttpResponse {
  readonly status: number;
  readonly body: string;
  /** Plain text if nothing else is said. */
  readonly contentType?: string;
}

export function headersOf({ body, contentType }: HttpResponse): Record<string, string | number> {
  return {
    'Content-Type': contentType ?? 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  };
}

/** A whole response that ends its connection. */
export function responseOf(response: HttpResponse): string {
  const headers = { ...headersOf(response), Date: new Date().toUTCString(), Connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}\r\n${lines.join('')}\r\n${response.body}`;
}

/**
 * The same in plain text, for those who have no server for it.
 *
 * @example socket.end(plainResponse(403, 'This server speaks TLS only.\n'))
 */
export function plainResponse(status: number, body: string): string {
  return responseOf({ status, body });
}
