/** Warns of a wrong clock: at the start by the time of the newest message, and later when the clock jumps. */
import type { Clock } from '../core/ports.js';
import type { Logger } from '../logging/log-event.js';

const DAY_MS = 24 * 3_600_000;

export class ClockWatch {
  readonly #clock: Clock;
  readonly #log: Logger;
  /** The wall clock minus the monotonic one, when the wall clock was last right or warned of. */
  #offset: number;

  /** `lastAt` is the time of the newest message; -Infinity if there is none. */
  constructor(clock: Clock, log: Logger, lastAt: number) {
    this.#clock = clock;
    this.#log = log;
    this.#offset = this.#currentOffset();
    const aheadMs = clock.now() - lastAt;
    if (!Number.isFinite(aheadMs) || Math.abs(aheadMs) <= DAY_MS) return;
    const cause = aheadMs > 0 ? ', unless no message was sent for that time' : '';
    this.#log.warn(
      `the clock (${timeOf(clock.now())}) is ${distance(aheadMs)} the newest message (${timeOf(lastAt)}); ` +
        `correct the system time${cause}`,
    );
  }

  /** A task of the maintenance, which leaves nothing to do. */
  readonly run = (): boolean => {
    const offset = this.#currentOffset();
    const jumpMs = offset - this.#offset;
    if (Math.abs(jumpMs) <= DAY_MS) return false;
    this.#offset = offset;
    const now = this.#clock.now();
    const cause = jumpMs > 0 ? ', unless the machine was suspended' : '';
    this.#log.warn(
      `the clock (${timeOf(now)}) has jumped, and is ${distance(jumpMs)} its former time (${timeOf(now - jumpMs)}); ` +
        `correct the system time${cause}`,
    );
    return false;
  };

  #currentOffset(): number {
    return this.#clock.now() - this.#clock.elapsed();
  }
}

/** `400 days ahead of`, `2 days behind`. */
function distance(ms: number): string {
  const days = Math.round(Math.abs(ms) / DAY_MS);
  return `${days === 1 ? '1 day' : `${days} days`} ${ms > 0 ? 'ahead of' : 'behind'}`;
}

/** A time beyond JavaScript's range has no date. */
function timeOf(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString();
}
