/** A hasher whose work is done when a test says so. */
import type { Hasher } from '../../src/accounts/scrypt.js';

export class SlowHasher implements Hasher {
  /** How many hashes are being made. */
  get atWork(): number {
    return this.#pending.length;
  }

  /** How many were begun in all. */
  begun = 0;
  readonly #pending: (() => void)[] = [];

  async hash(secret: string): Promise<string> {
    await this.#work();
    return this.hashOf(secret);
  }

  async matches(secret: string, kept: string): Promise<boolean> {
    await this.#work();
    return kept === this.hashOf(secret);
  }

  /** What is kept of a secret. */
  hashOf(secret: string): string {
    return `hash of ${secret}`;
  }

  /** Ends what is at work, and lets what depends on it go on. */
  async finish(): Promise<void> {
    for (const done of this.#pending.splice(0)) done();
    await settled();
  }

  #work(): Promise<void> {
    this.begun++;
    return new Promise((resolve) => this.#pending.push(resolve));
  }
}

/** All promises that can settle have settled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
