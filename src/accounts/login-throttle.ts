/**
 * Delays password attempts after failures. Failures are counted per name and address, and from the twentieth on for all
 * names of an address. So a stranger delays neither another address nor, with few guesses, another name; and one
 * password that an attacker knows gives no additional guesses at others.
 */
import { networkOf } from '../util/address.js';

/** The third attempt for a name is the first that is delayed. */
const FREE_FAILURES = 2;
/** The twentieth attempt from an address is the first that is delayed, whatever its name. */
const FREE_FAILURES_PER_ADDRESS = 19;
const FIRST_DELAY_MS = 500;
/**
 * An owner at the attacker's address waits for this and then for the hashes of the guesses that came before: 20 of them
 * at a third of a second, in turns with another address, are 14 s. That leaves it within 30 s.
 */
const MAX_DELAY_MS = 15_000;
const EXPIRY_MS = 15 * 60_000;
/** Above this, the address with the oldest last failure is dropped. */
const MAX_ADDRESSES = 10_000;
/** Above this, the name with the oldest last failure is dropped; it still counts for the address. */
const MAX_NAMES_PER_ADDRESS = 100;

interface Failures {
  readonly count: number;
  readonly lastAt: number;
}

interface AddressFailures extends Failures {
  readonly byName: Map<string, Failures>;
}

const NONE: Failures = { count: 0, lastAt: 0 };

/** Times are in milliseconds of the monotonic clock. */
export class LoginThrottle {
  readonly #failures = new Map<string, AddressFailures>();

  /**
   * When an attempt made at `since` may be checked: at most 15 s later. Failures after `since` count, too. From a shared
   * address, only the failures for the name count.
   */
  readyAt(address: string, name: string, isShared: boolean, since: number, elapsed: number): number {
    const ofAddress = this.#recent(networkOf(address), elapsed);
    const byName = unexpired(ofAddress?.byName.get(name), elapsed);
    const forName = readyAfter(byName, FREE_FAILURES, since);
    if (isShared || ofAddress === undefined) return forName;
    return Math.max(forName, readyAfter(ofAddress, FREE_FAILURES_PER_ADDRESS, since));
  }

  /** The failures for a name from this address. */
  failuresOf(address: string, name: string, elapsed: number): number {
    return unexpired(this.#recent(networkOf(address), elapsed)?.byName.get(name), elapsed).count;
  }

  recordFailure(address: string, name: string, elapsed: number): void {
    const network = networkOf(address);
    const { count, byName } = this.#recent(network, elapsed) ?? { count: 0, byName: new Map() };
    putLast(byName, name, { count: unexpired(byName.get(name), elapsed).count + 1, lastAt: elapsed });
    dropFirst(byName, MAX_NAMES_PER_ADDRESS);
    putLast(this.#failures, network, { count: count + 1, lastAt: elapsed, byName });
    dropFirst(this.#failures, MAX_ADDRESSES);
  }

  /** Forgets the failures of this name only. */
  recordSuccess(address: string, name: string): void {
    const network = networkOf(address);
    const failures = this.#failures.get(network);
    const ofName = failures?.byName.get(name);
    if (failures === undefined || ofName === undefined) return;
    failures.byName.delete(name);
    const count = failures.count - ofName.count;
    if (count <= 0) this.#failures.delete(network);
    else this.#failures.set(network, { ...failures, count });
  }

  #recent(network: string, elapsed: number): AddressFailures | undefined {
    const failures = this.#failures.get(network);
    if (failures === undefined || elapsed < failures.lastAt + EXPIRY_MS) return failures;
    this.#failures.delete(network);
    return undefined;
  }
}

function unexpired(failures: Failures | undefined, elapsed: number): Failures {
  return failures !== undefined && elapsed < failures.lastAt + EXPIRY_MS ? failures : NONE;
}

/** The delay runs from the last failure, so that simultaneous attempts do not share one, but never exceeds its maximum. */
function readyAfter({ count, lastAt }: Failures, free: number, since: number): number {
  if (count < free) return since;
  const delay = Math.min(FIRST_DELAY_MS * 2 ** (count - free), MAX_DELAY_MS);
  return Math.min(Math.max(since, lastAt) + delay, since + MAX_DELAY_MS);
}

/** Moves the entry to the end of the map, so that the first one has the oldest last failure. */
function putLast<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
}

function dropFirst(map: Map<string, unknown>, maxSize: number): void {
  if (map.size <= maxSize) return;
  const [first] = map.keys();
  if (first !== undefined) map.delete(first);
}
