/** A clock that only a test advances, so that tests of timeouts neither wait nor race. */
import type { Clock } from '../../src/core/ports.js';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** 2026-03-01T12:00:00.000Z */
const START = Date.UTC(2026, 2, 1, 12);

export class ManualClock implements Clock {
  #elapsed = 0;
  #timers: Timer[] = [];

  now(): number {
    return START + Math.floor(this.#elapsed);
  }

  elapsed(): number {
    return this.#elapsed;
  }

  after(ms: number, run: () => void): { cancel(): void } {
    const timer = { at: this.#elapsed + ms, run };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  /** The number of pending timers. */
  get alarms(): number {
    return this.#timers.length;
  }

  /** Advances the time. Timers run in order, each at its own time, and `settle` runs after each. */
  advance(ms: number, settle: () => void = () => {}): void {
    const until = this.#elapsed + ms;
    for (let next = this.#nextBefore(until); next !== undefined; next = this.#nextBefore(until)) {
      this.#elapsed = Math.max(this.#elapsed, next.at);
      this.#timers = this.#timers.filter((other) => other !== next);
      next.run();
      settle();
    }
    this.#elapsed = until;
  }

  #nextBefore(until: number): Timer | undefined {
    return this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
  }
}
