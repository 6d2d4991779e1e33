/**
 * WebSockets that may speak any language: as on a plain connection, the first words decide. Who says nothing, or nothing
 * that is known, is taken to speak lines.
 */
import type { TransportHandler, Bytes, Transport, ConnectionSlot } from '../../core/ports.js';
import type { Sniffed } from '../sniff.js';
import { type Patience, Undecided } from '../protocol-detection.js';

export interface FirstFramesOptions extends Patience {
  readonly attend: (
    dialect: 'lines' | 'machat',
    transport: Transport,
    slot: ConnectionSlot,
  ) => TransportHandler;
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
  attend(transport: Transport, slot: ConnectionSlot): TransportHandler {
    const guest = new Guest(this.#options, transport, slot, () => this.#waiting.delete(guest));
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
class Guest implements TransportHandler {
  readonly #slot: ConnectionSlot;
  readonly #undecided: Undecided;
  readonly #decided: () => void;
  #handler: TransportHandler | null = null;

  constructor(
    { attend, ...patience }: FirstFramesOptions,
    transport: Transport,
    slot: ConnectionSlot,
    decided: () => void,
  ) {
    this.#slot = slot;
    this.#decided = decided;
    this.#undecided = new Undecided(patience, slot, (sniffed) => {
      decided();
      this.#handler = attend(DIALECT_OF[sniffed], transport, slot);
    });
  }

  decide(sniffed: Sniffed): void {
    this.#undecided.decide(sniffed);
  }

  onData(bytes: Bytes): void {
    if (this.#handler === null) this.#hearFirst(Buffer.from(bytes));
    else this.#handler.onData(bytes);
  }

  onPong(): void {
    this.#handler?.onPong?.();
  }

  onDrain(): void {
    this.#handler?.onDrain();
  }

  onEnd(): void {
    if (this.#handler === null) this.decide('none');
    this.#handler?.onEnd();
  }

  onClose(): void {
    if (this.#handler !== null) {
      this.#handler.onClose();
      return;
    }
    this.#undecided.stop();
    this.#decided();
    this.#slot.release();
  }

  #hearFirst(bytes: Buffer): void {
    this.#undecided.heard(bytes);
    this.#handler?.onData(this.#undecided.first);
  }
}
