/** The client of a request behind trusted proxies: `X-Forwarded-For` and `X-Forwarded-Proto`. */
import type { IncomingMessage } from 'node:http';
import { isIP, SocketAddress } from 'node:net';
import { plainAddress } from '../../util/address.js';
import type { TrustedProxies } from '../../util/trusted-proxies.js';
import type { Peer } from '../peer.js';

/**
 * Each proxy appends the address that it was connected from, so the list is read from its end, as far as the addresses
 * are those of trusted proxies. Anything before that may be the client's invention.
 *
 * @param peer the client of the connection
 */
export function clientOf({ headers }: IncomingMessage, peer: Peer, proxies: TrustedProxies): Peer {
  if (!proxies.includes(peer.address)) return peer;
  const isEncrypted = peer.isEncrypted || isHttps(textOf(headers['x-forwarded-proto']));
  const chain = textOf(headers['x-forwarded-for']).split(',').reverse();
  for (const entry of chain) {
    const address = addressIn(entry);
    if (address === null) break;
    if (!proxies.includes(address)) return { address, port: 0, isEncrypted };
  }
  return { ...peer, isEncrypted };
}

/** Node joins repeated headers of these names with commas. */
function textOf(header: string | string[] | undefined): string {
  return Array.isArray(header) ? header.join(',') : (header ?? '');
}

/** With several values, one per proxy, all connections are encrypted only if all of them say so. */
function isHttps(protocols: string): boolean {
  return protocols.split(',').every((protocol) => /^\s*(https|wss)\s*$/i.test(protocol));
}

/** `192.0.2.7`, `192.0.2.7:50000`, `2001:db8::1`, `[2001:db8::1]:50000`. */
function addressIn(entry: string): string | null {
  const text = entry.trim();
  const [, inBrackets, beforePort] = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/.exec(text) ?? [];
  const address = inBrackets ?? beforePort ?? text;
  const version = isIP(address);
  if (version === 0 || address.includes('%')) return null;
  return plainAddress(new SocketAddress({ address, family: version === 6 ? 'ipv6' : 'ipv4' }).address);
}
