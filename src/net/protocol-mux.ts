/**
 * Serves every protocol on one port: reads the first bytes of a connection and hands the socket on to the protocol that
 * they match. Until then a connection costs those bytes only, and no client of the hub exists for it.
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TransportHandler, Transport, ConnectionSlot } from '../core/ports.js';
import { noop } from '../util/noop.js';
import { HTTP, type Protocol, TLS } from './sniff.js';
import { refuseWithoutTls } from './http/tls-required.js';
import { attachHandler, TcpTransport } from './tcp.js';
import { type DetectionTimeouts, ProtocolDetector } from './protocol-detection.js';

export interface ProtocolMuxOptions<Dialect extends string> extends DetectionTimeouts {
  /** Milliseconds on a monotonic clock. */
  readonly elapsed: () => number;
  /** The dialects of the hub; HTTP and TLS are added to them. */
  readonly dialects: readonly Protocol<Dialect>[];
  /** The dialect of a client whose bytes match nothing, or that sends nothing. */
  readonly fallback: NoInfer<Dialect>;
  /** Counts a connection; null closes it without a message. */
  readonly takeSlot: (address: string) => ConnectionSlot | null;
  readonly open: (dialect: Dialect, transport: Transport, slot: ConnectionSlot) => TransportHandler;
  /** Takes over a socket and the bytes that were read from it, also of a connection that is refused. */
  readonly serveHttp: (socket: Socket, first: Buffer, slot: ConnectionSlot) => void;
  /** The same for a TLS hello; calls `secured` with the decrypted stream. Null without a certificate. */
  readonly serveTls: ((socket: Socket, first: Buffer, secured: (secure: TLSSocket) => void) => void) | null;
  /** Whether plain text is refused, in the words of its protocol. */
  readonly tlsOnly: boolean;
}

export class ProtocolMux<Dialect extends string> {
  readonly #options: ProtocolMuxOptions<Dialect>;
  readonly #protocols: readonly Protocol<Dialect | 'http' | 'tls'>[];
  readonly #pending = new Set<PendingConnection<Dialect>>();

  constructor(options: ProtocolMuxOptions<Dialect>) {
    this.#options = options;
    this.#protocols = [...options.dialects, TLS, HTTP];
  }

  accept(socket: Socket): void {
    const transport = new TcpTransport(socket);
    const slot = this.#options.takeSlot(transport.address);
    if (slot === null) {
      socket.destroy();
      return;
    }
    this.#detect({
      socket,
      transport,
      slot,
      onSecured: (secure) => {
        // Only the handshake was received so far, so the time for the first bytes begins now.
        const connectedAt = this.#options.elapsed();
        const secureTransport = new TcpTransport(secure, socket);
        this.#detect({
          socket: secure,
          transport: secureTransport,
          slot: { ...slot, connectedAt },
          onSecured: null,
        });
      },
    });
  }

  #detect(accepted: Accepted): void {
    const pending = new PendingConnection(this.#options, this.#protocols, accepted, () =>
      this.#pending.delete(pending),
    );
    this.#pending.add(pending);
    pending.start();
  }

  /** The number of connections whose protocol is not known yet. */
  get undecided(): number {
    return this.#pending.size;
  }

  /** Ends all waiting: the fallback applies to every pending connection. */
  close(): void {
    for (const pending of this.#pending) pending.decide('none');
  }
}

interface Accepted {
  readonly socket: Socket;
  readonly transport: TcpTransport;
  readonly slot: ConnectionSlot;
  /** Called with the decrypted stream after a TLS handshake; null if this stream is a decrypted one. */
  readonly onSecured: ((secure: TLSSocket) => void) | null;
}

/** A connection whose protocol is not known yet. */
class PendingConnection<Dialect extends string> {
  readonly #options: ProtocolMuxOptions<Dialect>;
  readonly #accepted: Accepted;
  readonly #onDecided: () => void;
  readonly #detector: ProtocolDetector<Dialect | 'http' | 'tls'>;

  constructor(
    options: ProtocolMuxOptions<Dialect>,
    protocols: readonly Protocol<Dialect | 'http' | 'tls'>[],
    accepted: Accepted,
    onDecided: () => void,
  ) {
    this.#options = options;
    this.#accepted = accepted;
    this.#onDecided = onDecided;
    this.#detector = new ProtocolDetector(protocols, options, accepted.slot, (protocol) =>
      this.#handOn(protocol),
    );
  }

  start(): void {
    const { socket } = this.#accepted;
    socket.on('error', noop);
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onClose);
  }

  decide(protocol: Dialect | 'http' | 'tls' | 'none'): void {
    this.#detector.decide(protocol);
  }

  #handOn(protocol: Dialect | 'http' | 'tls' | 'none'): void {
    const { socket } = this.#accepted;
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('close', this.#onClose);
    this.#onDecided();
    if (protocol === 'http') this.#serveHttp();
    else if (protocol === 'tls') this.#startTls();
    else this.#openDialect(protocol === 'none' ? this.#options.fallback : protocol);
  }

  readonly #onData = (bytes: Buffer): void => this.#detector.onData(bytes);

  /** The client has sent all it will send, and that matches nothing. */
  readonly #onEnd = (): void => this.decide('none');

  readonly #onClose = (): void => {
    this.#detector.stop();
    this.#onDecided();
    this.#accepted.slot.release();
  };

  get #mustEncrypt(): boolean {
    return this.#options.tlsOnly && this.#accepted.onSecured !== null;
  }

  #openDialect(dialect: Dialect): void {
    const { socket, transport, slot } = this.#accepted;
    const refusal = slot.refusal ?? (this.#mustEncrypt ? 'tls-required' : null);
    const handler = this.#options.open(dialect, transport, { ...slot, refusal });
    attachHandler(socket, handler);
    const { first } = this.#detector;
    if (first.length > 0) handler.onData(first);
    if (socket.readableEnded) handler.onEnd();
  }

  #serveHttp(): void {
    const { socket, slot } = this.#accepted;
    socket.once('close', () => slot.release());
    if (this.#mustEncrypt) refuseWithoutTls(socket, this.#options);
    else this.#options.serveHttp(socket, this.#detector.first, slot);
  }

  /** A refused connection too: the refusal is written in its dialect, which is known only after the handshake. */
  #startTls(): void {
    const { socket, slot, onSecured } = this.#accepted;
    socket.once('close', () => slot.release());
    if (this.#options.serveTls === null || onSecured === null) socket.destroy();
    else this.#options.serveTls(socket, this.#detector.first, onSecured);
  }
}
