/**
 * TLS on a port that speaks plain text, too. It never listens: whoever reads a connection's first bytes hands it on
 * with its hello, and gets it back, decrypted, once hands are shaken.
 */
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { TimerTask } from '../core/ports.js';
import { type Certificate, contextOptions } from './certificate.js';
import { peerName, plainAddress } from '../util/address.js';

/** For the whole handshake, from the first bytes of the hello. */
const HANDSHAKE_MS = 5_000;

export interface TlsOptions {
  readonly timers: { schedule(item: TimerTask, elapsed: number): void; cancel(item: TimerTask): void };
  /** Milliseconds on the clock that never jumps. */
  readonly elapsed: () => number;
  readonly certificate: Certificate;
  /** A handshake came to nothing, for the log. */
  readonly failed: (peer: string, error: Error) => void;
}

type Secured = (secure: TLSSocket) => void;

export class Tls {
  readonly #options: TlsOptions;
  readonly #server: Server;
  /** By both ends of the connection, for Node does not say which socket a secure one was made of. */
  readonly #handshakes = new Map<string, Handshake>();

  constructor(options: TlsOptions) {
    this.#options = options;
    this.#server = createServer(contextOptions(options.certificate));
    this.#server.on('secureConnection', (secure) => this.#secured(secure));
    this.#server.on('tlsClientError', (error, secure) => {
      options.failed(peerName(plainAddress(secure.remoteAddress), secure.remotePort ?? 0), error);
      secure.destroy();
    });
  }

  /**
   * Takes over a connection of which `first` was read already. `secured` is called when hands are shaken; the socket
   * it gets closes when this one does, and the other way round.
   */
  serve(socket: Socket, first: Buffer, secured: Secured): void {
    const { timers, elapsed } = this.#options;
    const ends = endsOf(socket);
    if (ends === null) {
      socket.destroy();
      return;
    }
    const handshake = new Handshake(socket, secured);
    this.#handshakes.set(ends, handshake);
    timers.schedule(handshake, elapsed() + HANDSHAKE_MS);
    socket.once('close', () => this.#forget(ends, handshake));
    // Flowing, it would give what is put back to nobody.
    socket.pause();
    socket.unshift(first);
    this.#server.emit('connection', socket);
  }

  /** Handshakes that are under way. */
  get handshakes(): number {
    return this.#handshakes.size;
  }

  /** For handshakes to come. Whoever is connected stays so. */
  renew(certificate: Certificate): void {
    this.#server.setSecureContext(contextOptions(certificate));
  }

  /** Shakes no more hands. Connections that are secure already stay. */
  close(): void {
    for (const { socket } of this.#handshakes.values()) socket.destroy();
  }

  #secured(secure: TLSSocket): void {
    // A broken record ends nothing by itself.
    secure.on('error', () => secure.destroy());
    const ends = endsOf(secure);
    const handshake = ends === null ? undefined : this.#handshakes.get(ends);
    if (ends === null || handshake === undefined) {
      secure.destroy();
      return;
    }
    this.#forget(ends, handshake);
    handshake.secured(secure);
  }

  #forget(ends: string, handshake: Handshake): void {
    this.#options.timers.cancel(handshake);
    if (this.#handshakes.get(ends) === handshake) this.#handshakes.delete(ends);
  }
}

/** A connection that has said hello. */
class Handshake implements TimerTask {
  scheduledSlot = 0;
  readonly socket: Socket;
  readonly secured: Secured;

  constructor(socket: Socket, secured: Secured) {
    this.socket = socket;
    this.secured = secured;
  }

  onTimer(): void {
    this.socket.destroy();
  }
}

/** What tells a connection from all others; null if it is no more. */
function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string | null {
  if (remoteAddress === undefined || localAddress === undefined) return null;
  return [remoteAddress, remotePort, localAddress, localPort].join(' ');
}
