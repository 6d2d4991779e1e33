/** The order of things on a server that is alone: a wish settles at once. */
import type { Draft, Entry, Sequencer } from '../ports.js';

export class Alone<Member> implements Sequencer<Member> {
  readonly #settle: (entry: Entry<Member>) => void;
  #nextId: number;
  #lastAt: number;

  /** `lastId` is the highest id in the history, `lastAt` the time of its newest message. */
  constructor(settle: (entry: Entry<Member>) => void, lastId: number, lastAt = 0) {
    this.#settle = settle;
    this.#nextId = lastId + 1;
    this.#lastAt = lastAt;
  }

  submit(draft: Draft<Member>, at: number): void {
    const id = this.#nextId;
    this.#nextId += idsFor(draft);
    // The system's clock may be set back; the order of messages may not.
    this.#lastAt = Math.max(this.#lastAt, at);
    this.#settle({ id, at: this.#lastAt, draft });
  }
}

function idsFor(draft: Draft<unknown>): number {
  if (draft.kind === 'say' || draft.kind === 'post') return draft.texts.length;
  return draft.kind === 'tell' ? 1 : 0;
}
