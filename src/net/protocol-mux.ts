/**
 * Serves every protocol on one port: reads the first bytes of a connection and hands the socket on to the protocol that
 * they match. Until then a connection costs those bytes only, and no client of the hub exists for it.
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TransportHandler, Transport, ConnectionSlot } from '../core/ports.js';
import { peerName } from '../util/address.js';
import { noop } from '../util/noop.js';
import type { TrustedProxies } from '../util/trusted-proxies.js';
import { HTTP, type Protocol, TLS } from './sniff.js';
import { responseOf } from './http/http-response.js';
import { TLS_REQUIRED } from './http/tls-required.js';
import { endSlowly } from './end-slowly.js';
import { type Peer, peerOf } from './peer.js';
import { beginsProxyHeader, holdsProxyHeader, type ProxyHeader, readProxyHeader } from './proxy-header.js';
import { attachHandler, TcpTransport } from './tcp.js';
import { type DetectionTimeouts, ProtocolDetector } from './protocol-detection.js';

export interface ProtocolMuxOptions<Dialect extends string> extends DetectionTimeouts {
  /** Milliseconds on a monotonic clock. */
  readonly elapsed: () => number;
  /** The dialects of the hub; HTTP and TLS are added to them. */
  readonly dialects: readonly Protocol<Dialect>[];
  /** The dialect of a client whose bytes match nothing, or that sends nothing. */
  readonly fallback: NoInfer<Dialect>;
  /** The proxies that may state the address of their client in a PROXY header. */
  readonly proxies: TrustedProxies;
  /** Counts a connection; null closes it without a message. */
  readonly takeSlot: (address: string) => ConnectionSlot | null;
  readonly open: (dialect: Dialect, transport: Transport, slot: ConnectionSlot) => TransportHandler;
  /** Takes over a socket and the bytes that were read from it, also of a connection that is refused. */
  readonly serveHttp: (socket: Socket, first: Buffer, slot: ConnectionSlot, peer: Peer) => void;
  /** The same for a TLS hello; calls `secured` with the decrypted stream. Null without a certificate. */
  readonly serveTls:
    ((socket: Socket, first: Buffer, peer: Peer, secured: (secure: TLSSocket) => void) => void) | null;
  /** Whether plain text is refused, in the words of its protocol. */
  readonly tlsOnly: boolean;
  /** Called for each PROXY header of a peer that is not a trusted proxy. */
  readonly onUntrustedProxy: (peer: string) => void;
  /** The greeting of the fallback, the only output for a client that closes its side without sending anything. */
  readonly greeting: () => string;
  /** Called for each connection that closed without sending anything, as health checks do. */
  readonly onProbe: (peer: string) => void;
}

export class ProtocolMux<Dialect extends string> {
  readonly #options: ProtocolMuxOptions<Dialect>;
  readonly #protocols: readonly Protocol<Dialect | NetProtocol>[];
  readonly #protocolsOfProxies: readonly Protocol<Dialect | NetProtocol>[];
  readonly #pending = new Set<PendingConnection<Dialect>>();

  constructor(options: ProtocolMuxOptions<Dialect>) {
    this.#options = options;
    const others = [...options.dialects, TLS, HTTP];
    this.#protocols = [{ name: 'proxy', matches: beginsProxyHeader }, ...others];
    this.#protocolsOfProxies = [{ name: 'proxy', matches: holdsProxyHeader }, ...others];
  }

  accept(socket: Socket): void {
    const peer = peerOf(socket);
    const slot = this.#options.takeSlot(peer.address);
    if (slot === null) socket.destroy();
    else
      this.#detect({
        socket,
        peer,
        slot,
        isOuter: true,
        mayHaveHeader: this.#options.proxies.includes(peer.address),
      });
  }

  #detect(accepted: Accepted, first = EMPTY): void {
    const protocols = accepted.mayHaveHeader ? this.#protocolsOfProxies : this.#protocols;
    const pending = new PendingConnection(this.#options, protocols, accepted, {
      onDecided: () => this.#pending.delete(pending),
      onHeader: (header, rest, slot) => this.#onHeader({ ...accepted, slot }, header, rest),
      onSecured: (secure) => this.#onSecured(accepted, secure),
    });
    this.#pending.add(pending);
    pending.start(first);
  }

  /** A trusted proxy has stated its client: the limits and the bans of that address apply. */
  #onHeader(accepted: Accepted, { source, isEncrypted }: ProxyHeader, rest: Buffer): void {
    const { socket, peer, slot } = accepted;
    const client = { ...(source ?? peer), isEncrypted };
    let own: ConnectionSlot | null = slot;
    if (source !== null) {
      slot.release();
      own = this.#options.takeSlot(client.address);
    }
    if (own === null) socket.destroy();
    else {
      const { connectedAt } = slot;
      this.#detect({ ...accepted, peer: client, slot: { ...own, connectedAt }, mayHaveHeader: false }, rest);
    }
  }

  #onSecured({ peer, slot }: Accepted, secure: TLSSocket): void {
    // Only the handshake was received so far, so the time for the first bytes begins now.
    const connectedAt = this.#options.elapsed();
    this.#detect({
      socket: secure,
      peer: { ...peer, isEncrypted: true },
      slot: { ...slot, connectedAt },
      isOuter: false,
      mayHaveHeader: false,
    });
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

type NetProtocol = 'proxy' | 'http' | 'tls';

interface Accepted {
  readonly socket: Socket;
  readonly peer: Peer;
  readonly slot: ConnectionSlot;
  /** False for a stream decrypted from another. */
  readonly isOuter: boolean;
  /** It is from a trusted proxy, which may send a PROXY header first. */
  readonly mayHaveHeader: boolean;
}

interface PendingEvents {
  readonly onDecided: () => void;
  readonly onHeader: (header: ProxyHeader, rest: Buffer, slot: ConnectionSlot) => void;
  /** Called with the decrypted stream after a TLS handshake. */
  readonly onSecured: (secure: TLSSocket) => void;
}

/** A connection whose protocol is not known yet. */
class PendingConnection<Dialect extends string> {
  readonly #options: ProtocolMuxOptions<Dialect>;
  readonly #accepted: Accepted;
  readonly #events: PendingEvents;
  readonly #detector: ProtocolDetector<Dialect | NetProtocol>;

  constructor(
    options: ProtocolMuxOptions<Dialect>,
    protocols: readonly Protocol<Dialect | NetProtocol>[],
    accepted: Accepted,
    events: PendingEvents,
  ) {
    this.#options = options;
    this.#accepted = accepted;
    this.#events = events;
    this.#detector = new ProtocolDetector(protocols, options, accepted.slot, (protocol) =>
      this.#handOn(protocol),
    );
  }

  /** @param first bytes that were read already */
  start(first: Buffer): void {
    const { socket } = this.#accepted;
    socket.on('error', noop);
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onClose);
    if (first.length > 0) this.#onData(first);
  }

  decide(protocol: Dialect | NetProtocol | 'none'): void {
    this.#detector.decide(protocol);
  }

  #handOn(protocol: Dialect | NetProtocol | 'none'): void {
    this.#release();
    if (protocol === 'http') this.#serveHttp();
    else if (protocol === 'tls') this.#startTls();
    else if (protocol === 'proxy') this.#readHeader();
    else if (protocol === 'none' && this.#holdsHalfHeader) this.#drop();
    else this.#openDialect(protocol === 'none' ? this.#options.fallback : protocol);
  }

  #release(): void {
    const { socket } = this.#accepted;
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('close', this.#onClose);
    this.#events.onDecided();
  }

  readonly #onData = (bytes: Buffer): void => this.#detector.onData(bytes);

  /** The client has closed its sending side, and its bytes match nothing. */
  readonly #onEnd = (): void => {
    const { socket, slot } = this.#accepted;
    if (this.#detector.first.length > 0 || slot.refusal !== null) {
      this.decide('none');
      return;
    }
    this.#detector.stop();
    this.#release();
    socket.once('close', () => slot.release());
    socket.end(this.#mustEncrypt ? '' : this.#options.greeting());
    this.#options.onProbe(this.#peerName);
  };

  readonly #onClose = (): void => {
    this.#detector.stop();
    this.#events.onDecided();
    this.#accepted.slot.release();
    if (this.#detector.first.length === 0) this.#options.onProbe(this.#peerName);
  };

  /** Deadlines begin again after a pause of the process. */
  get #slot(): ConnectionSlot {
    return { ...this.#accepted.slot, connectedAt: this.#detector.since };
  }

  get #peerName(): string {
    const { address, port } = this.#accepted.peer;
    return peerName(address, port);
  }

  get #mustEncrypt(): boolean {
    return this.#options.tlsOnly && !this.#accepted.peer.isEncrypted;
  }

  get #holdsHalfHeader(): boolean {
    return this.#accepted.mayHaveHeader && beginsProxyHeader(this.#detector.first) === 'yes';
  }

  #readHeader(): void {
    const { first } = this.#detector;
    if (!this.#accepted.mayHaveHeader) {
      this.#refuseHeader();
      return;
    }
    const header = readProxyHeader(first);
    if (header === 'invalid' || header === 'more') this.#drop();
    else this.#events.onHeader(header, first.subarray(header.length), this.#slot);
  }

  #refuseHeader(): void {
    const { socket, slot } = this.#accepted;
    this.#options.onUntrustedProxy(this.#peerName);
    socket.once('close', () => slot.release());
    endSlowly(socket, 'ERR proxy-not-trusted\n', this.#options);
  }

  #drop(): void {
    this.#accepted.slot.release();
    this.#accepted.socket.destroy();
  }

  #openDialect(dialect: Dialect): void {
    const { socket, peer } = this.#accepted;
    const slot = this.#slot;
    const refusal = slot.refusal ?? (this.#mustEncrypt ? 'tls-required' : null);
    const handler = this.#options.open(dialect, new TcpTransport(socket, peer), { ...slot, refusal });
    attachHandler(socket, handler);
    const { first } = this.#detector;
    if (first.length > 0) handler.onData(first);
    if (socket.readableEnded) handler.onEnd();
  }

  #serveHttp(): void {
    const { socket, peer } = this.#accepted;
    const slot = this.#slot;
    const { proxies } = this.#options;
    socket.once('close', () => slot.release());
    // A proxy may state in each request that its client's connection is encrypted.
    if (this.#mustEncrypt && !proxies.includes(peer.address))
      endSlowly(socket, responseOf(TLS_REQUIRED), this.#options);
    else this.#options.serveHttp(socket, this.#detector.first, slot, peer);
  }

  /** A refused connection too: the refusal is written in its dialect, which is known only after the handshake. */
  #startTls(): void {
    const { socket, slot, peer, isOuter } = this.#accepted;
    socket.once('close', () => slot.release());
    if (this.#options.serveTls === null || !isOuter) socket.destroy();
    else this.#options.serveTls(socket, this.#detector.first, peer, this.#events.onSecured);
  }
}

const EMPTY: Buffer = Buffer.alloc(0);
