/**
 * Work on the data file that can wait: words to index, old messages to forget. It is done in short steps, more of them
 * when the server is idle; a server that is busy with chat keeps all but a few hundredths of its time for that.
 */
import type { Clock } from '../core/ports.js';

/** Does a step, of some milliseconds. False if there was nothing to do. */
export type Chore = () => boolean;

export interface HousekeepingOptions {
  readonly clock: Clock;
  readonly chores: readonly Chore[];
  /** How busy the event loop has been since this was last asked, from 0 to 1. */
  readonly load: () => number;
}

const LOOK_EVERY_MS = 250;
/** After a failure: a full disk, for one. Whoever's messages are not stored reports it. */
const RETRY_AFTER_MS = 1000;
/** At rest, half of the time may go into chores; that alone is a load of a half. */
const BUSY = 0.75;
const PAUSE_WHEN_BUSY = 40;

export class Housekeeping {
  readonly #options: HousekeepingOptions;
  #next: { cancel(): void };

  constructor(options: HousekeepingOptions) {
    this.#options = options;
    this.#next = options.clock.after(LOOK_EVERY_MS, () => this.#work());
  }

  stop(): void {
    this.#next.cancel();
  }

  #work(): void {
    const { clock, load } = this.#options;
    const began = clock.elapsed();
    const outcome = this.#step();
    const tookMs = Math.max(clock.elapsed() - began, 1);
    const pauseMs = load() > BUSY ? PAUSE_WHEN_BUSY * tookMs : tookMs;
    const waitMs = { rest: LOOK_EVERY_MS, trouble: RETRY_AFTER_MS, more: pauseMs }[outcome];
    this.#next = clock.after(waitMs, () => this.#work());
  }

  #step(): 'more' | 'rest' | 'trouble' {
    try {
      return this.#options.chores.some((chore) => chore()) ? 'more' : 'rest';
    } catch {
      return 'trouble';
    }
  }
}

/** The share of the time in which the event loop did not wait, since the last call. */
export function eventLoopLoad(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
