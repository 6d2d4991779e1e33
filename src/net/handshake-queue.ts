/** Spreads TLS handshakes over the turns of the event loop: one costs up to a millisecond of cryptography. */
import { TurnQueue } from '../util/turn-queue.js';

export class HandshakeQueue extends TurnQueue<() => void> {
  #isWorking = false;
  #startedAt = 0;

  /** Calls `begin` now, or in a later turn. Its work may go on in the next ticks of the same turn. */
  add(begin: () => void): void {
    this.wait(begin);
    this.workOn();
  }

  protected workOn(): void {
    if (this.#isWorking) return;
    const begin = this.next();
    if (begin === undefined) return;
    this.#isWorking = true;
    this.#startedAt = this.elapsed();
    try {
      begin();
    } finally {
      process.nextTick(this.#onWorked);
    }
  }

  readonly #onWorked = (): void => {
    this.#isWorking = false;
    this.spendSince(this.#startedAt);
    this.workOn();
  };
}
