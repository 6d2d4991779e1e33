/**
 * Spreads work over the turns of the event loop, each of which lasts until all other connections were polled. What the
 * work of a turn takes together is bounded, so that a crowd that comes at once, as after a restart, stalls no one else.
 */

/** The work of a turn takes this long together, in milliseconds, and the last of it may exceed it. */
const TURN_MS = 5;

export abstract class TurnQueue<Item> {
  /** Milliseconds of the monotonic clock. */
  protected readonly elapsed: () => number;
  readonly #waiting = new Set<Item>();
  #hasTurn = false;
  #spentMs = 0;

  constructor(elapsed: () => number) {
    this.elapsed = elapsed;
  }

  /** Forgets what has not begun. */
  remove(item: Item): void {
    this.#waiting.delete(item);
  }

  /** Begins what waits, for as long as `next` gives something. */
  protected abstract workOn(): void;

  /** Nothing waits, and the turn has time left: an item may begin at once. */
  protected get isFree(): boolean {
    return this.#waiting.size === 0 && this.#hasTime;
  }

  protected wait(item: Item): void {
    this.#waiting.add(item);
    this.beginTurn();
  }

  /** The first that waits, which waits no longer; undefined if there is none, or no time is left in this turn. */
  protected next(): Item | undefined {
    if (!this.#hasTime) return undefined;
    const [first] = this.#waiting;
    if (first !== undefined) this.#waiting.delete(first);
    return first;
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
    setImmediate(this.#endTurn);
  }

  get #hasTime(): boolean {
    return !this.#hasTurn || this.#spentMs < TURN_MS;
  }

  readonly #endTurn = (): void => {
    this.#hasTurn = false;
    if (this.#waiting.size === 0) return;
    this.beginTurn();
    this.workOn();
  };
}
