/**
 * The bytes that the system has taken and the peer has not acknowledged. Node does not report them, and 'drain' comes
 * only when a third of a send buffer of megabytes is free again, so a slow but steady reader looks dead for a minute.
 * Linux lists them for every connection in /proc/self/net/tcp and tcp6 (proc(5)); on other systems they are unknown.
 */
import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { ipv6Groups } from '../util/address.js';

/** With 10,000 connections the list takes 20 ms to read, so all calls within this time share it. */
const MAX_AGE_MS = 250;
/** Not /proc/net: a service with systemd's ProcSubset=pid sees only the folders of processes. */
const FILES = { IPv4: '/proc/self/net/tcp', IPv6: '/proc/self/net/tcp6' } as const;

type Family = keyof typeof FILES;
type Table = { readonly at: number; readonly text: Promise<string> };

const tables = new Map<Family, Table>();

/** Both ends of a connection, as a socket has them. */
export interface Ends {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly remoteFamily?: string | undefined;
}

/** Null if the system does not list the connection. */
export async function unackedBytes(ends: Ends): Promise<number | null> {
  const { localAddress, localPort, remoteAddress, remotePort, remoteFamily } = ends;
  if (localAddress === undefined || remoteAddress === undefined) return null;
  const family = remoteFamily === 'IPv6' ? 'IPv6' : 'IPv4';
  const text = await tableOf(family);
  return sendQueueIn(text, endpoint(localAddress, localPort), endpoint(remoteAddress, remotePort));
}

/** The `tx_queue` of one connection in the text of such a file; null if it is not listed. */
export function sendQueueIn(text: string, local: string, remote: string): number | null {
  const key = ` ${local} ${remote} `;
  const start = text.indexOf(key);
  if (start < 0) return null;
  // Next come the state, a space, and the queue in hexadecimal up to a colon.
  const queue = text.slice(start + key.length + 3, text.indexOf(':', start + key.length));
  return Number.parseInt(queue, 16);
}

/** An address and port in the format of the files: 32-bit words in the machine's byte order, `0100007F:0FA0`. */
export function endpoint(address: string, port = 0, order = endianness()): string {
  const bytes = address.includes(':')
    ? ipv6Groups(address).flatMap((group) => [group >> 8, group & 0xff])
    : address.split('.').map(Number);
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) {
    const word = bytes.slice(at, at + 4);
    if (order === 'LE') word.reverse();
    text += word.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }
  return `${text}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
}

function tableOf(family: Family): Promise<string> {
  const now = performance.now();
  const known = tables.get(family);
  if (known !== undefined && now - known.at < MAX_AGE_MS) return known.text;
  const text = readFile(FILES[family], 'latin1').catch(() => '');
  tables.set(family, { at: now, text });
  // The text may be large, so it is dropped when it is outdated.
  setTimeout(() => {
    if (tables.get(family)?.text === text) tables.delete(family);
  }, MAX_AGE_MS).unref();
  return text;
}
