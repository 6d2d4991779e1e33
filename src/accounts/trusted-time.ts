/**
 * The wall clock, but a leap ahead is believed only after an hour of uptime: what expires by this time does not expire
 * under a clock that is ahead for a moment.
 */
import type { Clock } from '../core/ports.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A step of at most this is a correction, and believed at once. */
const MAX_STEP_MS = 60_000;

export class TrustedTime {
  readonly #clock: Clock;
  /** The wall clock is this far ahead of the monotonic one, as far as it is believed. */
  #offset: number;
  /** The clock leapt ahead: when, by the monotonic clock, and its lowest offset since. */
  #leap: { readonly at: number; lowest: number } | null = null;

  /** `lastAt` is the time of the newest message: a clock that is more than a day ahead of it at the start is a leap. */
  constructor(clock: Clock, lastAt: number) {
    this.#clock = clock;
    const isLeap = Number.isFinite(lastAt) && clock.now() > lastAt + DAY_MS;
    this.#offset = (isLeap ? lastAt : clock.now()) - clock.elapsed();
  }

  /** Milliseconds since 1970. Call it several times a minute, so that it notices the leaps. */
  now(): number {
    const elapsed = this.#clock.elapsed();
    const offset = this.#clock.now() - elapsed;
    if (offset <= this.#offset + MAX_STEP_MS) this.#believe(offset);
    else {
      this.#leap ??= { at: elapsed, lowest: offset };
      this.#leap.lowest = Math.min(this.#leap.lowest, offset);
      if (elapsed >= this.#leap.at + HOUR_MS) this.#believe(this.#leap.lowest);
    }
    return elapsed + this.#offset;
  }

  #believe(offset: number): void {
    this.#offset = offset;
    this.#leap = null;
  }
}
