/** A clock that only a test advances, so that no test sleeps. */
import type { Clock } from '../../src/core/ports.js';

interface Alarm {
  readonly at: number;
  readonly run: () => void;
}

/** 2026-03-01T12:00:00.000Z */
const START = Date.UTC(2026, 2, 1, 12);

export class ManualClock implements Clock {
  #elapsed = 0;
  #wallStart = START;
  #alarms: Alarm[] = [];

  now(): number {
    return this.#wallStart + Math.floor(this.#elapsed);
  }

  /** Sets the wall clock forward or back; the monotonic clock does not notice. */
  jump(ms: number): void {
    this.#wallStart += ms;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  after(ms: number, run: () => void): { cancel(): void } {
    const alarm = { at: this.#elapsed + ms, run };
    this.#alarms.push(alarm);
    return {
      cancel: () => {
        this.#alarms = this.#alarms.filter((other) => other !== alarm);
      },
    };
  }

  /** The number of pending alarms. */
  get alarms(): number {
    return this.#alarms.length;
  }

  /** Advances the time. Alarms run in order, each at its own time and followed by `settle`. */
  advance(ms: number, settle: () => void = () => {}): void {
    const until = this.#elapsed + ms;
    for (let next = this.#nextUntil(until); next !== undefined; next = this.#nextUntil(until)) {
      this.#elapsed = Math.max(this.#elapsed, next.at);
      this.#alarms = this.#alarms.filter((other) => other !== next);
      next.run();
      settle();
    }
    this.#elapsed = until;
  }

  /** Advances the time while the process is paused: the alarms of that time run late, all at its end. */
  pause(ms: number, settle: () => void = () => {}): void {
    this.#elapsed += ms;
    this.advance(0, settle);
  }

  #nextUntil(until: number): Alarm | undefined {
    return this.#alarms.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
  }
}
