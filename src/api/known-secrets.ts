/**
 * Remembers passwords that were right, so that a client which sends its password with each request does not cost a slow
 * hash each time. Only a keyed digest is kept, in memory, and the key is new with each start.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const MAX_KNOWN = 1000;

export class KnownSecrets {
  readonly #key = randomBytes(32);
  /** Digests by the stored hash that they match: with another password, the hash is another one. */
  readonly #digests = new Map<string, Buffer>();

  /** Whether this secret is known to match the stored hash. */
  has(secret: string, hash: string): boolean {
    const known = this.#digests.get(hash);
    return known !== undefined && timingSafeEqual(known, this.#digestOf(secret));
  }

  add(secret: string, hash: string): void {
    if (this.#digests.size >= MAX_KNOWN) this.#digests.clear();
    this.#digests.set(hash, this.#digestOf(secret));
  }

  #digestOf(secret: string): Buffer {
    return createHmac('sha256', this.#key).update(secret).digest();
  }
}
