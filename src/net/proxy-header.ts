/**
 * The PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt): a header in front of a connection, in which a
 * proxy states the address of its client.
 */
import { isIP, SocketAddress } from 'node:net';
import { plainAddress } from '../util/address.js';

export interface ProxyHeader {
  /** Bytes of the header; the client's own follow. */
  readonly length: number;
  /** Null if the connection is the proxy's own, such as a health check, or if the proxy does not know its client. */
  readonly source: { readonly address: string; readonly port: number } | null;
  /** The client's connection to the proxy is encrypted. */
  readonly isEncrypted: boolean;
}

const V1_START = Buffer.from('PROXY ');
/** A version 1 header is never longer. */
const V1_MAX_BYTES = 107;
const V2_START = Buffer.from('\r\n\r\n\0\r\nQUIT\n');
const V2_FIXED_BYTES = 16;
/** A longer one is invalid: the addresses and a few attributes fit in far less. */
const V2_MAX_BYTES = 4096;
const COMMAND_PROXY = 0x21;
const COMMAND_LOCAL = 0x20;
const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;
/** Bytes of both addresses and ports, by address family. */
const ADDRESS_BYTES = [0, 12, 36, 216];
const TLV_SSL = 0x20;
const CLIENT_SSL = 0x01;

/** Whether a connection begins with a PROXY header; `more` if the bytes only begin to match. */
export function beginsProxyHeader(first: Uint8Array): 'yes' | 'no' | 'more' {
  for (const start of [V1_START, V2_START]) {
    const length = Math.min(first.length, start.length);
    if (!start.subarray(0, length).equals(first.subarray(0, length))) continue;
    return length === start.length ? 'yes' : 'more';
  }
  return 'no';
}

/** As `beginsProxyHeader`, and `more` until the header is whole or invalid. */
export function holdsProxyHeader(first: Uint8Array): 'yes' | 'no' | 'more' {
  const begins = beginsProxyHeader(first);
  return begins === 'yes' && readProxyHeader(first) === 'more' ? 'more' : begins;
}

export function readProxyHeader(first: Uint8Array): ProxyHeader | 'invalid' | 'more' {
  const bytes = Buffer.from(first.buffer, first.byteOffset, first.length);
  return bytes[0] === V1_START[0] ? readVersion1(bytes) : readVersion2(bytes);
}

/** `PROXY TCP4 192.0.2.7 198.51.100.1 50000 4000`, CR LF. */
function readVersion1(bytes: Buffer): ProxyHeader | 'invalid' | 'more' {
  const end = bytes.subarray(0, V1_MAX_BYTES).indexOf('\r\n');
  if (end === -1) return bytes.length < V1_MAX_BYTES ? 'more' : 'invalid';
  const [, family, address = '', to = '', port, ...rest] = bytes.toString('latin1', 0, end).split(' ');
  const length = end + 2;
  if (family === 'UNKNOWN') return { length, source: null, isEncrypted: false };
  const version = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : -1;
  const areAddresses = isIP(address) === version && isIP(to) === version;
  if (!areAddresses || rest.length !== 1 || ![port, ...rest].every(isPort)) return 'invalid';
  return { length, source: { address: canonical(address), port: Number(port) }, isEncrypted: false };
}

function readVersion2(bytes: Buffer): ProxyHeader | 'invalid' | 'more' {
  if (bytes.length < V2_FIXED_BYTES) return 'more';
  const command = bytes.readUInt8(12);
  const family = bytes.readUInt8(13) >> 4;
  const length = V2_FIXED_BYTES + bytes.readUInt16BE(14);
  const addressBytes = ADDRESS_BYTES[family];
  if ((command !== COMMAND_PROXY && command !== COMMAND_LOCAL) || length > V2_MAX_BYTES) return 'invalid';
  if (bytes.length < length) return 'more';
  if (command === COMMAND_LOCAL) return { length, source: null, isEncrypted: false };
  if (addressBytes === undefined || length < V2_FIXED_BYTES + addressBytes) return 'invalid';
  const isEncrypted = saysEncrypted(bytes.subarray(V2_FIXED_BYTES + addressBytes, length));
  return { length, source: sourceIn(bytes, family), isEncrypted };
}

/** Null for a family without IP addresses. */
function sourceIn(bytes: Buffer, family: number): ProxyHeader['source'] {
  const at = V2_FIXED_BYTES;
  if (family === FAMILY_IPV4)
    return { address: bytes.subarray(at, at + 4).join('.'), port: bytes.readUInt16BE(at + 8) };
  if (family !== FAMILY_IPV6) return null;
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(at + 2 * index).toString(16));
  return { address: canonical(groups.join(':')), port: bytes.readUInt16BE(at + 32) };
}

/** Looks for the SSL attribute among the attributes: a type, two bytes of length, a value. */
function saysEncrypted(attributes: Buffer): boolean {
  for (let at = 0; at + 3 <= attributes.length; at += 3 + attributes.readUInt16BE(at + 1)) {
    const isSsl = attributes[at] === TLV_SSL && attributes.readUInt16BE(at + 1) > 0;
    if (isSsl) return ((attributes[at + 3] ?? 0) & CLIENT_SSL) !== 0;
  }
  return false;
}

/** The text of an address, as limits and bans use it. */
function canonical(address: string): string {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  return plainAddress(new SocketAddress({ address, family }).address);
}

function isPort(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}
