/** A password hasher that finishes when a test calls `finish()`. */
import type { Hasher } from '../../src/accounts/scrypt.js';

export class SlowHasher implements Hasher {
  /** The number of hashes in progress. */
  get atWork(): number {
    return this.#pending.length;
  }

  /** The number of hashes started so far. */
  begun = 0;
  readonly #pending: (() => void)[] = [];

  async hash(secret: string): Promise<string> {
    await this.#work();
    return this.hashOf(secret);
  }

  async matches(secret: string, stored: string): Promise<boolean> {
    await this.#work();
    return stored === this.hashOf(secret);
  }

  /** The stored hash of a secret. */
  hashOf(secret: string): string {
    return `hash of ${secret}`;
  }

  /** Finishes all hashes in progress, and waits for the code that depends on them. */
  async finish(): Promise<void> {
    for (const done of this.#pending.splice(0)) done();
    await settled();
  }

  #work(): Promise<void> {
    this.begun++;
    return new Promise((resolve) => this.#pending.push(resolve));
  }
}

/** Resolves after all promises that can settle now. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
