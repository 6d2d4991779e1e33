/**
 * The delay before each attempt to reconnect. It doubles with every failure, and is random between half and the whole,
 * so that the clients of a restarted server do not all return at the same moment.
 */
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;
/** A connection that lasted this long was not a failure: the delays start over. */
const STABLE_AFTER_MS = 30_000;

export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  /** `random` returns a number from 0 to 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** The delay after a connection that was usable for `connectedMs`, or 0 if it never was. */
  nextDelayMs(connectedMs: number): number {
    if (connectedMs >= STABLE_AFTER_MS) this.#failures = 0;
    const longest = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures);
    this.#failures += 1;
    return Math.round(longest * (0.5 + this.#random() / 2));
  }
}
