/** The delays between attempts to reconnect. They are random by 30 %, so that the pages of a restarted server do not all return at one moment. */

const DELAYS_MS = [500, 1000, 2000, 4000, 8000, 15_000];
const SPREAD = 0.3;
/** Of a server that is full: it has no place sooner. */
const FULL_FROM = 3;
/** A connection that lasted this long was not a failure: the delays start over. */
const STABLE_MS = 10_000;

export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** @param connectedMs for how long the last connection was usable */
  nextDelayMs(connectedMs: number, isFull = false): number {
    if (connectedMs >= STABLE_MS) this.#failures = 0;
    const index = Math.max(this.#failures, isFull ? FULL_FROM : 0);
    this.#failures = Math.min(index + 1, DELAYS_MS.length - 1);
    const delay = DELAYS_MS[index] ?? 0;
    return Math.round(delay * (1 - SPREAD + 2 * SPREAD * this.#random()));
  }
}
