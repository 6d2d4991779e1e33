/**
 * Spreads work over the turns of the event loop, each of which lasts until all other connections were polled. What the
 * work of a turn takes together is bounded, so that a crowd that comes or leaves at once does not delay other clients.
 */

/** The work of a turn takes this long together, in milliseconds, and the last of it may exceed it. */
const TURN_MS = 5;

export abstract class TurnQueue<Item> {
  /** Milliseconds of the monotonic clock. */
  protected readonly elapsed: () => number;
  readonly #defer: (run: () => void) => void;
  readonly #waiting = new Set<Item>();
  /** Stays where it is: each new one would pass again over what was removed from the set. */
  #iterator = this.#waiting.values();
  #hasTurn = false;
  #spentMs = 0;

  /** `defer` runs the rest once all other connections were polled. */
  constructor(elapsed: () => number, defer: (run: () => void) => void = setImmediate) {
    this.elapsed = elapsed;
    this.#defer = defer;
  }

  /** Forgets what has not begun. */
  remove(item: Item): void {
    this.#waiting.delete(item);
  }

  /** Other work has made this turn long: nothing more of the queue begins in it. */
  exhaust(): void {
    this.beginTurn();
    this.#spentMs = TURN_MS;
  }

  /** Begins what waits, for as long as `next` gives something. */
  protected abstract workOn(): void;

  /** Nothing waits, and the turn has time left: an item may begin at once. */
  protected get isFree(): boolean {
    return this.#waiting.size === 0 && this.hasTime;
  }

  /** Whether more work may begin in this turn. */
  protected get hasTime(): boolean {
    return !this.#hasTurn || this.#spentMs < TURN_MS;
  }

  protected wait(item: Item): void {
    this.#waiting.add(item);
    this.beginTurn();
  }

  /** The first that waits, which waits no longer; undefined if there is none, or no time is left in this turn. */
  protected next(): Item | undefined {
    if (!this.hasTime || this.#waiting.size === 0) return undefined;
    let first = this.#iterator.next();
    if (first.done === true) {
      this.#iterator = this.#waiting.values();
      first = this.#iterator.next();
    }
    if (first.value !== undefined) this.#waiting.delete(first.value);
    return first.value;
  }

  /** Counts the time since `startedAt` as spent in this turn. */
  protected spendSince(startedAt: number): void {
    this.beginTurn();
    this.#spentMs += this.elapsed() - startedAt;
  }

  /** Does nothing within a turn. */
  protected beginTurn(): void {
    if (this.#hasTurn) return;
    this.#hasTurn = true;
    this.#spentMs = 0;
    this.#defer(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    this.#hasTurn = false;
    if (this.#waiting.size === 0) return;
    this.beginTurn();
    this.workOn();
  };
}
