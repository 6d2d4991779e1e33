/**
 * One port for every client: looks at the first bytes of a connection and hands it on to whoever speaks that language.
 * Until then nothing is kept of it but those bytes, and no client of the hub exists.
 */
import type { Socket } from 'node:net';
import type { Attendant, Transport, Visit } from '../core/ports.js';
import type { Sniffed } from '../wire/sniff.js';
import { attendTo, TcpTransport } from './tcp.js';
import { type Patience, Undecided } from './undecided.js';

/** A language that is spoken on a plain byte stream. */
export type StreamDialect = 'lines' | 'machat' | 'gotalk';

export interface FrontDoorOptions extends Patience {
  /** What a client that matches nothing, or says nothing, is taken to speak. */
  readonly fallback: StreamDialect;
  /** Counts a connection; null turns it away without a word. */
  readonly enter: (address: string) => Visit | null;
  readonly attend: (dialect: StreamDialect, transport: Transport, visit: Visit) => Attendant;
  /** Takes over a socket and the bytes that were read from it, also of a visit that is refused. */
  readonly serveHttp: (socket: Socket, first: Buffer, visit: Visit) => void;
  /** The same for a TLS hello; null where there is no certificate. */
  readonly serveTls: ((socket: Socket, first: Buffer) => void) | null;
}

export class FrontDoor {
  readonly #options: FrontDoorOptions;
  readonly #undecided = new Set<Visitor>();

  constructor(options: FrontDoorOptions) {
    this.#options = options;
  }

  enter(socket: Socket): void {
    const transport = new TcpTransport(socket);
    const visit = this.#options.enter(transport.address);
    if (visit === null) {
      socket.destroy();
      return;
    }
    const visitor = new Visitor(this.#options, socket, transport, visit, () =>
      this.#undecided.delete(visitor),
    );
    this.#undecided.add(visitor);
    visitor.wait();
  }

  /** Connections whose language is not known yet. */
  get undecided(): number {
    return this.#undecided.size;
  }

  /** Waits for nobody any longer: who has not said what it speaks is taken to speak the fallback. */
  close(): void {
    for (const visitor of this.#undecided) visitor.decide('none');
  }
}

/** A connection whose language is not known yet. */
class Visitor {
  readonly #options: FrontDoorOptions;
  readonly #socket: Socket;
  readonly #transport: TcpTransport;
  readonly #visit: Visit;
  readonly #decided: () => void;
  readonly #undecided: Undecided;

  constructor(
    options: FrontDoorOptions,
    socket: Socket,
    transport: TcpTransport,
    visit: Visit,
    decided: () => void,
  ) {
    this.#options = options;
    this.#socket = socket;
    this.#transport = transport;
    this.#visit = visit;
    this.#decided = decided;
    this.#undecided = new Undecided(options, visit, (sniffed) => this.#handOn(sniffed));
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
        this.#socket.once('close', () => this.#visit.leave());
        this.#options.serveHttp(this.#socket, this.#undecided.first, this.#visit);
        return;
      case 'tls':
        if (this.#options.serveTls === null) this.#turnAway();
        else this.#handOver(this.#options.serveTls);
        return;
      default:
        this.#attend(sniffed === 'machat' ? 'machat' : this.#options.fallback);
    }
  }

  readonly #heard = (bytes: Buffer): void => this.#undecided.heard(bytes);

  /** It has said all it will say, and what it said matches nothing. */
  readonly #ended = (): void => this.decide('none');

  readonly #lost = (): void => {
    this.#undecided.stop();
    this.#decided();
    this.#visit.leave();
  };

  #attend(dialect: StreamDialect): void {
    const attendant = this.#options.attend(dialect, this.#transport, this.#visit);
    attendTo(this.#socket, attendant);
    const { first } = this.#undecided;
    if (first.length > 0) attendant.heard(first);
    if (this.#socket.readableEnded) attendant.ended();
  }

  /** From here on the connection is counted until its socket closes, whatever becomes of it. */
  #handOver(serve: (socket: Socket, first: Buffer) => void): void {
    this.#socket.once('close', () => this.#visit.leave());
    if (this.#visit.refusal !== null) this.#socket.destroy();
    else serve(this.#socket, this.#undecided.first);
  }

  #turnAway(): void {
    this.#socket.once('close', () => this.#visit.leave());
    this.#socket.destroy();
  }
}

function ignore(): void {}
