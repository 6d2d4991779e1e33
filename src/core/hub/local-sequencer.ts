/** The sequencer of a lone server: a proposal settles at once. */
import type { Proposal, Entry, Sequencer } from '../ports.js';

export class LocalSequencer<Member> implements Sequencer<Member> {
  readonly #settle: (entry: Entry<Member>) => void;
  #nextId: number;
  #lastAt: number;

  /** `lastId` is the highest id in the history, `lastAt` the time of its newest message. */
  constructor(settle: (entry: Entry<Member>) => void, lastId: number, lastAt = 0) {
    this.#settle = settle;
    this.#nextId = lastId + 1;
    this.#lastAt = lastAt;
  }

  submit(proposal: Proposal<Member>, at: number): void {
    const id = this.#nextId;
    this.#nextId += idsFor(proposal);
    // The system's clock may be set back. The times of messages never decrease.
    this.#lastAt = Math.max(this.#lastAt, at);
    this.#settle({ id, at: this.#lastAt, proposal });
  }
}

function idsFor(proposal: Proposal<unknown>): number {
  if (proposal.kind === 'say' || proposal.kind === 'post') return proposal.texts.length;
  return proposal.kind === 'tell' ? 1 : 0;
}
