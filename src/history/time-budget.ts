/** Limits the time that all searches together take in one pass of the event loop, so that they never delay the chat. */

/** Milliseconds in one pass. The last step may exceed the limit; measured steps end within 10 ms. */
const LIMIT_MS = 4;
/** A caller that never returns to the event loop gets a new budget after this time. */
const MAX_PERIOD_MS = 100;

export class TimeBudget {
  readonly #now: () => number;
  readonly #nextPass: (run: () => void) => void;
  #start = Number.NEGATIVE_INFINITY;
  #spentMs = 0;

  constructor(
    now: () => number = () => performance.now(),
    nextPass: (run: () => void) => void = (run) => void setImmediate(run),
  ) {
    this.#now = now;
    this.#nextPass = nextPass;
  }

  /** Whether the rest must wait for a later pass. */
  get isSpent(): boolean {
    return this.#spentMs >= LIMIT_MS && this.#now() - this.#start < MAX_PERIOD_MS;
  }

  /** Runs a short step, and adds its duration to the budget. */
  spendOn<Result>(work: () => Result): Result {
    const start = this.#now();
    if (start - this.#start >= MAX_PERIOD_MS) this.#reset();
    if (this.#start === Number.NEGATIVE_INFINITY) {
      this.#start = start;
      this.#nextPass(() => this.#reset());
    }
    try {
      return work();
    } finally {
      this.#spentMs += this.#now() - start;
    }
  }

  #reset(): void {
    this.#start = Number.NEGATIVE_INFINITY;
    this.#spentMs = 0;
  }
}
