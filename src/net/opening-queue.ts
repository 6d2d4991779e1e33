/**
 * Spreads the first lines of connections over the turns of the event loop. A login takes 50 µs, and several times as long
 * in a process that has just started. A crowd that comes at once, as after a restart, would otherwise stall all others.
 */

/** The openings of a turn take this long together, and the last of them may exceed it. */
const TURN_MS = 5;

/** A connection whose first bytes were read. */
export interface Opening {
  /** Handles the bytes. */
  open(): void;
}

export class OpeningQueue {
  /** Milliseconds of the monotonic clock. */
  readonly #elapsed: () => number;
  readonly #waiting = new Set<Opening>();
  #hasTurn = false;
  #spentMs = 0;

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** Opens the connection now. False if it is opened in a later turn. */
  add(opening: Opening): boolean {
    if (this.#waiting.size > 0 || (this.#hasTurn && this.#spentMs >= TURN_MS)) {
      this.#waiting.add(opening);
      return false;
    }
    if (!this.#hasTurn) this.#beginTurn();
    this.#open(opening);
    return true;
  }

  /** Forgets a connection that was not opened. */
  remove(opening: Opening): void {
    this.#waiting.delete(opening);
  }

  /** It lasts until the event loop has polled all other connections. */
  #beginTurn(): void {
    this.#hasTurn = true;
    this.#spentMs = 0;
    setImmediate(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    this.#hasTurn = false;
    if (this.#waiting.size === 0) return;
    this.#beginTurn();
    for (const opening of this.#waiting) {
      this.#waiting.delete(opening);
      this.#open(opening);
      if (this.#spentMs >= TURN_MS) return;
    }
  };

  #open(opening: Opening): void {
    const startedAt = this.#elapsed();
    opening.open();
    this.#spentMs += this.#elapsed() - startedAt;
  }
}
