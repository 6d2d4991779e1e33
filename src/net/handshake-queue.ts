/**
 * Spreads TLS handshakes over the turns of the event loop. One costs up to a millisecond of cryptography, so a crowd that
 * comes at once, as after a restart, would stall everyone else for as long as all of it takes.
 */

/** The handshakes of a turn take this long together, and the last of them may exceed it. */
const TURN_MS = 5;

export class HandshakeQueue {
  /** Milliseconds of the monotonic clock. */
  readonly #elapsed: () => number;
  readonly #waiting = new Set<() => void>();
  #hasTurn = false;
  #isWorking = false;
  #startedAt = 0;
  #spentMs = 0;

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** Calls `begin` now, or in a later turn. Its work may go on in the next ticks of the same turn. */
  add(begin: () => void): void {
    this.#waiting.add(begin);
    if (!this.#hasTurn) this.#openTurn();
    this.#workOn();
  }

  /** Forgets a handshake that has not begun. */
  remove(begin: () => void): void {
    this.#waiting.delete(begin);
  }

  /** It lasts until the event loop has polled all other connections. */
  #openTurn(): void {
    this.#hasTurn = true;
    this.#spentMs = 0;
    setImmediate(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    this.#hasTurn = false;
    if (this.#waiting.size === 0) return;
    this.#openTurn();
    this.#workOn();
  };

  #workOn(): void {
    const [begin] = this.#waiting;
    if (begin === undefined || this.#isWorking || this.#spentMs >= TURN_MS) return;
    this.#waiting.delete(begin);
    this.#isWorking = true;
    this.#startedAt = this.#elapsed();
    begin();
    process.nextTick(this.#onWorked);
  }

  readonly #onWorked = (): void => {
    this.#isWorking = false;
    this.#spentMs += this.#elapsed() - this.#startedAt;
    this.#workOn();
  };
}
