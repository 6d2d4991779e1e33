/** The limits of connections: how many, in all and per address, and how many lines per second. */
import { isIP } from 'node:net';
import type { CloseReason } from '../core/reasons.js';
import { networkOf } from '../util/address.js';
import { AddressBlocks } from '../util/address-blocks.js';
import { TrustedProxies } from '../util/trusted-proxies.js';

export interface ConnectionLimitOptions {
  /** Connections in all (0 = no limit). */
  readonly maxClients: number;
  /** Connections per address, or per /64 of IPv6 (0 = no limit). */
  readonly maxClientsPerAddress: number;
  /** Addresses and CIDR blocks to which the limit per address and the rate limit do not apply. */
  readonly exemptAddresses: readonly string[];
  /** Proxies: the limit per address applies to their clients instead. */
  readonly trustedProxies: readonly string[];
  /** Lines per second that are read from one client, on average (0 = no limit). */
  readonly rateLimit: number;
  /** Lines that a client may send at once. */
  readonly rateBurst: number;
}

const MAX_CACHED_ADDRESSES = 1000;

export class ConnectionLimits {
  readonly #limits: ConnectionLimitOptions;
  readonly #exempt: AddressBlocks;
  readonly #proxies: TrustedProxies;
  /** Recent results of the list: a look-up costs as much as the rest of a login. */
  readonly #exemptions = new Map<string, boolean>();
  readonly #byAddress = new Map<string, number>();
  #count = 0;

  constructor(limits: ConnectionLimitOptions) {
    this.#limits = limits;
    this.#exempt = new AddressBlocks(limits.exemptAddresses);
    this.#proxies = new TrustedProxies(limits.trustedProxies);
  }

  /** Counts a connection and returns null, or returns the reason to refuse it. Call `release` after null only. */
  admit(address: string): CloseReason | null {
    const { maxClients, maxClientsPerAddress } = this.#limits;
    if (maxClients > 0 && this.#count >= maxClients) return 'server-full';
    const network = networkOf(address);
    const count = this.#byAddress.get(network) ?? 0;
    if (maxClientsPerAddress > 0 && count >= maxClientsPerAddress && !this.#isShared(address))
      return 'too-many-connections';
    this.#byAddress.set(network, count + 1);
    this.#count++;
    return null;
  }

  release(address: string): void {
    const network = networkOf(address);
    const count = (this.#byAddress.get(network) ?? 0) - 1;
    if (count > 0) this.#byAddress.set(network, count);
    else this.#byAddress.delete(network);
    this.#count--;
  }

  /** Whether any number of clients may connect from this address. */
  #isShared(address: string): boolean {
    return this.isExempt(address) || this.#proxies.includes(address);
  }

  /** The rate limit of a client at this address; null for none. */
  bucketFor(address: string, elapsed: number): TokenBucket | null {
    const { rateLimit, rateBurst } = this.#limits;
    return rateLimit === 0 || this.isExempt(address) ? null : new TokenBucket(rateLimit, rateBurst, elapsed);
  }

  isExempt(address: string): boolean {
    const known = this.#exemptions.get(address);
    if (known !== undefined) return known;
    // The peer of a Unix socket has no address, and is on this machine.
    const from = isIP(address) === 0 ? '127.0.0.1' : address;
    const exempt = this.#exempt.includes(from);
    if (this.#exemptions.size >= MAX_CACHED_ADDRESSES) this.#exemptions.clear();
    this.#exemptions.set(address, exempt);
    return exempt;
  }

  isTrustedProxy(address: string): boolean {
    return this.#proxies.includes(address);
  }
}

/** A token bucket: one token per line, `rate` new ones per second, at most `burst`. Times are in milliseconds. */
export class TokenBucket {
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt: number;

  constructor(rate: number, burst: number, elapsed: number) {
    this.#rate = rate;
    this.#burst = Math.max(1, burst);
    this.#tokens = this.#burst;
    this.#filledAt = elapsed;
  }

  /** When the next line may be read: at `elapsed` or later. */
  readyAt(elapsed: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((elapsed - this.#filledAt) * this.#rate) / 1000);
    this.#filledAt = elapsed;
    return this.#tokens >= 1 ? elapsed : elapsed + ((1 - this.#tokens) * 1000) / this.#rate;
  }

  take(count = 1): void {
    this.#tokens -= count;
  }

  /** The lines that may be read now. */
  get available(): number {
    return Math.floor(this.#tokens);
  }
}
