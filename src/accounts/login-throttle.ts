/**
 * Wrong tries at secrets, and how long the next try from the same place waits. They are counted for an address, and a
 * right one forgives those for its own name: a stranger elsewhere slows nobody down but himself, and whoever knows one
 * password wins no free guesses at another.
 */

/** The third try is the first that waits. */
const FREE_TRIES = 2;
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;
const FORGOTTEN_AFTER_MS = 15 * 60_000;
/** Beyond so many the address that was silent longest is forgotten. */
const MAX_ADDRESSES = 10_000;
/** Beyond so many names tried from one address, they are counted but no longer told apart. */
const MAX_NAMES_PER_ADDRESS = 100;

interface Record {
  count: number;
  /** The part of `count` that was about one name. */
  readonly byName: Map<string, number>;
  lastAt: number;
}

/** Times are milliseconds of the clock that never jumps. */
export class LoginThrottle {
  readonly #records = new Map<string, Record>();

  /** When a try that came at `since` may be looked at. Wrong tries since then count as well. */
  readyAt(address: string, since: number, elapsed: number): number {
    const record = this.#recent(networkOf(address), elapsed);
    if (record === undefined || record.count < FREE_TRIES) return since;
    const delay = Math.min(FIRST_DELAY_MS * 2 ** (record.count - FREE_TRIES), MAX_DELAY_MS);
    return Math.max(since, record.lastAt) + delay;
  }

  recordFailure(address: string, name: string, elapsed: number): void {
    const network = networkOf(address);
    const record = this.#recent(network, elapsed) ?? { count: 0, byName: new Map(), lastAt: elapsed };
    record.count++;
    record.lastAt = elapsed;
    if (record.byName.has(name) || record.byName.size < MAX_NAMES_PER_ADDRESS)
      record.byName.set(name, (record.byName.get(name) ?? 0) + 1);
    // Put behind all others: the first is the one that was silent longest.
    this.#records.delete(network);
    this.#records.set(network, record);
    this.#forgetSome();
  }

  recordSuccess(address: string, name: string): void {
    const network = networkOf(address);
    const record = this.#records.get(network);
    if (record === undefined) return;
    record.count -= record.byName.get(name) ?? 0;
    record.byName.delete(name);
    if (record.count === 0) this.#records.delete(network);
  }

  #recent(network: string, elapsed: number): Record | undefined {
    const record = this.#records.get(network);
    if (record === undefined || elapsed < record.lastAt + FORGOTTEN_AFTER_MS) return record;
    this.#records.delete(network);
    return undefined;
  }

  #forgetSome(): void {
    if (this.#records.size <= MAX_ADDRESSES) return;
    const [oldest] = this.#records.keys();
    if (oldest !== undefined) this.#records.delete(oldest);
  }
}

/** Whoever has an IPv6 address mostly has all of its /64: that is one place. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? [] : tail.split(':');
  while (tail !== undefined && groups.length + behind.length < 8) groups.push('0');
  return `${[...groups, ...behind].slice(0, 4).join(':')}::/64`;
}
