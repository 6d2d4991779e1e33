/** A sequencer that settles proposals later, as one does that asks a disk or other servers first. */
import { LocalSequencer } from '../../src/core/hub/local-sequencer.js';
import type { Client } from '../../src/core/hub/client.js';
import type { Entry, Proposal, Sequencer } from '../../src/core/ports.js';

export class LateSequencer implements Sequencer<Client> {
  /** While set, nothing settles. */
  isHeld = false;
  readonly #inner: LocalSequencer<Client>;
  readonly #defer: (run: () => void) => void;
  #waiting: { readonly proposal: Proposal<Client>; readonly at: number }[] = [];
  #isScheduled = false;

  constructor(
    settle: (entry: Entry<Client>) => void,
    { lastId, lastAt, defer }: { lastId: number; lastAt: number; defer: (run: () => void) => void },
  ) {
    this.#inner = new LocalSequencer(settle, lastId, lastAt);
    this.#defer = defer;
  }

  submit(proposal: Proposal<Client>, at: number): void {
    this.#waiting.push({ proposal, at });
    this.#schedule();
  }

  /** Settles all that was held, and what follows. */
  release(): void {
    this.isHeld = false;
    this.#schedule();
  }

  #schedule(): void {
    if (this.isHeld || this.#isScheduled || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    this.#defer(() => {
      this.#isScheduled = false;
      for (const { proposal, at } of this.#waiting.splice(0)) this.#inner.submit(proposal, at);
      this.#schedule();
    });
  }
}
