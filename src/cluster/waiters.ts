/** Waiting for something that other events change: it is looked at after each of them. */
import type { Clock } from '../core/ports.js';

interface Waiter {
  readonly isDone: () => boolean;
  readonly resolve: (isDone: boolean) => void;
}

export class Waiters {
  readonly #clock: Clock;
  #waiters: Waiter[] = [];
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Waits until something is so, at most `maxMs`, or until `close`. Returns whether it is so. */
  until(isDone: () => boolean, maxMs: number): Promise<boolean> {
    if (isDone() || this.#isClosed) return Promise.resolve(isDone());
    return new Promise((resolve) => {
      const giveUp = (): void => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        resolve(isDone());
      };
      const alarm = Number.isFinite(maxMs) ? this.#clock.after(maxMs, giveUp) : null;
      const waiter: Waiter = {
        isDone,
        resolve: (isDoneNow) => {
          alarm?.cancel();
          resolve(isDoneNow);
        },
      };
      this.#waiters.push(waiter);
    });
  }

  /** Waits for some time, or until `close`. */
  async pause(ms: number): Promise<void> {
    await this.until(() => false, ms);
  }

  /** Something changed that may be waited for. */
  wake(): void {
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) {
      const isDone = waiter.isDone();
      if (isDone || this.#isClosed) waiter.resolve(isDone);
      else this.#waiters.push(waiter);
    }
  }

  /** Ends all waiting, now and from now on. */
  close(): void {
    this.#isClosed = true;
    this.wake();
  }
}
