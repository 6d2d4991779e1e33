/**
 * Spreads input over the turns of the event loop. First bytes always go through it: a login takes 50 µs, a socket for HTTP
 * or TLS 150 µs, and both several times as long in a process that has just started. The ends of connections do where a
 * turn is long already.
 */
import { TurnQueue } from './turn-queue.js';

/** A connection whose input was read. */
export interface QueuedInput {
  /** Handles the input. */
  handle(): void;
}

export class InputQueue extends TurnQueue<QueuedInput> {
  /** Handles the input now. False if it is handled in a later turn. */
  add(input: QueuedInput): boolean {
    if (this.isFree) {
      this.#handle(input);
      return true;
    }
    this.wait(input);
    return false;
  }

  /** Handles the input in a later turn if this one has no time left. False if it has: then the caller handles it. */
  defer(input: QueuedInput): boolean {
    if (this.hasTime) return false;
    this.wait(input);
    return true;
  }

  protected workOn(): void {
    for (let input = this.next(); input !== undefined; input = this.next()) this.#handle(input);
  }

  #handle(input: QueuedInput): void {
    const startedAt = this.elapsed();
    input.handle();
    this.spendSince(startedAt);
  }
}
