/** The sequencer of a lone server: a proposal settles at once. */
import type { Proposal, Entry, Sequencer } from '../ports.js';

/** A clock that is set back by at most this much repeats the newest message's time instead. */
const MAX_HELD_MS = 10_000;

export class LocalSequencer implements Sequencer {
  readonly node = '';
  readonly epoch = 0;
  readonly #settle: (entry: Entry) => void;
  #nextId: number;
  /** The time of the newest message. */
  #lastAt: number;

  /** `lastId` is the highest id in the history, `lastAt` the time of its newest message. */
  constructor(settle: (entry: Entry) => void, lastId: number, lastAt = Number.NEGATIVE_INFINITY) {
    this.#settle = settle;
    this.#nextId = lastId + 1;
    this.#lastAt = lastAt;
  }

  submit(proposal: Proposal, clockAt: number): void {
    const id = this.#nextId;
    const count = idsFor(proposal);
    const at = this.#steady(clockAt);
    this.#nextId += count;
    if (count > 0) this.#lastAt = at;
    this.#settle({ id, at, proposal });
  }

  /**
   * Steps of seconds, as time services make them, are not seen. A clock that is further behind is believed: a message of
   * a clock that was far ahead would otherwise give its time to all later ones.
   */
  #steady(at: number): number {
    return at < this.#lastAt && this.#lastAt - at <= MAX_HELD_MS ? this.#lastAt : at;
  }
}

function idsFor(proposal: Proposal): number {
  if (proposal.kind === 'say' || proposal.kind === 'post') return proposal.texts.length;
  return proposal.kind === 'tell' ? 1 : 0;
}
