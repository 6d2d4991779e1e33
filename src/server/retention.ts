/**
 * Deletes data past its retention time: once per hour, in steps of the maintenance. Ages are those of `SteadyTime`, so
 * a wrong clock deletes nothing within an hour. Each deletion is logged.
 */
import type { Clock } from '../core/ports.js';
import type { Forgotten } from '../core/message.js';
import type { Logger } from '../logging/log-event.js';
import { SteadyTime } from './steady-time.js';

/** A kind of data with a retention time. */
export interface Kept {
  /** For the log: `messages of rooms`. */
  readonly what: string;
  readonly days: number;
  /** Deletes some of the data older than `at`, in milliseconds since 1970. Null if none is. `pending`: ask again later. */
  forget(at: number): Forgotten | null | 'pending';
}

const INTERVAL_MS = 3_600_000;
const DAY_MS = 24 * 3_600_000;

export class Retention {
  readonly #clock: Clock;
  readonly #kept: readonly Kept[];
  readonly #log: Logger;
  readonly #time: SteadyTime;
  /** The work that remains, and the time that ages are measured from. */
  #due: readonly Kept[] = [];
  #dueAt = 0;
  #nextAt: number;
  #forgotten: Forgotten | null = null;

  constructor({
    clock,
    kept,
    log,
  }: {
    readonly clock: Clock;
    readonly kept: readonly Kept[];
    readonly log: Logger;
  }) {
    this.#clock = clock;
    this.#kept = kept;
    this.#log = log;
    this.#time = new SteadyTime(clock);
    this.#nextAt = clock.elapsed() + INTERVAL_MS;
  }

  /** A task of the maintenance: does a step. False if there is nothing to do now. */
  readonly run = (): boolean => {
    this.#time.sample();
    if (this.#due.length === 0) this.#begin();
    const [kind] = this.#due;
    if (kind === undefined) return false;
    const more = kind.forget(this.#dueAt - kind.days * DAY_MS);
    if (more === 'pending') return false;
    if (more !== null) {
      this.#forgotten = sumOf(this.#forgotten, more);
      return true;
    }
    this.#due = this.#due.slice(1);
    this.#report(kind);
    return this.#due.length > 0;
  };

  #begin(): void {
    if (this.#clock.elapsed() < this.#nextAt) return;
    const { now } = this.#time;
    if (now === null) return;
    this.#due = this.#kept;
    this.#dueAt = now;
    this.#nextAt = this.#clock.elapsed() + INTERVAL_MS;
  }

  #report({ what, days }: Kept): void {
    const forgotten = this.#forgotten;
    this.#forgotten = null;
    if (forgotten === null) return;
    const { count } = forgotten;
    const upTo = new Date(forgotten.upTo).toISOString();
    this.#log.info(
      { count, upTo },
      `deleted ${count} ${what} older than ${days} days; the newest is of ${upTo}`,
    );
  }
}

function sumOf(one: Forgotten | null, other: Forgotten): Forgotten {
  if (one === null) return other;
  return { count: one.count + other.count, upTo: Math.max(one.upTo, other.upTo) };
}
