/** What waits on this node for the result of a proposal: a token names it, since the entry may settle much later. */
import type { SessionKey } from '../ports.js';

export class Awaited<Waiting> {
  /** By SessionKey.no of their tokens, which belong to no session. */
  readonly #waiting = new Map<number, { readonly token: SessionKey; readonly waiting: Waiting }>();

  add(token: SessionKey, waiting: Waiting): void {
    this.#waiting.set(token.no, { token, waiting });
  }

  /** What waits for this entry, once; null if it is one of another node, or nothing waits for it. */
  take(token: SessionKey | null): Waiting | null {
    const entry = token === null ? undefined : this.#waiting.get(token.no);
    if (token === null || entry === undefined || !isOfRun(entry.token, token)) return null;
    this.#waiting.delete(token.no);
    return entry.waiting;
  }

  /** All entries of a run of this node have settled: what still waits for one of them waits in vain. */
  takeRun(run: Pick<SessionKey, 'node' | 'epoch'>): readonly Waiting[] {
    const lost: Waiting[] = [];
    for (const [no, { token, waiting }] of this.#waiting) {
      if (!isOfRun(token, run)) continue;
      this.#waiting.delete(no);
      lost.push(waiting);
    }
    return lost;
  }
}

function isOfRun(token: SessionKey, { node, epoch }: Pick<SessionKey, 'node' | 'epoch'>): boolean {
  return token.node === node && token.epoch === epoch;
}
