/**
 * The target of an HTTP request: its host and its path. Proxies send both: `GET http://host/path` (RFC 9112, 3.2.2).
 */
import type { IncomingMessage } from 'node:http';

const ABSOLUTE = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)([^?#]*)/i;

/** The path without its query and without a slash at its end; `/` itself stays. */
export function pathOf({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?');
  const target = query === -1 ? url : url.slice(0, query);
  return withoutLastSlash(target.startsWith('/') ? target : (ABSOLUTE.exec(target)?.[2] ?? target));
}

/** The query of the target, without the path. */
export function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  const query = url.indexOf('?');
  return new URLSearchParams(query === -1 ? '' : url.slice(query + 1));
}

export function withoutLastSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path || '/';
}

/** The host and port that the request is for; undefined if it names none. */
export function authorityOf({ url = '', headers }: IncomingMessage): string | undefined {
  const authority = url.startsWith('/') ? undefined : ABSOLUTE.exec(url)?.[1];
  return authority === undefined ? headers.host : authority.slice(authority.lastIndexOf('@') + 1);
}

/** Whether the request asks for a WebSocket. */
export function isUpgrade({ headers: { upgrade } }: IncomingMessage): boolean {
  return /^websocket$/i.test(upgrade ?? '');
}
