/**
 * The wall clock without its jumps ahead: the lowest time that it showed in the last hour of uptime. Data that is old
 * by this time has been old for that hour, so a clock that is ahead for less makes no data old.
 */
import type { Clock } from '../core/ports.js';

const WINDOW_MS = 3_600_000;
const MINUTE_MS = 60_000;

interface Minute {
  /** By the monotonic clock. */
  readonly startedAt: number;
  /** The lowest time of the wall clock in this minute. */
  lowest: number;
}

export class SteadyTime {
  readonly #clock: Clock;
  readonly #minutes: Minute[];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#minutes = [{ startedAt: clock.elapsed(), lowest: clock.now() }];
  }

  /** Reads the clock. Call it several times a minute. */
  sample(): void {
    const elapsed = this.#clock.elapsed();
    const now = this.#clock.now();
    const newest = this.#minutes.at(-1);
    if (newest !== undefined && elapsed < newest.startedAt + MINUTE_MS)
      newest.lowest = Math.min(newest.lowest, now);
    else this.#minutes.push({ startedAt: elapsed, lowest: now });
    // The first minute of the window began before it: a pause of the process leaves no gap.
    while (this.#hasPassed(this.#minutes[1], elapsed)) this.#minutes.shift();
  }

  /** Milliseconds since 1970; null in the first hour. */
  get now(): number | null {
    if (!this.#hasPassed(this.#minutes[0], this.#clock.elapsed())) return null;
    return Math.min(...this.#minutes.map(({ lowest }) => lowest));
  }

  #hasPassed(minute: Minute | undefined, elapsed: number): boolean {
    return minute !== undefined && minute.startedAt <= elapsed - WINDOW_MS;
  }
}
