/**
 * Detects a peer that takes no more of its unsent output. The system accepts output in large portions, so a write that
 * waits does not show a dead peer. A peer is alive if the number of unacknowledged bytes changes between checks.
 */

/** A peer that takes no byte for this long is disconnected. */
const STALL_MS = 10_000;
/** The first check gives the number to compare with; most peers have caught up by then. */
const FIRST_CHECK_MS = 500;
const CHECK_INTERVAL_MS = 2_500;

export class StallDetector {
  /** When a check last showed that the peer takes output. */
  #lastProgressAt: number;
  #nextCheckAt: number;
  /** The result of the last check; null if unknown. */
  #unackedBytes: number | null = null;
  #isChecking = false;

  constructor(elapsed: number) {
    this.#lastProgressAt = elapsed;
    this.#nextCheckAt = elapsed + FIRST_CHECK_MS;
  }

  /** The time of the next check; Infinity during one. */
  get nextAt(): number {
    if (this.#isChecking) return Number.POSITIVE_INFINITY;
    return Math.min(this.#nextCheckAt, this.#lastProgressAt + STALL_MS);
  }

  /** Begins a check. False if it is not time yet. */
  beginCheck(elapsed: number): boolean {
    if (elapsed < this.nextAt) return false;
    this.#nextCheckAt = elapsed + CHECK_INTERVAL_MS;
    this.#isChecking = true;
    return true;
  }

  /**
   * Takes the result of a check, and returns whether the peer is stalled.
   *
   * @param unackedBytes bytes that the system has taken and the peer has not acknowledged; null where that is unknown
   */
  endCheck(unackedBytes: number | null, elapsed: number): boolean {
    this.#isChecking = false;
    const previous = this.#unackedBytes;
    if (previous !== null && unackedBytes !== null && unackedBytes !== previous)
      this.#lastProgressAt = elapsed;
    this.#unackedBytes = unackedBytes;
    return elapsed >= this.#lastProgressAt + STALL_MS;
  }
}
