/** Parses the address of a server: `tcp://host:port`, `tls://`, `ws://`, `wss://`, or `host:port` alone. */
import { isIPv6 } from 'node:net';

type Transport = 'tcp' | 'tls' | 'ws' | 'wss';

export interface ServerAddress {
  readonly transport: Transport;
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** The path of a WebSocket; else empty. */
  readonly path: string;
  /** The address in normalised form, for messages and for the WebSocket. */
  readonly shown: string;
}

/** Why a text is not an address; the first half of an error message. */
export interface InvalidAddress {
  readonly problem: string;
}

export const DEFAULT_SERVER = 'localhost:4000';

/** A server has one port for all clients, also for TLS. WebSockets default to the ports of the web, for a proxy. */
const DEFAULT_PORTS: Record<Transport, number> = { tcp: 4000, tls: 4000, ws: 80, wss: 443 };
const DEFAULT_PATH = '/ws';

const WITH_SCHEME = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i;
const HOST_PORT_PATH = /^(\[[^\]]*\]|[^:/?#]*)(?::(\d*))?([/?#].*)?$/;

/**
 * Parses an address. The default port is 4000, for WebSockets 80 and 443; the default host is localhost, the default
 * path `/ws`.
 *
 * @example parseAddress('wss://chat.example.com') // port 443, path '/ws'
 * @example parseAddress('10.0.0.7:4001') // tcp
 */
export function parseAddress(typed: string): ServerAddress | InvalidAddress {
  const raw = typed.trim();
  const [, scheme = 'tcp', afterScheme = raw] = WITH_SCHEME.exec(raw) ?? [];
  const transport = scheme.toLowerCase();
  if (!isTransport(transport)) return { problem: `unknown scheme "${scheme}"` };
  if (afterScheme.includes('@'))
    return { problem: 'an address contains no name and no password; use --name and --password' };
  const rest = isIPv6(afterScheme) ? `[${afterScheme}]` : afterScheme;
  const [whole, typedHost = '', typedPort = '', typedPath = ''] = HOST_PORT_PATH.exec(rest) ?? [];
  if (whole === undefined || /\s/.test(rest)) return { problem: `invalid address "${raw}"` };
  const host = hostOf(typedHost || 'localhost');
  if (host === null) return { problem: `invalid host "${typedHost}"` };
  const port = typedPort === '' ? DEFAULT_PORTS[transport] : Number(typedPort);
  if (port < 1 || port > 65_535) return { problem: `invalid port ${typedPort}: not from 1 to 65535` };
  const path = pathOf(transport, typedPath);
  if (path === null) return { problem: `unexpected path "${typedPath}": only ws:// and wss:// have one` };
  const bracketed = isIPv6(host) ? `[${host}]` : host;
  return { transport, host, port, path, shown: `${transport}://${bracketed}:${port}${path}` };
}

function isTransport(scheme: string): scheme is Transport {
  return scheme in DEFAULT_PORTS;
}

/** The host as a browser normalises it: lower case, punycode. */
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
