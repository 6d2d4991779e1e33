/** A hasher whose hashes stay pending until a test completes them. */
import type { Hasher } from '../../src/accounts/scrypt.js';

export class SlowHasher implements Hasher {
  /** The number of pending hashes. */
  get atWork(): number {
    return this.#pending.length;
  }

  /** The number of hashes that were ever started. */
  begun = 0;
  readonly #pending: (() => void)[] = [];

  async hash(secret: string): Promise<string> {
    await this.#wait();
    return this.hashOf(secret);
  }

  async matches(secret: string, storedHash: string): Promise<boolean> {
    await this.#wait();
    return storedHash === this.hashOf(secret);
  }

  /** The hash of a secret, as it is stored. */
  hashOf(secret: string): string {
    return `hash of ${secret}`;
  }

  /** Completes the pending hashes, and waits for the code that awaits them. */
  async finish(): Promise<void> {
    for (const complete of this.#pending.splice(0)) complete();
    await settled();
  }

  #wait(): Promise<void> {
    this.begun++;
    return new Promise((resolve) => this.#pending.push(resolve));
  }
}

/** Resolves once every promise that can settle has settled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
