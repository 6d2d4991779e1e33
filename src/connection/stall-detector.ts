/**
 * Whether a peer that takes no more for now still reads. Its system takes bytes in lumps, so a write that waits is
 * no sign of death: what counts is whether what it has not acknowledged has changed since the last look.
 */

/** A peer that takes no byte for this long is gone, whatever its socket says. */
const STALL_MS = 10_000;
/** The first look, to know where it stands; most peers have caught up by then. */
const FIRST_LOOK_MS = 500;
const LOOK_EVERY_MS = 2_500;

export class StallDetector {
  /** When it was last seen to take anything. */
  #since: number;
  #nextCheckAt: number;
  /** Bytes on their way to it when it was last looked at; null if not known. */
  #unackedBytes: number | null = null;
  #isChecking = false;

  constructor(elapsed: number) {
    this.#since = elapsed;
    this.#nextCheckAt = elapsed + FIRST_LOOK_MS;
  }

  /** When to look at it next; not while a look is under way. */
  get nextAt(): number {
    return this.#isChecking ? Number.POSITIVE_INFINITY : Math.min(this.#nextCheckAt, this.#since + STALL_MS);
  }

  /** About to look. False if it is too soon. */
  beginCheck(elapsed: number): boolean {
    if (elapsed < this.nextAt) return false;
    this.#nextCheckAt = elapsed + LOOK_EVERY_MS;
    this.#isChecking = true;
    return true;
  }

  /**
   * What the look showed: bytes handed to the system that the peer has not acknowledged, null where nobody knows.
   * True if the peer is gone.
   */
  endCheck(onTheWay: number | null, elapsed: number): boolean {
    this.#isChecking = false;
    if (this.#unackedBytes !== null && onTheWay !== null && onTheWay !== this.#unackedBytes)
      this.#since = elapsed;
    this.#unackedBytes = onTheWay;
    return elapsed >= this.#since + STALL_MS;
  }
}
