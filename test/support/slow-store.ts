/** A turn store whose commits call back when a test lets them, as those of a slow disk do. */
import type { CommitFailure, TurnStore } from '../../src/core/ports.js';

export class SlowStore implements TurnStore {
  readonly isAsync = true;
  /** While set, no commit calls back until `release`. */
  isHeld = false;
  readonly #inner: TurnStore;
  /** Runs something in a later pass. */
  readonly #defer: (run: () => void) => void;
  #end: (() => void) | null = null;

  constructor(inner: TurnStore, defer: (run: () => void) => void) {
    this.#inner = inner;
    this.#defer = defer;
  }

  get hasChanges(): boolean {
    return this.#inner.hasChanges;
  }

  commit(onEnd: (failure: CommitFailure | null) => void): void {
    if (this.#end !== null) throw new Error('two commits at a time');
    const end = () => {
      // It was told to end already, before it was held.
      if (this.#end !== end) return;
      this.#end = null;
      this.#inner.commit(onEnd);
    };
    this.#end = end;
    if (!this.isHeld) this.#defer(end);
  }

  /** Ends the commit that is held, and holds no further one. */
  release(): void {
    if (this.isHeld && this.#end !== null) this.#defer(this.#end);
    this.isHeld = false;
  }
}
