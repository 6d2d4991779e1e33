/**
 * Delays password attempts after failures from the same address. A correct password clears only the failures of its own
 * name. So attempts from one address never delay another address, and knowing one password gives no additional guesses
 * at others.
 */
import { networkOf } from '../util/address.js';

/** The third attempt is the first that is delayed. */
const FREE_FAILURES = 2;
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;
const EXPIRY_MS = 15 * 60_000;
/** Above this, the address with the oldest last failure is dropped. */
const MAX_ADDRESSES = 10_000;
/** Failures of further names from one address are counted, but not per name. */
const MAX_NAMES_PER_ADDRESS = 100;

interface Failures {
  count: number;
  /** The parts of `count` by name. */
  readonly byName: Map<string, number>;
  lastAt: number;
}

/** Times are in milliseconds of the monotonic clock. */
export class LoginThrottle {
  readonly #failures = new Map<string, Failures>();

  /** When an attempt made at `since` may be checked. Failures after `since` count, too. */
  readyAt(address: string, since: number, elapsed: number): number {
    const failures = this.#recent(networkOf(address), elapsed);
    if (failures === undefined || failures.count < FREE_FAILURES) return since;
    const delay = Math.min(FIRST_DELAY_MS * 2 ** (failures.count - FREE_FAILURES), MAX_DELAY_MS);
    return Math.max(since, failures.lastAt) + delay;
  }

  recordFailure(address: string, name: string, elapsed: number): void {
    const network = networkOf(address);
    const failures = this.#recent(network, elapsed) ?? { count: 0, byName: new Map(), lastAt: elapsed };
    failures.count++;
    failures.lastAt = elapsed;
    if (failures.byName.has(name) || failures.byName.size < MAX_NAMES_PER_ADDRESS)
      failures.byName.set(name, (failures.byName.get(name) ?? 0) + 1);
    // Moved to the end of the map, so that the first entry has the oldest last failure.
    this.#failures.delete(network);
    this.#failures.set(network, failures);
    this.#dropOldest();
  }

  recordSuccess(address: string, name: string): void {
    const network = networkOf(address);
    const failures = this.#failures.get(network);
    if (failures === undefined) return;
    failures.count -= failures.byName.get(name) ?? 0;
    failures.byName.delete(name);
    if (failures.count === 0) this.#failures.delete(network);
  }

  #recent(network: string, elapsed: number): Failures | undefined {
    const failures = this.#failures.get(network);
    if (failures === undefined || elapsed < failures.lastAt + EXPIRY_MS) return failures;
    this.#failures.delete(network);
    return undefined;
  }

  #dropOldest(): void {
    if (this.#failures.size <= MAX_ADDRESSES) return;
    const [oldest] = this.#failures.keys();
    if (oldest !== undefined) this.#failures.delete(oldest);
  }
}
