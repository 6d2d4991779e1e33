/**
 * Hashes passwords one at a time with a short queue, and delays attempts after failures: a hash takes a third of a second
 * of CPU time and 128 MiB, so clients must not be able to request many.
 */
import type { Clock, PasswordVerifier, LoginAttempt } from '../core/ports.js';
import type { Hasher } from './scrypt.js';
import { LoginThrottle } from './login-throttle.js';

/** Requests that may wait while one is being hashed. */
const MAX_WAITING = 16;

export interface PasswordQueueOptions {
  readonly hasher: Hasher;
  readonly clock: Clock;
}

export class PasswordQueue implements PasswordVerifier {
  readonly #hasher: Hasher;
  readonly #clock: Clock;
  readonly #throttle = new LoginThrottle();
  /** Starts the next request. */
  readonly #queue: (() => void)[] = [];
  #isBusy = false;
  /** Ends a delay early. */
  readonly #delays = new Set<() => void>();
  #isStopped = false;

  constructor({ hasher, clock }: PasswordQueueOptions) {
    this.#hasher = hasher;
    this.#clock = clock;
  }

  hash(secret: string, isStillWanted: () => boolean): Promise<string | 'busy'> {
    return this.#enqueue<string>(async () => (isStillWanted() ? this.#hasher.hash(secret) : 'busy'));
  }

  async verify(secret: string, hash: string, attempt: LoginAttempt): Promise<'right' | 'wrong' | 'busy'> {
    const { address, subject, isStillWanted } = attempt;
    const since = this.#clock.elapsed();
    const remainingMs = () => {
      const elapsed = this.#clock.elapsed();
      return this.#throttle.readyAt(address, since, elapsed) - elapsed;
    };
    for (;;) {
      for (let ms = remainingMs(); ms > 0 && !this.#isStopped; ms = remainingMs()) await this.#delay(ms);
      if (this.#isStopped) return 'busy';
      const result = await this.#enqueue(async () => {
        if (!isStillWanted()) return 'wrong';
        // Other attempts from the same address may have failed while this one was queued.
        if (remainingMs() > 0) return 'early';
        if (await this.#hasher.matches(secret, hash)) {
          this.#throttle.recordSuccess(address, subject);
          return 'right';
        }
        this.#throttle.recordFailure(address, subject, this.#clock.elapsed());
        return 'wrong';
      });
      if (result !== 'early') return result;
    }
  }

  /** Runs one `work` at a time, in the order of the calls. */
  async #enqueue<Result>(work: () => Promise<Result>): Promise<Result | 'busy'> {
    if (this.#isBusy) {
      if (this.#queue.length >= MAX_WAITING) return 'busy';
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    }
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#isBusy = false;
      else next();
    }
  }

  /** Ends all delays; the delayed attempts, and later ones, get `busy`. */
  stop(): void {
    this.#isStopped = true;
    for (const end of this.#delays) end();
  }

  #delay(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        timer.cancel();
        this.#delays.delete(end);
        resolve();
      };
      const timer = this.#clock.after(ms, end);
      this.#delays.add(end);
    });
  }
}
