/** The sequencer of a lone server: a proposal settles at once. */
import { Numbering } from '../numbering.js';
import type { Proposal, Entry, Sequencer } from '../ports.js';

export class LocalSequencer implements Sequencer {
  readonly node = '';
  readonly epoch = 0;
  readonly isCut = false;
  readonly #settle: (entry: Entry) => void;
  readonly #numbering: Numbering;

  /** `lastId` is the highest id in the history, `lastAt` the time of its newest message. */
  constructor(settle: (entry: Entry) => void, lastId: number, lastAt = Number.NEGATIVE_INFINITY) {
    this.#settle = settle;
    this.#numbering = new Numbering(lastId, lastAt);
  }

  submit(proposal: Proposal, clockAt: number): void {
    this.#settle(this.#numbering.place(proposal, clockAt));
  }
}
