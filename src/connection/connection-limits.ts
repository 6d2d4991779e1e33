/** Who may come in, and how fast they may talk. */
import { isIP } from 'node:net';
import type { CloseReason } from '../core/reasons.js';
import { AddressBlocks } from '../util/address-blocks.js';

export interface ConnectionLimitOptions {
  /** Connections in all; 0 for no limit. */
  readonly maxClients: number;
  /** Connections from one address; 0 for no limit. */
  readonly maxClientsPerAddress: number;
  /** Addresses and CIDR blocks that are free of the limit per address and of the rate. */
  readonly exemptAddresses: readonly string[];
  /** Lines a second that are read from one client in the long run; 0 for no limit. */
  readonly rateLimit: number;
  /** Lines that it may send at once. */
  readonly rateBurst: number;
}

const MAX_ADDRESSES = 1000;

/** Counts connections, in all and by address. */
export class ConnectionLimits {
  readonly #limits: ConnectionLimitOptions;
  readonly #exempt: AddressBlocks;
  /** What the list said of addresses seen lately: to ask it costs as much as the rest of a login. */
  readonly #exemptions = new Map<string, boolean>();
  readonly #byAddress = new Map<string, number>();
  #count = 0;

  constructor(limits: ConnectionLimitOptions) {
    this.#limits = limits;
    this.#exempt = new AddressBlocks(limits.exemptAddresses);
  }

  /** Null admits, and must be given back with `release`; a reason refuses. */
  admit(address: string): CloseReason | null {
    const { maxClients, maxClientsPerAddress } = this.#limits;
    if (maxClients > 0 && this.#count >= maxClients) return 'server-full';
    const here = this.#byAddress.get(address) ?? 0;
    if (maxClientsPerAddress > 0 && here >= maxClientsPerAddress && !this.isExempt(address))
      return 'too-many-connections';
    this.#byAddress.set(address, here + 1);
    this.#count++;
    return null;
  }

  release(address: string): void {
    const here = (this.#byAddress.get(address) ?? 0) - 1;
    if (here > 0) this.#byAddress.set(address, here);
    else this.#byAddress.delete(address);
    this.#count--;
  }

  /** The rate for a client from there; null for none. */
  bucketFor(address: string, elapsed: number): TokenBucket | null {
    const { rateLimit, rateBurst } = this.#limits;
    return rateLimit === 0 || this.isExempt(address) ? null : new TokenBucket(rateLimit, rateBurst, elapsed);
  }

  isExempt(address: string): boolean {
    const known = this.#exemptions.get(address);
    if (known !== undefined) return known;
    // A Unix socket has no addresses, and whoever is at its other end is on this machine.
    const from = isIP(address) === 0 ? '127.0.0.1' : address;
    const exempt = this.#exempt.includes(from);
    if (this.#exemptions.size >= MAX_ADDRESSES) this.#exemptions.clear();
    this.#exemptions.set(address, exempt);
    return exempt;
  }
}

/** A token a line; `rate` new ones a second, `burst` at most. Times in milliseconds. */
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

  /** When the next line may be read: now or later. */
  readyAt(elapsed: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((elapsed - this.#filledAt) * this.#rate) / 1000);
    this.#filledAt = elapsed;
    return this.#tokens >= 1 ? elapsed : elapsed + ((1 - this.#tokens) * 1000) / this.#rate;
  }

  take(): void {
    this.#tokens--;
  }
}
