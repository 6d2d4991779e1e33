/**
 * Spreads work over the turns of the event loop, each of which lasts until all other connections were polled. What the
 * work of a turn takes together is bounded, so that a crowd that comes or leaves at once stalls no one else.
 */

/** The work of a turn takes this long together, in milliseconds, and the last of it may exceed it. */
const TURN_MS = 5;
/** One in so many items is one that can wait, although urgent ones wait too. */
const SHARE_OF_OTHERS = 8;

export abstract class TurnQueue<Item> {
  /** Milliseconds of the monotonic clock. */
  protected readonly elapsed: () => number;
  readonly #defer: (run: () => void) => void;
  readonly #urgent = new Fifo<Item>();
  readonly #others = new Fifo<Item>();
  #taken = 0;
  #hasTurn = false;
  #spentMs = 0;

  /** `defer` runs the rest once all other connections were polled. */
  constructor(elapsed: () => number, defer: (run: () => void) => void = setImmediate) {
    this.elapsed = elapsed;
    this.#defer = defer;
  }

  /** Forgets what has not begun. */
  remove(item: Item): void {
    this.#urgent.remove(item);
    this.#others.remove(item);
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
    return this.#isEmpty && this.hasTime;
  }

  /** Whether more work may begin in this turn. */
  protected get hasTime(): boolean {
    return !this.#hasTurn || this.#spentMs < TURN_MS;
  }

  /** `isUrgent`: before what is not, except for a small share of that. */
  protected wait(item: Item, isUrgent = false): void {
    (isUrgent ? this.#urgent : this.#others).add(item);
    this.beginTurn();
  }

  /** The first that waits, which waits no longer; undefined if there is none, or no time is left in this turn. */
  protected next(): Item | undefined {
    if (!this.hasTime) return undefined;
    const isShareOfOthers = ++this.#taken % SHARE_OF_OTHERS === 0;
    const [first, second] = isShareOfOthers ? [this.#others, this.#urgent] : [this.#urgent, this.#others];
    return first.take() ?? second.take();
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

  get #isEmpty(): boolean {
    return this.#urgent.size === 0 && this.#others.size === 0;
  }

  readonly #endTurn = (): void => {
    this.#hasTurn = false;
    if (this.#isEmpty) return;
    this.beginTurn();
    this.workOn();
  };
}

/** Items in the order in which they were added, each once. */
class Fifo<Item> {
  readonly #items = new Set<Item>();
  /** Stays where it is: each new one would pass again over what was removed from the set. */
  #iterator = this.#items.values();

  get size(): number {
    return this.#items.size;
  }

  add(item: Item): void {
    this.#items.add(item);
  }

  remove(item: Item): void {
    this.#items.delete(item);
  }

  take(): Item | undefined {
    if (this.#items.size === 0) return undefined;
    let first = this.#iterator.next();
    if (first.done === true) {
      this.#iterator = this.#items.values();
      first = this.#iterator.next();
    }
    if (first.value !== undefined) this.#items.delete(first.value);
    return first.value;
  }
}
