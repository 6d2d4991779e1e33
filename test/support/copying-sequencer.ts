/**
 * A sequencer that settles a copy of each proposal, since proposals are plain data: at once as on a lone server, or
 * later as where a disk or other servers are asked first.
 */
import { deepStrictEqual } from 'node:assert';
import { LocalSequencer } from '../../src/core/hub/local-sequencer.js';
import type { Entry, HistoryStore, Proposal, Sequencer } from '../../src/core/ports.js';

export class CopyingSequencer implements Sequencer {
  readonly node = 'copying';
  readonly epoch = 7;
  isCut = false;
  /** While set, nothing settles. */
  isHeld = false;
  readonly #inner: LocalSequencer;
  /** Runs the settling in a later pass; null settles at once. */
  readonly #defer: ((run: () => void) => void) | null;
  #waiting: { readonly json: string; readonly at: number }[] = [];
  #isScheduled = false;

  constructor(
    settle: (entry: Entry) => void,
    history: HistoryStore,
    defer: ((run: () => void) => void) | null,
  ) {
    this.#inner = new LocalSequencer(settle, history.lastId(), history.lastAt());
    this.#defer = defer;
  }

  submit(proposal: Proposal, at: number): void {
    const json = JSON.stringify(proposal);
    deepStrictEqual(structuredClone(proposal), proposal);
    deepStrictEqual(JSON.parse(json), proposal);
    if (this.#defer === null && !this.isHeld) {
      this.#settle(json, at);
      return;
    }
    this.#waiting.push({ json, at });
    this.#schedule();
  }

  /** Settles all that was held, and what follows. */
  release(): void {
    this.isHeld = false;
    this.#schedule();
  }

  #settle(json: string, at: number): void {
    const proposal: Proposal = JSON.parse(json);
    this.#inner.submit(proposal, at);
  }

  #schedule(): void {
    if (this.isHeld || this.#isScheduled || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    const settleAll = (): void => {
      this.#isScheduled = false;
      for (const { json, at } of this.#waiting.splice(0)) this.#settle(json, at);
      this.#schedule();
    };
    if (this.#defer === null) settleAll();
    else this.#defer(settleAll);
  }
}
