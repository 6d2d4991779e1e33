/**
 * Spreads the first bytes of connections over the turns of the event loop. A login takes 50 µs, a socket for HTTP or TLS
 * 150 µs, and both several times as long in a process that has just started.
 */
import { TurnQueue } from './turn-queue.js';

/** A connection whose first bytes were read. */
export interface Opening {
  /** Handles the bytes. */
  open(): void;
}

export class OpeningQueue extends TurnQueue<Opening> {
  /** Opens the connection now. False if it is opened in a later turn. */
  add(opening: Opening): boolean {
    if (this.isFree) {
      this.#open(opening);
      return true;
    }
    this.wait(opening);
    return false;
  }

  protected workOn(): void {
    for (let opening = this.next(); opening !== undefined; opening = this.next()) this.#open(opening);
  }

  #open(opening: Opening): void {
    const startedAt = this.elapsed();
    opening.open();
    this.spendSince(startedAt);
  }
}
