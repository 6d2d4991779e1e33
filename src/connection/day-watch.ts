/** Calls back when a new day begins in the server's time zone. */
import type { Clock } from '../core/ports.js';

/** The wall clock may jump, so it is read at least this often. */
const MAX_WAIT_MS = 600_000;

export class DayWatch {
  readonly #clock: Clock;
  readonly #onNewDay: (at: number) => void;
  #day = '';
  #timer: { cancel(): void } | null = null;

  constructor(clock: Clock, onNewDay: (at: number) => void) {
    this.#clock = clock;
    this.#onNewDay = onNewDay;
  }

  start(): void {
    if (this.#timer !== null) return;
    this.#day = dayOf(this.#clock.now());
    this.#wait();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #wait(): void {
    const now = this.#clock.now();
    const untilMidnightMs = new Date(now).setHours(24, 0, 0, 0) - now;
    this.#timer = this.#clock.after(Math.min(untilMidnightMs, MAX_WAIT_MS), () => this.#check());
  }

  #check(): void {
    const now = this.#clock.now();
    const day = dayOf(now);
    const isNew = day !== this.#day;
    this.#day = day;
    this.#wait();
    if (isNew) this.#onNewDay(now);
  }
}

function dayOf(at: number): string {
  return new Date(at).toDateString();
}
