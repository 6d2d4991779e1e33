/** The types of the cluster's settings: its NATS servers, and the names in it. */
import { BlockList, isIP } from 'node:net';
import type { Kind } from './setting-types.js';

/** A NATS server as `CLUSTER` names it. */
export interface ClusterServer {
  /** Without user and password, to be shown: `tls://a.example.org:4222`. */
  readonly url: string;
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** What stands before the `@` in the URL; null if nothing does. Secret. */
  readonly login: ClusterLogin | null;
}

type ClusterLogin = { readonly user: string; readonly password: string } | { readonly token: string };

const DEFAULT_PORT = 4222;

/** URLs of NATS servers. They may contain a password, so the setting is secret. */
export function clusterServers(): Kind<readonly ClusterServer[]> {
  return {
    expects:
      'nats:// or tls:// URLs, separated by commas, such as tls://a.example.org:4222,tls://b.example.org:4222 (empty = none)',
    unit: 'list',
    isSecret: true,
    mayBeEmpty: true,
    parse(text) {
      const entries = text === '' ? [] : text.split(',').map((entry) => parseServer(entry.trim()));
      return entries.every((entry) => entry !== null) ? Object.freeze(entries) : undefined;
    },
  };
}

/** The name of a node: it is a label of metrics, and a part of log lines. */
export function nodeNameOrNone(): Kind<string | null> {
  return {
    expects: 'up to 63 letters, digits and . _ - , the first a letter or digit (empty = host name)',
    unit: 'name',
    mayBeEmpty: true,
    parse: (text) => (text === '' ? null : isNodeName(text) ? text : undefined),
  };
}

export function isNodeName(text: string): boolean {
  return /^[A-Za-z\d][\w.-]{0,62}$/.test(text);
}

/** NATS allows more in the name of a stream, but it is a part of a subject here. */
export function streamName(): Kind<string> {
  const parse = (text: string) => (/^[\w-]{1,64}$/.test(text) ? text : undefined);
  return { expects: 'up to 64 letters, digits, _ and -', unit: 'name', parse };
}

/** Whether only programs of this machine can be the server, or read the traffic to it. */
export function isLoopback({ host }: ClusterServer): boolean {
  const version = isIP(host);
  if (version === 0) return /^(?:.+\.)?localhost\.?$/i.test(host);
  return loopback.check(host, version === 4 ? 'ipv4' : 'ipv6');
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function parseServer(text: string): ClusterServer | null {
  // `new URL` alone would accept nats:/host and nats:host.
  if (!/^(?:nats|tls):\/\/[^/?#]+\/?$/i.test(text) || !URL.canParse(text)) return null;
  const { protocol, hostname, port, username, password } = new URL(text);
  const isTls = protocol === 'tls:';
  const host = hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (isIP(host) !== 6 && !/^[\w.-]+$/.test(host)) return null;
  const login = parseLogin(username, password);
  if (login === undefined || port === '0') return null;
  const usedPort = port === '' ? DEFAULT_PORT : Number(port);
  const url = `${protocol}//${isIP(host) === 6 ? `[${host}]` : host}:${usedPort}`;
  return Object.freeze({ url, host, port: usedPort, isTls, login });
}

/** A user without a password is a token, as in NATS's own URLs. Undefined if the encoding is invalid. */
function parseLogin(username: string, password: string): ClusterLogin | null | undefined {
  if (username === '') return password === '' ? null : undefined;
  try {
    const user = decodeURIComponent(username);
    return password === '' ? { token: user } : { user, password: decodeURIComponent(password) };
  } catch {
    return undefined;
  }
}
