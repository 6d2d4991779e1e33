/** What searches may take of one pass of the event loop, all of them together: nobody's chat waits for them. */

/** Half of what a person would notice, were it in every keystroke. */
const LIMIT_MS = 10;
/** Whoever does not leave the event loop gets a new slice after this. */
const MAX_PERIOD_MS = 100;

export class TimeBudget {
  readonly #now: () => number;
  readonly #nextPass: (run: () => void) => void;
  #began = Number.NEGATIVE_INFINITY;
  #spentMs = 0;

  constructor(
    now: () => number = () => performance.now(),
    nextPass: (run: () => void) => void = (run) => void setImmediate(run),
  ) {
    this.#now = now;
    this.#nextPass = nextPass;
  }

  /** Whether to go on in a later pass only. */
  get isOver(): boolean {
    return this.#spentMs >= LIMIT_MS && this.#now() - this.#began < MAX_PERIOD_MS;
  }

  /** Does a small piece of work. */
  spendOn<Result>(work: () => Result): Result {
    const start = this.#now();
    if (start - this.#began >= MAX_PERIOD_MS) this.#end();
    if (this.#began === Number.NEGATIVE_INFINITY) {
      this.#began = start;
      this.#nextPass(() => this.#end());
    }
    try {
      return work();
    } finally {
      this.#spentMs += this.#now() - start;
    }
  }

  #end(): void {
    this.#began = Number.NEGATIVE_INFINITY;
    this.#spentMs = 0;
  }
}
