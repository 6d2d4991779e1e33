/**
 * TLS on a port that also serves plain text. It does not listen: the protocol mux passes it a connection with its
 * ClientHello, and gets the decrypted connection back after the handshake.
 */
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { TimerTask } from '../core/ports.js';
import { type Certificate, contextOptions, dnsNamesOf } from './certificate.js';
import { peerName } from '../util/address.js';
import { HandshakeQueue } from './handshake-queue.js';
import { type Peer, peerOf } from './peer.js';

/** For the whole handshake, from its turn in the queue. */
const HANDSHAKE_TIMEOUT_MS = 5_000;

export interface TlsOptions {
  readonly timers: { schedule(task: TimerTask, elapsed: number): void; cancel(task: TimerTask): void };
  /** Milliseconds of the monotonic clock. */
  readonly elapsed: () => number;
  readonly certificate: Certificate;
  /** Called for each failed handshake, for the log. */
  readonly onHandshakeError: (peer: string, error: Error) => void;
}

type OnSecured = (secure: TLSSocket) => void;

export class Tls {
  readonly #options: TlsOptions;
  readonly #server: Server;
  /** By both endpoints: Node does not report which socket a TLS socket was created from. */
  readonly #handshakes = new Map<string, Handshake>();
  readonly #queue: HandshakeQueue;

  #dnsNames: readonly string[];

  constructor(options: TlsOptions) {
    this.#options = options;
    this.#queue = new HandshakeQueue(options.elapsed);
    this.#dnsNames = dnsNamesOf(options.certificate);
    this.#server = createServer(contextOptions(options.certificate));
    this.#server.on('secureConnection', (secure) => this.#onSecureConnection(secure));
    this.#server.on('tlsClientError', (error, secure) => {
      const endpoints = endpointsOf(secure);
      const handshake = endpoints === null ? undefined : this.#handshakes.get(endpoints);
      const { address, port } = handshake?.peer ?? peerOf(secure);
      options.onHandshakeError(peerName(address, port), error);
      secure.destroy();
    });
  }

  /**
   * Takes over a connection of `peer` whose bytes `first` were already read. `onSecured` is called after the handshake. The TLS
   * socket closes when `socket` does, and the other way round.
   */
  serve(socket: Socket, first: Buffer, peer: Peer, onSecured: OnSecured): void {
    const { timers, elapsed } = this.#options;
    const endpoints = endpointsOf(socket);
    if (endpoints === null) {
      socket.destroy();
      return;
    }
    const handshake = new Handshake(socket, peer, onSecured, (elapsed) =>
      timers.schedule(handshake, elapsed + HANDSHAKE_TIMEOUT_MS),
    );
    this.#handshakes.set(endpoints, handshake);
    const begin = () => {
      timers.schedule(handshake, elapsed() + HANDSHAKE_TIMEOUT_MS);
      this.#server.emit('connection', socket);
    };
    socket.once('close', () => {
      this.#queue.remove(begin);
      this.#forget(endpoints, handshake);
    });
    // A flowing socket would emit the bytes at once, before the TLS socket exists.
    socket.pause();
    socket.unshift(first);
    this.#queue.add(begin);
  }

  /** The number of handshakes in progress, and of those that wait. */
  get handshakes(): number {
    return this.#handshakes.size;
  }

  /** Uses another certificate for new handshakes. Open connections stay. */
  renew(certificate: Certificate): void {
    this.#server.setSecureContext(contextOptions(certificate));
    this.#dnsNames = dnsNamesOf(certificate);
  }

  /** The names in the certificate. */
  get dnsNames(): readonly string[] {
    return this.#dnsNames;
  }

  /** Aborts the handshakes in progress. Connections after their handshake stay. */
  close(): void {
    for (const { socket } of this.#handshakes.values()) socket.destroy();
  }

  #onSecureConnection(secure: TLSSocket): void {
    // Node does not close the connection after an invalid record.
    secure.on('error', () => secure.destroy());
    const endpoints = endpointsOf(secure);
    const handshake = endpoints === null ? undefined : this.#handshakes.get(endpoints);
    if (endpoints === null || handshake === undefined) {
      secure.destroy();
      return;
    }
    this.#forget(endpoints, handshake);
    handshake.onSecured(secure);
  }

  #forget(endpoints: string, handshake: Handshake): void {
    this.#options.timers.cancel(handshake);
    if (this.#handshakes.get(endpoints) === handshake) this.#handshakes.delete(endpoints);
  }
}

/** A handshake in progress. */
class Handshake implements TimerTask {
  scheduledSlot = 0;
  readonly socket: Socket;
  readonly peer: Peer;
  readonly onSecured: OnSecured;
  readonly #restart: (elapsed: number) => void;

  constructor(socket: Socket, peer: Peer, onSecured: OnSecured, restart: (elapsed: number) => void) {
    this.socket = socket;
    this.peer = peer;
    this.onSecured = onSecured;
    this.#restart = restart;
  }

  /** After a pause of the process, the answers of the client may be unread. */
  onTimer(elapsed: number, isLate: boolean): void {
    if (isLate) this.#restart(elapsed);
    else this.socket.destroy();
  }
}

/** Identifies a connection; null if it is closed. */
function endpointsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string | null {
  if (remoteAddress === undefined || localAddress === undefined) return null;
  return [remoteAddress, remotePort, localAddress, localPort].join(' ');
}
