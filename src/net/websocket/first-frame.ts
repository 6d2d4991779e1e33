/**
 * WebSockets that may speak any language: as on a plain connection, the first words decide. Who says nothing, or nothing
 * that is known, is taken to speak lines.
 */
import type { TransportHandler, Bytes, Transport, ConnectionSlot } from '../../core/ports.js';
import type { Sniffed } from '../sniff.js';
import { type DetectionTimeouts, ProtocolDetector } from '../protocol-detection.js';

export interface FirstFrameMuxOptions extends DetectionTimeouts {
  readonly open: (
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

export class FirstFrameMux {
  readonly #options: FirstFrameMuxOptions;
  readonly #waiting = new Set<PendingWebSocket>();

  constructor(options: FirstFrameMuxOptions) {
    this.#options = options;
  }

  /** Attends to a WebSocket from its first frame on. */
  accept(transport: Transport, slot: ConnectionSlot): TransportHandler {
    const pending = new PendingWebSocket(this.#options, transport, slot, () => this.#waiting.delete(pending));
    this.#waiting.add(pending);
    return pending;
  }

  /** Connections whose language is not known yet. */
  get undecided(): number {
    return this.#waiting.size;
  }

  /** Waits for nobody any longer. */
  close(): void {
    for (const pending of this.#waiting) pending.decide('none');
  }
}

/** Passes on all that its transport tells, once there is somebody to be told. */
class PendingWebSocket implements TransportHandler {
  readonly #slot: ConnectionSlot;
  readonly #undecided: ProtocolDetector;
  readonly #decided: () => void;
  #handler: TransportHandler | null = null;

  constructor(
    { open, ...timeouts }: FirstFrameMuxOptions,
    transport: Transport,
    slot: ConnectionSlot,
    decided: () => void,
  ) {
    this.#slot = slot;
    this.#decided = decided;
    this.#undecided = new ProtocolDetector(timeouts, slot, (sniffed) => {
      decided();
      this.#handler = open(DIALECT_OF[sniffed], transport, slot);
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
    this.#undecided.onData(bytes);
    this.#handler?.onData(this.#undecided.first);
  }
}
