/**
 * What waits for the changes that a client proposed and that have not settled. Their answers keep their order: messages
 * follow each other without waiting, PONG is sent when all before it has settled, and other commands wait.
 */
import type { Label } from '../dialect.js';

interface WaitingPong {
  /** How many changes of the client must have settled. */
  readonly after: number;
  readonly token: string;
  readonly label: Label | null;
}

export class Unsettled {
  /** One of the changes is not a message: no further command can be checked, or parsed, before it settles. */
  isBarred = false;
  /** The labels of the commands, in order. */
  readonly #labels: (Label | null)[] = [];
  #pongs: WaitingPong[] = [];

  add(label: Label | null, isMessage: boolean): void {
    this.#labels.push(label);
    if (!isMessage) this.isBarred = true;
  }

  /** The label of the command that settles. */
  nextLabel(): Label | null {
    return this.#labels.shift() ?? null;
  }

  addPong(pong: WaitingPong): void {
    this.#pongs.push(pong);
  }

  /** The PONGs that have waited long enough. */
  duePongs(settledCount: number): readonly WaitingPong[] {
    const next = this.#pongs.findIndex(({ after }) => after > settledCount);
    return this.#pongs.splice(0, next < 0 ? this.#pongs.length : next);
  }
}
