/**
 * Work on the data file that can wait: words to index, old messages to forget. It is done in short steps, more of them
 * when the server is idle; a server that is busy with chat keeps all but a few hundredths of its time for that.
 */
import type { Clock } from '../core/ports.js';

/** Does a step, of some milliseconds. False if there was nothing to do. */
export type Task = () => boolean;

export interface MaintenanceOptions {
  readonly clock: Clock;
  readonly tasks: readonly Task[];
  /** How busy the event loop has been with other things than chores (`ownMs`) since this was last asked, from 0 to 1. */
  readonly load: (ownMs: number) => number;
}

const LOOK_EVERY_MS = 250;
/** After a failure: a full disk, for one. Whoever's messages are not stored reports it. */
const RETRY_AFTER_MS = 1000;
/** Below this the server has time: half of what it has left may go into chores. */
const BUSY = 0.3;
const PAUSE_WHEN_BUSY = 40;

export class Maintenance {
  readonly #options: MaintenanceOptions;
  #next: { cancel(): void };

  constructor(options: MaintenanceOptions) {
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
    const pauseMs = load(tookMs) > BUSY ? PAUSE_WHEN_BUSY * tookMs : tookMs;
    const waitMs = { rest: LOOK_EVERY_MS, trouble: RETRY_AFTER_MS, more: pauseMs }[outcome];
    this.#next = clock.after(waitMs, () => this.#work());
  }

  #step(): 'more' | 'rest' | 'trouble' {
    try {
      return this.#options.tasks.some((task) => task()) ? 'more' : 'rest';
    } catch {
      return 'trouble';
    }
  }
}

/** The share of the time, less the chores' own, in which the event loop did not wait, since the last call. */
export function eventLoopLoad(): (ownMs: number) => number {
  let last = performance.eventLoopUtilization();
  return (ownMs) => {
    const now = performance.eventLoopUtilization();
    const { active, idle } = performance.eventLoopUtilization(now, last);
    last = now;
    const others = Math.max(0, active - ownMs);
    return others === 0 ? 0 : others / (others + idle);
  };
}
