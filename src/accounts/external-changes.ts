/** Sees what the command line does to the accounts while the server runs: it looks now and then, and when it is told to. */
import type { Clock } from '../core/ports.js';
import type { ExternalChange } from './account-store.js';

const EVERY_MS = 400;

export interface ExternalChangesPollerOptions {
  readonly clock: Clock;
  /** What was done since the last look. */
  poll(): readonly ExternalChange[];
  onChange(change: ExternalChange): void;
  onError(error: unknown): void;
}

export class ExternalChangesPoller {
  readonly #options: ExternalChangesPollerOptions;
  #alarm;

  constructor(options: ExternalChangesPollerOptions) {
    this.#options = options;
    this.#alarm = options.clock.after(EVERY_MS, this.#ring);
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
    this.#alarm.cancel();
  }

  readonly #ring = (): void => {
    this.#alarm = this.#options.clock.after(EVERY_MS, this.#ring);
    this.poll();
  };
}
