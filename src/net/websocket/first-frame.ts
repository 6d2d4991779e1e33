/**
 * Detects the dialect of a WebSocket from its first frame, as on a plain connection. HTTP and TLS do not occur inside a
 * WebSocket, so only the dialects are candidates.
 */
import type { TransportHandler, Bytes, Transport, ConnectionSlot } from '../../core/ports.js';
import type { InputFault } from '../../core/reasons.js';
import { type DetectionTimeouts, ProtocolDetector } from '../protocol-detection.js';
import type { Protocol } from '../sniff.js';

export interface FirstFrameMuxOptions<Dialect extends string> extends DetectionTimeouts {
  /** The dialects that a frame may begin with. */
  readonly dialects: readonly Protocol<Dialect>[];
  /** The dialect of a client that sends nothing, or nothing that matches. */
  readonly fallback: NoInfer<Dialect>;
  readonly open: (dialect: Dialect, transport: Transport, slot: ConnectionSlot) => TransportHandler;
}

export class FirstFrameMux<Dialect extends string> {
  readonly #options: FirstFrameMuxOptions<Dialect>;
  readonly #pending = new Set<PendingWebSocket<Dialect>>();

  constructor(options: FirstFrameMuxOptions<Dialect>) {
    this.#options = options;
  }

  /** The handler of a WebSocket from its first frame on. */
  accept(transport: Transport, slot: ConnectionSlot): TransportHandler {
    const pending = new PendingWebSocket(this.#options, transport, slot, () => this.#pending.delete(pending));
    this.#pending.add(pending);
    return pending;
  }

  /** The number of connections whose dialect is not known yet. */
  get undecided(): number {
    return this.#pending.size;
  }

  /** Ends all waiting: the fallback applies to every pending connection. */
  close(): void {
    for (const pending of this.#pending) pending.decide('none');
  }
}

/** Forwards the callbacks of its transport to the dialect's handler, once there is one. */
class PendingWebSocket<Dialect extends string> extends ProtocolDetector<Dialect> implements TransportHandler {
  readonly #options: FirstFrameMuxOptions<Dialect>;
  readonly #transport: Transport;
  readonly #onDecided: () => void;
  #handler: TransportHandler | null = null;

  constructor(
    options: FirstFrameMuxOptions<Dialect>,
    transport: Transport,
    slot: ConnectionSlot,
    onDecided: () => void,
  ) {
    super(options.dialects, options, slot);
    this.#options = options;
    this.#transport = transport;
    this.#onDecided = onDecided;
  }

  protected onDecision(dialect: Dialect | 'none'): void {
    const { open, fallback } = this.#options;
    this.#onDecided();
    this.#handler = open(dialect === 'none' ? fallback : dialect, this.#transport, this.slot);
  }

  onData(bytes: Bytes): void {
    if (this.#handler === null) this.#onFirstData(Buffer.from(bytes));
    else this.#handler.onData(bytes);
  }

  onPong(): void {
    this.#handler?.onPong?.();
  }

  onDrain(): void {
    this.#handler?.onDrain();
  }

  onEnd(fault?: InputFault): void {
    if (this.#handler === null) this.decide('none');
    this.#handler?.onEnd(fault);
  }

  onClose(): void {
    if (this.#handler !== null) {
      this.#handler.onClose();
      return;
    }
    this.stop();
    this.#onDecided();
    this.slot.release();
  }

  #onFirstData(bytes: Buffer): void {
    this.detect(bytes);
    this.#handler?.onData(this.first);
  }
}
