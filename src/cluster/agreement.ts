/**
 * Compares this server's state with that of others, by the hashes in their signs of life. They differ if the log was
 * rolled back under one of them, or by a bug. The smaller part of the servers stops; of two equal parts, the one without
 * the oldest run, so that service goes on.
 */
import type { Run } from './batch.js';

/** The hashes of so many positions are kept: those of some seconds. */
const KEPT_HASHES = 16_384;

export class Agreement {
  /** By position, oldest first. */
  readonly #hashes = new Map<number, string>();
  /** Whether the last hash of another server was the one of this server. */
  readonly #isEqual = new Map<string, boolean>();

  /** The hash of this server's state at a position. */
  keep(position: number, hash: string): void {
    this.#hashes.set(position, hash);
    if (this.#hashes.size <= KEPT_HASHES) return;
    for (const oldest of this.#hashes.keys()) {
      this.#hashes.delete(oldest);
      break;
    }
  }

  /** Takes the hash of another server. Returns whether it is known to differ. */
  compare(node: string, position: number, hash: string): boolean {
    const own = this.#hashes.get(position);
    if (own === undefined) return false;
    this.#isEqual.set(node, own === hash);
    return own !== hash;
  }

  /** The run of a server began or ended: what it had is not compared any more. */
  forget(node: string): void {
    this.#isEqual.delete(node);
  }

  /** Whether this server is the one to stop. `others` are the live runs of the other servers. */
  mustStop(ownEpoch: number, others: readonly Run[]): boolean {
    // One that was not compared may be on either side.
    if (others.some(({ node }) => !this.#isEqual.has(node))) return false;
    const differing = others.filter(({ node }) => this.#isEqual.get(node) === false);
    const agreeing = [{ epoch: ownEpoch }, ...others.filter((other) => !differing.includes(other))];
    if (differing.length !== agreeing.length) return differing.length > agreeing.length;
    return oldest(differing) < oldest(agreeing);
  }
}

function oldest(runs: readonly { readonly epoch: number }[]): number {
  return Math.min(...runs.map(({ epoch }) => epoch));
}
