/**
 * Which requests of web pages are answered. A browser lets any page send requests to any server, and a page can point a
 * name of its own at this server's address (DNS rebinding). So the name in a request must be one of this server, and a
 * page that sends one must come from it.
 */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { VARY } from './api/cross-origin.js';
import { type ErrorCode, ERRORS, refuse } from './api/errors.js';
import { prefersProblem, refusalResponse } from './api/problem.js';
import type { HttpResponse } from './http-response.js';
import { isAllowedOrigin } from './origin.js';
import { authorityOf, isUpgrade, pathOf } from './request-target.js';

export interface RequestGateOptions {
  /** Further names of this server: `chat.example.org`, `.example.org` for it and all below, `*` for any. */
  readonly allowedHosts: readonly string[];
  /** Origins of other hosts whose pages are served; see `isAllowedOrigin`. */
  readonly allowedOrigins: readonly string[];
  /**
   * Names from other settings, in any case: the host that is listened on, those of the certificate (`*.example.org`).
   */
  readonly ownNames: () => readonly string[];
  /** The names of these two settings: a server's, or the library's. */
  readonly nameOf: (key: 'allowedHosts' | 'allowedOrigins') => string;
  /** Called for each refused host or origin, as the client wrote it. */
  readonly onRefused: (what: 'host' | 'origin', value: string) => void;
}

export class RequestGate {
  readonly #options: RequestGateOptions;
  readonly #machineNames = namesOfMachine(hostname());

  constructor(options: RequestGateOptions) {
    this.#options = options;
  }

  /** The response to a request that is not served; null for one that is. */
  refusalOf(request: IncomingMessage, isEncrypted: boolean): HttpResponse | null {
    const { origin, 'sec-fetch-site': site } = request.headers;
    const upgrades = isUpgrade(request);
    // Browsers always send the origin of an upgrade.
    if (upgrades && origin === undefined) return null;
    if (!hasValidHostHeader(request)) return BAD_HOST;
    const host = authorityOf(request);
    if (!isEncrypted && host !== undefined && !PROBES.has(pathOf(request)) && !this.#isOwn(host)) {
      this.#options.onRefused('host', host);
      return this.#refuse('unknown-host', request, `add the name to ${this.#options.nameOf('allowedHosts')}`);
    }
    const isForeign =
      origin === undefined
        ? site === 'cross-site' || site === 'same-site'
        : !isAllowedOrigin(origin, host, this.#options.allowedOrigins, isEncrypted);
    if (!isForeign || (!upgrades && isHarmless(request))) return null;
    this.#options.onRefused('origin', origin ?? 'another site');
    const refusal = this.#refuse(
      'other-origin',
      request,
      `add the origin to ${this.#options.nameOf('allowedOrigins')}`,
    );
    return { ...refusal, headers: { ...refusal.headers, ...VARY } };
  }

  #refuse(code: ErrorCode, request: IncomingMessage, remedy: string): HttpResponse {
    const detail = `${ERRORS[code].detail}. The administrator can ${remedy}.`;
    return refusalResponse(refuse(code, { detail }), prefersProblem(request));
  }

  /** Whether the name in a `Host` header is one of this server. */
  #isOwn(host: string): boolean {
    const { allowedHosts, ownNames } = this.#options;
    if (allowedHosts.includes('*')) return true;
    const name = nameIn(host);
    if (name === null) return false;
    if (name.startsWith('[') || isIP(name) === 4) return true;
    const isLocal = name === 'localhost' || name.endsWith('.localhost');
    return (
      isLocal ||
      this.#machineNames.has(name) ||
      allowedHosts.some((allowed) => covers(allowed, name)) ||
      ownNames().some((own) => isNamedBy(own.toLowerCase(), name))
    );
  }
}

/** They reveal nothing, and probes often send a made-up name. */
const PROBES = new Set(['/healthz', '/readyz']);

/** Two hosts may hide a second request, so the connection ends. */
const BAD_HOST: HttpResponse = {
  status: 400,
  body: 'Bad request: it needs one Host header.\n',
  headers: { Connection: 'close' },
};

/** A link of any page may lead to the page of this server, and probes reveal nothing. */
function isHarmless(request: IncomingMessage): boolean {
  const path = pathOf(request);
  if (PROBES.has(path)) return true;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  return isRead && path === '/' && request.headers['sec-fetch-mode'] === 'navigate';
}

/** RFC 9112, 3.2: one with HTTP/1.1, at most one with HTTP/1.0. */
function hasValidHostHeader({ rawHeaders, httpVersion }: IncomingMessage): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]?.toLowerCase() === 'host') count++;
  return count === 1 || (count === 0 && httpVersion === '1.0');
}

/** The name without its port, in lower case: `[::1]`, `chat.example.org`. Null if it is invalid. */
function nameIn(host: string): string | null {
  const [, address, name] = /^(?:\[([\da-f:.]+)\]|([^\s:[\]/?#@]+?)\.?)(?::\d*)?$/i.exec(host) ?? [];
  if (address !== undefined) return isIP(address) === 6 ? `[${address}]` : null;
  return name?.toLowerCase() ?? null;
}

/** @param allowed `example.org`, or `.example.org` for it and all below */
function covers(allowed: string, name: string): boolean {
  return allowed.startsWith('.') ? name === allowed.slice(1) || name.endsWith(allowed) : name === allowed;
}

/**
 * @param own a name of a certificate, where `*.example.org` stands for one label in place of the star (RFC 9525, 6.3)
 */
function isNamedBy(own: string, name: string): boolean {
  return (
    own === name ||
    (own.startsWith('*.') && name.slice(name.indexOf('.') + 1) === own.slice(2) && name.includes('.'))
  );
}

/** The name of the machine, also as multicast DNS announces it. */
function namesOfMachine(name: string): ReadonlySet<string> {
  const full = name.toLowerCase().replace(/\.$/, '');
  const [first = full] = full.split('.');
  return new Set(full === '' ? [] : [full, `${full}.local`, `${first}.local`]);
}
