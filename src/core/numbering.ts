/**
 * Gives ids and times to proposals in their one order. It computes them from what it was given alone, so servers that
 * place the same proposals give them the same ids and times.
 */
import type { Entry, Proposal } from './ports.js';

/** A clock that is set back by at most this much repeats the newest message's time instead. */
const MAX_HELD_MS = 10_000;

export class Numbering {
  #lastId: number;
  #lastAt: number;

  /** `lastId` is the highest id in the history, `lastAt` the time of its newest message. */
  constructor(lastId: number, lastAt: number) {
    this.#lastId = lastId;
    this.#lastAt = lastAt;
  }

  /** The highest id given. */
  get lastId(): number {
    return this.#lastId;
  }

  /** The time of the newest message; -Infinity if none was placed. */
  get lastAt(): number {
    return this.#lastAt;
  }

  /** Places a proposal after all others. `clockAt` is the time that a clock gives. */
  place(proposal: Proposal, clockAt: number): Entry {
    const at = this.timeAt(clockAt);
    const id = this.#lastId + 1;
    const count = idsFor(proposal);
    if (count > 0) {
      this.#lastId += count;
      this.#lastAt = at;
    }
    return { id, at, proposal };
  }

  /**
   * Steps of seconds, as time services make them, are not seen. A clock that is further behind is believed: a message of
   * a clock that was far ahead would otherwise give its time to all later ones.
   */
  timeAt(clockAt: number): number {
    return clockAt < this.#lastAt && this.#lastAt - clockAt <= MAX_HELD_MS ? this.#lastAt : clockAt;
  }
}

function idsFor(proposal: Proposal): number {
  switch (proposal.kind) {
    case 'say':
    case 'post':
    case 'post-direct':
      return proposal.texts.length;
    case 'tell':
      return 1 + (proposal.more?.length ?? 0);
    default:
      return 0;
  }
}
