/** Where the server is, as people write it: `tcp://host:port`, `tls://`, `ws://`, `wss://`, or just `host:port`. */
import { isIPv6 } from 'node:net';

type Transport = 'tcp' | 'tls' | 'ws' | 'wss';

export interface ServerAddress {
  readonly transport: Transport;
  /** A name or an address; IPv6 without its brackets. */
  readonly host: string;
  readonly port: number;
  /** Of a WebSocket; else empty. */
  readonly path: string;
  /** The whole in one spelling, for messages and for the WebSocket. */
  readonly shown: string;
}

/** Why a text names no server; a sentence's end for the person who typed it. */
export interface NoAddress {
  readonly problem: string;
}

export const DEFAULT_SERVER = 'localhost:4000';

/** One port serves every client, so TLS has no other; a WebSocket's is that of the web, where a proxy would be. */
const DEFAULT_PORTS: Record<Transport, number> = { tcp: 4000, tls: 4000, ws: 80, wss: 443 };
const DEFAULT_PATH = '/ws';

const WITH_SCHEME = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i;
const HOST_PORT_PATH = /^(\[[^\]]*\]|[^:/?#]*)(?::(\d*))?([/?#].*)?$/;

/**
 * Reads an address. No port means 4000, or the web's 80 and 443 for WebSockets; no host means localhost; no path
 * means `/ws`.
 *
 * @example parseAddress('wss://chat.example.com') // port 443, path '/ws'
 * @example parseAddress('10.0.0.7:4001') // tcp
 */
export function parseAddress(typed: string): ServerAddress | NoAddress {
  const raw = typed.trim();
  const [, scheme = 'tcp', afterScheme = raw] = WITH_SCHEME.exec(raw) ?? [];
  const transport = scheme.toLowerCase();
  if (!isTransport(transport)) return { problem: `"${scheme}" is none of tcp, tls, ws and wss` };
  if (afterScheme.includes('@'))
    return { problem: 'a name and a password go in --name and --password, not in the address' };
  const rest = isIPv6(afterScheme) ? `[${afterScheme}]` : afterScheme;
  const [whole, typedHost = '', typedPort = '', typedPath = ''] = HOST_PORT_PATH.exec(rest) ?? [];
  if (whole === undefined || /\s/.test(rest)) return { problem: `"${raw}" is no host:port` };
  const host = hostOf(typedHost || 'localhost');
  if (host === null) return { problem: `"${typedHost}" is no host` };
  const port = typedPort === '' ? DEFAULT_PORTS[transport] : Number(typedPort);
  if (port < 1 || port > 65_535) return { problem: `a port is 1 to 65535, not ${typedPort}` };
  const path = pathOf(transport, typedPath);
  if (path === null) return { problem: `only ws:// and wss:// have a path such as "${typedPath}"` };
  const bracketed = isIPv6(host) ? `[${host}]` : host;
  return { transport, host, port, path, shown: `${transport}://${bracketed}:${port}${path}` };
}

function isTransport(scheme: string): scheme is Transport {
  return scheme in DEFAULT_PORTS;
}

/** As a browser would read it: small letters, punycode. */
function hostOf(typed: string): string | null {
  if (!URL.canParse(`http://${typed}`)) return null;
  return new URL(`http://${typed}`).hostname.replace(/^\[|\]$/g, '') || null;
}

function pathOf(transport: Transport, typed: string): string | null {
  const isBare = typed === '' || typed === '/';
  if (transport === 'tcp' || transport === 'tls') return isBare ? '' : null;
  const path = typed.replace(/#.*$/, '');
  return isBare || path === '' ? DEFAULT_PATH : path.startsWith('/') ? path : `/${path}`;
}
