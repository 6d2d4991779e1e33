/**
 * WebSockets that may speak any language: as on a plain connection, the first words decide. Who says nothing, or nothing
 * that is known, is taken to speak lines.
 */
import type { Attendant, Bytes, Transport, Visit } from '../../core/ports.js';
import type { Sniffed } from '../sniff.js';
import { type Patience, Undecided } from '../protocol-detection.js';

export interface FirstFramesOptions extends Patience {
  readonly attend: (dialect: 'lines' | 'machat', transport: Transport, visit: Visit) => Attendant;
}

/** HTTP and TLS mean nothing inside a WebSocket, so their first bytes are a line like any other. */
const DIALECT_OF: Record<Sniffed, 'lines' | 'machat'> = {
  machat: 'machat',
  http: 'lines',
  tls: 'lines',
  none: 'lines',
  undecided: 'lines',
};

export class FirstFrames {
  readonly #options: FirstFramesOptions;
  readonly #waiting = new Set<Guest>();

  constructor(options: FirstFramesOptions) {
    this.#options = options;
  }

  /** Attends to a WebSocket from its first frame on. */
  attend(transport: Transport, visit: Visit): Attendant {
    const guest = new Guest(this.#options, transport, visit, () => this.#waiting.delete(guest));
    this.#waiting.add(guest);
    return guest;
  }

  /** Connections whose language is not known yet. */
  get undecided(): number {
    return this.#waiting.size;
  }

  /** Waits for nobody any longer. */
  close(): void {
    for (const guest of this.#waiting) guest.decide('none');
  }
}

/** Passes on all that its transport tells, once there is somebody to be told. */
class Guest implements Attendant {
  readonly #visit: Visit;
  readonly #undecided: Undecided;
  readonly #decided: () => void;
  #attendant: Attendant | null = null;

  constructor(
    { attend, ...patience }: FirstFramesOptions,
    transport: Transport,
    visit: Visit,
    decided: () => void,
  ) {
    this.#visit = visit;
    this.#decided = decided;
    this.#undecided = new Undecided(patience, visit, (sniffed) => {
      decided();
      this.#attendant = attend(DIALECT_OF[sniffed], transport, visit);
    });
  }

  decide(sniffed: Sniffed): void {
    this.#undecided.decide(sniffed);
  }

  heard(bytes: Bytes): void {
    if (this.#attendant === null) this.#hearFirst(Buffer.from(bytes));
    else this.#attendant.heard(bytes);
  }

  alive(): void {
    this.#attendant?.alive?.();
  }

  drained(): void {
    this.#attendant?.drained();
  }

  ended(): void {
    if (this.#attendant === null) this.decide('none');
    this.#attendant?.ended();
  }

  lost(): void {
    if (this.#attendant !== null) {
      this.#attendant.lost();
      return;
    }
    this.#undecided.stop();
    this.#decided();
    this.#visit.leave();
  }

  #hearFirst(bytes: Buffer): void {
    this.#undecided.heard(bytes);
    this.#attendant?.heard(this.#undecided.first);
  }
}
