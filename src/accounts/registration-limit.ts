/** Limits how many registrations of one address are hashed per hour: each costs as much as a login. */
import { networkOf } from '../util/address.js';

const PERIOD_MS = 3_600_000;
const MAX_PER_ADDRESS = 10;
/** For an address that many clients share: it is exempt from limits, or a trusted proxy. */
const MAX_PER_SHARED_ADDRESS = 100;
/** Above this, the address with the oldest last registration is dropped. */
const MAX_ADDRESSES = 10_000;

/** Times are in milliseconds of the monotonic clock. */
export class RegistrationLimit {
  /** The times of the registrations in the last hour, by address. */
  readonly #times = new Map<string, readonly number[]>();

  isReached(address: string, isShared: boolean, elapsed: number): boolean {
    return this.#recent(address, elapsed).length >= (isShared ? MAX_PER_SHARED_ADDRESS : MAX_PER_ADDRESS);
  }

  record(address: string, elapsed: number): void {
    const network = networkOf(address);
    const times = [...this.#recent(address, elapsed), elapsed];
    // Moved to the end of the map, so that the first entry has the oldest last registration.
    this.#times.delete(network);
    this.#times.set(network, times);
    if (this.#times.size <= MAX_ADDRESSES) return;
    const [oldest] = this.#times.keys();
    if (oldest !== undefined) this.#times.delete(oldest);
  }

  #recent(address: string, elapsed: number): readonly number[] {
    const times = this.#times.get(networkOf(address)) ?? [];
    return times.filter((at) => elapsed < at + PERIOD_MS);
  }
}
