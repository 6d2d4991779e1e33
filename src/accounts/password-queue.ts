/**
 * Secrets are looked at one at a time, few wait, and who guessed wrong waits longer: a hash costs a third of a second
 * of a core and 128 MiB, and must not be had for the asking.
 */
import type { Clock, PasswordVerifier, LoginAttempt } from '../core/ports.js';
import type { Hasher } from './scrypt.js';
import { LoginThrottle } from './login-throttle.js';

/** Hashes that may wait beside the one that is made. */
const MAX_WAITING = 16;

export interface PasswordQueueOptions {
  readonly hasher: Hasher;
  readonly clock: Clock;
}

export class PasswordQueue implements PasswordVerifier {
  readonly #hasher: Hasher;
  readonly #clock: Clock;
  readonly #throttle = new LoginThrottle();
  readonly #waiting: (() => void)[] = [];
  #isBusy = false;
  readonly #pauses = new Set<() => void>();
  #isStopped = false;

  constructor({ hasher, clock }: PasswordQueueOptions) {
    this.#hasher = hasher;
    this.#clock = clock;
  }

  hash(secret: string, isStillWanted: () => boolean): Promise<string | 'busy'> {
    return this.#inTurn<string>(async () => (isStillWanted() ? this.#hasher.hash(secret) : 'busy'));
  }

  async verify(secret: string, kept: string, attempt: LoginAttempt): Promise<'right' | 'wrong' | 'busy'> {
    const { address, subject, isStillWanted } = attempt;
    const since = this.#clock.elapsed();
    const waitMs = () => {
      const elapsed = this.#clock.elapsed();
      return this.#throttle.readyAt(address, since, elapsed) - elapsed;
    };
    for (;;) {
      for (let ms = waitMs(); ms > 0 && !this.#isStopped; ms = waitMs()) await this.#pause(ms);
      if (this.#isStopped) return 'busy';
      const outcome = await this.#inTurn(async () => {
        if (!isStillWanted()) return 'wrong';
        // Others from the same place may have guessed wrong while this one waited for its turn.
        if (waitMs() > 0) return 'early';
        if (await this.#hasher.matches(secret, kept)) {
          this.#throttle.recordSuccess(address, subject);
          return 'right';
        }
        this.#throttle.recordFailure(address, subject, this.#clock.elapsed());
        return 'wrong';
      });
      if (outcome !== 'early') return outcome;
    }
  }

  /** One at a time, in the order asked. */
  async #inTurn<Outcome>(work: () => Promise<Outcome>): Promise<Outcome | 'busy'> {
    if (this.#isBusy) {
      if (this.#waiting.length >= MAX_WAITING) return 'busy';
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#isBusy = false;
      else next();
    }
  }

  /** Nobody is to be waited for any longer. */
  stop(): void {
    this.#isStopped = true;
    for (const end of this.#pauses) end();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        alarm.cancel();
        this.#pauses.delete(end);
        resolve();
      };
      const alarm = this.#clock.after(ms, end);
      this.#pauses.add(end);
    });
  }
}
