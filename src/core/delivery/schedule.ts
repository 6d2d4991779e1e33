/** Decides when a turn ends: with the pass of the event loop in which something was collected, or before it if that is long. */

/** From this many writes on, the sockets are polled once more before the turn ends. */
const MIN_WRITES_TO_POLL = 32;
const MAX_POLLS = 8;
/** A turn that lasts this long ends: what was said in it waits for that. */
const MAX_TURN_MS = 5;
/** Reads between two looks at the clock. */
const READS_PER_CHECK = 32;

export interface ScheduleOptions {
  /** Ends the turn. */
  readonly end: () => void;
  /** How much the turn has collected so far: a number that grows. */
  readonly collectedCount: () => number;
  readonly writesDue: () => number;
  /** Runs something once the pass is over. */
  readonly defer: (run: () => void) => void;
  /** Milliseconds of the monotonic clock. */
  readonly elapsed: () => number;
}

export class Schedule {
  readonly #options: ScheduleOptions;
  readonly #onPassEnd = () => this.#endIfQuiet();
  #isScheduled = false;
  #scheduledAt = 0;
  #polls = 0;
  #countAtPoll = 0;
  #reads = 0;

  constructor(options: ScheduleOptions) {
    this.#options = options;
  }

  /** Has the turn end with this pass. */
  request(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#scheduledAt = this.#options.elapsed();
    this.#options.defer(this.#onPassEnd);
  }

  /** The turn ends now. */
  clear(): void {
    this.#isScheduled = false;
    this.#polls = 0;
  }

  /** Something was read in this pass. Ends a turn that is long already, and returns whether it did. */
  onRead(): boolean {
    if (++this.#reads < READS_PER_CHECK) return false;
    this.#reads = 0;
    if (!this.#isScheduled || !this.#isLong) return false;
    this.#options.end();
    return true;
  }

  /**
   * Where many writes are due, polls the sockets once more: a poll costs as much as a few writes, and finds what
   * arrived during this pass. It is repeated while more arrives, a few times at most, which bounds the delay.
   */
  #endIfQuiet(): void {
    // It was too long, and has ended.
    if (!this.#isScheduled) return;
    const { collectedCount, writesDue, defer, end } = this.#options;
    const isMore = this.#polls === 0 || collectedCount() > this.#countAtPoll;
    const mayPoll = isMore && this.#polls < MAX_POLLS && writesDue() >= MIN_WRITES_TO_POLL;
    if (!mayPoll || this.#isLong) {
      end();
      return;
    }
    this.#polls++;
    this.#countAtPoll = collectedCount();
    defer(this.#onPassEnd);
  }

  get #isLong(): boolean {
    return this.#options.elapsed() - this.#scheduledAt >= MAX_TURN_MS;
  }
}
