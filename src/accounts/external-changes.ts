/**
 * Notices while the server runs what the command line changes in accounts. The command line records each change in the
 * data file; the server looks for new ones regularly and on request.
 */
import type { Clock } from '../core/ports.js';

/** What another program changed in an account. */
export interface ExternalChange {
  /** UserName.fold */
  readonly fold: string;
  /** For the log: `grant operator`, `remove`, `create token`. */
  readonly what: string;
}

/** Where other programs record their changes. */
export interface ExternalChanges {
  add(change: ExternalChange): void;
  /** The changes since the last call. */
  takeNew(): readonly ExternalChange[];
}

const INTERVAL_MS = 400;

export interface ExternalChangesPollerOptions {
  readonly clock: Clock;
  /** The changes since the last call. */
  poll(): readonly ExternalChange[];
  onChange(change: ExternalChange): void;
  onError(error: unknown): void;
}

export class ExternalChangesPoller {
  readonly #options: ExternalChangesPollerOptions;
  #timer;

  constructor(options: ExternalChangesPollerOptions) {
    this.#options = options;
    this.#timer = options.clock.after(INTERVAL_MS, this.#onTimer);
  }

  readonly poll = (): void => {
    const { poll, onChange, onError } = this.#options;
    try {
      for (const change of poll()) onChange(change);
    } catch (error) {
      onError(error);
    }
  };

  stop(): void {
    this.#timer.cancel();
  }

  readonly #onTimer = (): void => {
    this.#timer = this.#options.clock.after(INTERVAL_MS, this.#onTimer);
    this.poll();
  };
}
