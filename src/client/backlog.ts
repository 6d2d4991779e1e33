/** Counts the lines of messages that waited for a reconnect, to tell the user when the last of them is answered. */
import type { Confirmed } from './request-queue.js';

export class Backlog {
  #left = 0;
  #stored = 0;

  /** After a reconnect: this many lines are sent now. */
  start(count: number): void {
    this.#left = count;
    this.#stored = 0;
  }

  /** Counts answered lines; `remaining` is how many are queued. Returns the number that was stored, at the last one. */
  count({ answered, refused }: Confirmed, remaining: number): number | null {
    if (this.#left === 0) return null;
    this.#stored += Math.max(0, Math.min(answered, this.#left) - refused);
    this.#left = Math.max(0, Math.min(this.#left - answered, remaining));
    return this.#left === 0 ? this.#stored : null;
  }
}
