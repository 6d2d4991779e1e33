/**
 * Runs background work on the data file, such as indexing words and deleting old messages. It runs in short steps, more
 * of them while the server is idle; on a busy server it gets a hundredth of the time, the chat gets the rest.
 */
import type { Clock } from '../core/ports.js';

/** Does one step of some milliseconds. False if there was nothing to do. */
export type Task = () => boolean;

export interface MaintenanceOptions {
  readonly clock: Clock;
  readonly tasks: readonly Task[];
  /** The load since the last call, from 0 to 1 and above, without the `ownMs` of the tasks. */
  readonly load: (ownMs: number) => number;
  /**
   * Called once when the tasks have failed for ten seconds. A locked file or a full disk is over before, or fails the
   * messages too, which is logged.
   */
  readonly onFailing?: (error: unknown) => void;
}

const IDLE_INTERVAL_MS = 250;
/** After an error, such as a full disk. */
const RETRY_AFTER_MS = 1000;
/** From this many failures in a row on, they are reported. */
const FAILURES_TO_REPORT = 10;
/** Below this load, tasks take half of the remaining time. */
const BUSY_LOAD = 0.3;
/** On a busy server, a step is followed by a pause of this many times its duration. */
const BUSY_PAUSE_FACTOR = 100;

export class Maintenance {
  readonly #options: MaintenanceOptions;
  #timer: { cancel(): void };
  #failures = 0;

  constructor(options: MaintenanceOptions) {
    this.#options = options;
    this.#timer = options.clock.after(IDLE_INTERVAL_MS, () => this.#run());
  }

  stop(): void {
    this.#timer.cancel();
  }

  #run(): void {
    const { clock, load } = this.#options;
    const start = clock.elapsed();
    const outcome = this.#step();
    const stepMs = Math.max(clock.elapsed() - start, 1);
    const pauseMs = load(stepMs) > BUSY_LOAD ? BUSY_PAUSE_FACTOR * stepMs : stepMs;
    const delayMs = { idle: IDLE_INTERVAL_MS, failed: RETRY_AFTER_MS, more: pauseMs }[outcome];
    this.#timer = clock.after(delayMs, () => this.#run());
  }

  #step(): 'more' | 'idle' | 'failed' {
    try {
      const outcome = this.#options.tasks.some((task) => task()) ? 'more' : 'idle';
      this.#failures = 0;
      return outcome;
    } catch (error) {
      if (++this.#failures === FAILURES_TO_REPORT) this.#options.onFailing?.(error);
      return 'failed';
    }
  }
}

/** Measures `MaintenanceOptions.load`: the part of the time in which the event loop was active for something else. */
export function eventLoopLoad(): (ownMs: number) => number {
  let last = performance.eventLoopUtilization();
  return (ownMs) => {
    const now = performance.eventLoopUtilization();
    const { active, idle } = performance.eventLoopUtilization(now, last);
    last = now;
    const othersMs = Math.max(0, active - ownMs);
    return othersMs === 0 ? 0 : othersMs / (othersMs + idle);
  };
}

/**
 * Measures `MaintenanceOptions.load` for a thread beside others: the CPU time of the whole process, where 1 is one core.
 * The tasks of the thread take it from the main thread where there are few cores, and that one has little left.
 */
export function processLoad(): (ownMs: number) => number {
  const threadLoad = eventLoopLoad();
  let last = process.cpuUsage();
  let lastAt = performance.now();
  return (ownMs) => {
    const { user, system } = process.cpuUsage(last);
    const now = performance.now();
    const load = ((user + system) / 1000 - ownMs) / Math.max(now - lastAt, 1);
    last = process.cpuUsage();
    lastAt = now;
    // Where other programs take the CPU, a thread may be busy without using it.
    return Math.max(load, threadLoad(ownMs));
  };
}
