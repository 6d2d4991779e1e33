/**
 * One port for every client: looks at the first bytes of a connection and hands it on to whoever speaks that language.
 * Until then nothing is kept of it but those bytes, and no client of the hub exists.
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TransportHandler, Transport, ConnectionSlot } from '../core/ports.js';
import type { Sniffed } from './sniff.js';
import { refuseWithoutTls } from './http/tls-required.js';
import { attachHandler, TcpTransport } from './tcp.js';
import { type DetectionTimeouts, ProtocolDetector } from './protocol-detection.js';

/** A language that is spoken on a plain byte stream. */
type StreamDialect = 'lines' | 'machat' | 'gotalk';

export interface ProtocolMuxOptions extends DetectionTimeouts {
  /** Milliseconds on the clock that never jumps. */
  readonly elapsed: () => number;
  /** What a client that matches nothing, or says nothing, is taken to speak. */
  readonly fallback: StreamDialect;
  /** Counts a connection; null turns it away without a word. */
  readonly takeSlot: (address: string) => ConnectionSlot | null;
  readonly open: (dialect: StreamDialect, transport: Transport, slot: ConnectionSlot) => TransportHandler;
  /** Takes over a socket and the bytes that were read from it, also of a visit that is refused. */
  readonly serveHttp: (socket: Socket, first: Buffer, slot: ConnectionSlot) => void;
  /** The same for a TLS hello, and gives it back once it is decrypted; null where there is no certificate. */
  readonly serveTls: ((socket: Socket, first: Buffer, secured: (secure: TLSSocket) => void) => void) | null;
  /** Whether plain text is refused, in its own words. */
  readonly tlsOnly: boolean;
}

export class ProtocolMux {
  readonly #options: ProtocolMuxOptions;
  readonly #undecided = new Set<PendingConnection>();

  constructor(options: ProtocolMuxOptions) {
    this.#options = options;
  }

  accept(socket: Socket): void {
    const transport = new TcpTransport(socket);
    const slot = this.#options.takeSlot(transport.address);
    if (slot === null) {
      socket.destroy();
      return;
    }
    this.#receive({
      socket,
      transport,
      slot,
      secured: (secure) => {
        // Nothing was said so far but a hello, so silence begins here.
        const connectedAt = this.#options.elapsed();
        const named = new TcpTransport(secure, socket);
        this.#receive({ socket: secure, transport: named, slot: { ...slot, connectedAt }, secured: null });
      },
    });
  }

  #receive(arrival: Accepted): void {
    const pending = new PendingConnection(this.#options, arrival, () => this.#undecided.delete(pending));
    this.#undecided.add(pending);
    pending.wait();
  }

  /** Connections whose language is not known yet. */
  get undecided(): number {
    return this.#undecided.size;
  }

  /** Waits for nobody any longer: who has not said what it speaks is taken to speak the fallback. */
  close(): void {
    for (const pending of this.#undecided) pending.decide('none');
  }
}

interface Accepted {
  readonly socket: Socket;
  readonly transport: TcpTransport;
  readonly slot: ConnectionSlot;
  /** It has shaken hands; null if this was so before. */
  readonly secured: ((secure: TLSSocket) => void) | null;
}

/** A connection whose language is not known yet. */
class PendingConnection {
  readonly #options: ProtocolMuxOptions;
  readonly #socket: Socket;
  readonly #transport: TcpTransport;
  readonly #slot: ConnectionSlot;
  readonly #secured: Accepted['secured'];
  readonly #decided: () => void;
  readonly #undecided: ProtocolDetector;

  constructor(
    options: ProtocolMuxOptions,
    { socket, transport, slot, secured }: Accepted,
    decided: () => void,
  ) {
    this.#options = options;
    this.#socket = socket;
    this.#transport = transport;
    this.#slot = slot;
    this.#secured = secured;
    this.#decided = decided;
    this.#undecided = new ProtocolDetector(options, slot, (sniffed) => this.#handOn(sniffed));
  }

  wait(): void {
    this.#socket.on('error', ignore);
    this.#socket.on('data', this.#heard);
    this.#socket.on('end', this.#ended);
    this.#socket.on('close', this.#lost);
  }

  decide(sniffed: Sniffed): void {
    this.#undecided.decide(sniffed);
  }

  #handOn(sniffed: Sniffed): void {
    this.#socket.off('data', this.#heard);
    this.#socket.off('end', this.#ended);
    this.#socket.off('close', this.#lost);
    this.#decided();
    switch (sniffed) {
      case 'http':
        this.#socket.once('close', () => this.#slot.release());
        if (this.#mustEncrypt) refuseWithoutTls(this.#socket, this.#options);
        else this.#options.serveHttp(this.#socket, this.#undecided.first, this.#slot);
        return;
      case 'tls':
        this.#shakeHands();
        return;
      case 'machat':
        this.#attend(sniffed);
        return;
      case 'none':
      case 'undecided':
        this.#attend(this.#options.fallback);
        return;
      default:
        sniffed satisfies never;
    }
  }

  readonly #heard = (bytes: Buffer): void => this.#undecided.onData(bytes);

  /** It has said all it will say, and what it said matches nothing. */
  readonly #ended = (): void => this.decide('none');

  readonly #lost = (): void => {
    this.#undecided.stop();
    this.#decided();
    this.#slot.release();
  };

  get #mustEncrypt(): boolean {
    return this.#options.tlsOnly && this.#secured !== null;
  }

  #attend(dialect: StreamDialect): void {
    const refusal = this.#slot.refusal ?? (this.#mustEncrypt ? 'tls-required' : null);
    const handler = this.#options.open(dialect, this.#transport, { ...this.#slot, refusal });
    attachHandler(this.#socket, handler);
    const { first } = this.#undecided;
    if (first.length > 0) handler.onData(first);
    if (this.#socket.readableEnded) handler.onEnd();
  }

  /** Also with one that may not stay: it is told so in its language, which is not known before. */
  #shakeHands(): void {
    this.#socket.once('close', () => this.#slot.release());
    if (this.#options.serveTls === null || this.#secured === null) this.#socket.destroy();
    else this.#options.serveTls(this.#socket, this.#undecided.first, this.#secured);
  }
}

function ignore(): void {}
