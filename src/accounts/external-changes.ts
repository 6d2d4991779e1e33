/** Sees what the command line does to the accounts while the server runs: it looks now and then, and when it is told to. */
import type { Clock } from '../core/ports.js';
import type { Note } from './account-store.js';

const EVERY_MS = 400;

export interface WatchOptions {
  readonly clock: Clock;
  /** What was done since the last look. */
  look(): readonly Note[];
  changed(note: Note): void;
  failed(error: unknown): void;
}

export class Watch {
  readonly #options: WatchOptions;
  #alarm;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#alarm = options.clock.after(EVERY_MS, this.#ring);
  }

  readonly look = (): void => {
    const { look, changed, failed } = this.#options;
    try {
      for (const note of look()) changed(note);
    } catch (error) {
      failed(error);
    }
  };

  stop(): void {
    this.#alarm.cancel();
  }

  readonly #ring = (): void => {
    this.#alarm = this.#options.clock.after(EVERY_MS, this.#ring);
    this.look();
  };
}
