/**
 * Serves every protocol on one port: reads the first bytes of a connection and hands the socket on to the protocol that
 * they match. Until then a connection costs those bytes only, and no client of the hub exists for it.
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TransportHandler, Transport, ConnectionSlot } from '../core/ports.js';
import { InputQueue, type QueuedInput } from '../util/input-queue.js';
import type { TrustedProxies } from '../util/trusted-proxies.js';
import { HTTP, type Protocol, TLS } from './sniff.js';
import { endSlowly } from './end-slowly.js';
import type { Peer } from './peer.js';
import { beginsProxyHeader, holdsProxyHeader, type ProxyHeader, readProxyHeader } from './proxy-header.js';
import { type DetectionTimeouts, ProtocolDetector } from './protocol-detection.js';
import { SocketConnection } from './socket-connection.js';
import { NO_HANDLER, type TcpConnection } from './tcp-connection.js';

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
  /** Called when bytes of a connection were read that is not open yet. */
  readonly onRead: () => void;
  /** Called for each connection that closed without sending anything, as health checks do. */
  readonly onProbe: (peer: string) => void;
}

export class ProtocolMux<Dialect extends string> {
  readonly #options: ProtocolMuxOptions<Dialect>;
  readonly #protocols: readonly Protocol<Dialect | NetProtocol>[];
  readonly #protocolsOfProxies: readonly Protocol<Dialect | NetProtocol>[];
  readonly #pending = new Set<PendingConnection<Dialect>>();
  readonly #inputs: InputQueue;
  #isClosed = false;

  constructor(options: ProtocolMuxOptions<Dialect>) {
    this.#options = options;
    this.#inputs = new InputQueue(options.elapsed);
    const others = [...options.dialects, TLS, HTTP];
    this.#protocols = [{ name: 'proxy', matches: beginsProxyHeader }, ...others];
    this.#protocolsOfProxies = [{ name: 'proxy', matches: holdsProxyHeader }, ...others];
  }

  accept(connection: TcpConnection): void {
    const { address } = connection;
    const { proxies } = this.#options;
    const slot = this.#options.takeSlot(address);
    if (slot === null) connection.destroy();
    else if (proxies.includes(address)) this.#detect(connection, slot, this.#protocolsOfProxies, FROM_PROXY);
    else this.#detect(connection, slot, this.#protocols, DIRECT);
  }

  #detect(
    connection: TcpConnection,
    slot: ConnectionSlot,
    protocols: readonly Protocol<Dialect | NetProtocol>[],
    origin: Origin,
    first = EMPTY,
  ): void {
    const pending = new PendingConnection(
      this.#options,
      protocols,
      connection,
      slot,
      origin,
      this.#events,
      this.#inputs,
    );
    this.#pending.add(pending);
    pending.start(first);
  }

  readonly #events: PendingEvents<Dialect> = {
    onDecided: (pending) => this.#pending.delete(pending),
    onHeader: ({ connection, slot }, header, rest) => this.#onHeader(connection, slot, header, rest),
    onSecured: ({ connection, slot }, secure) => this.#onSecured(connection, slot, secure),
  };

  /** A trusted proxy has stated its client: the limits and the bans of that address apply. */
  #onHeader(
    connection: TcpConnection,
    slot: ConnectionSlot,
    { source, isEncrypted }: ProxyHeader,
    rest: Buffer,
  ): void {
    connection.client = { ...(source ?? connection.client), isEncrypted };
    let own: ConnectionSlot | null = slot;
    if (source !== null) {
      slot.release();
      own = this.#options.takeSlot(source.address);
    }
    if (own === null) {
      connection.handler = NO_HANDLER;
      connection.destroy();
      return;
    }
    own.connectedAt = slot.connectedAt;
    this.#detect(connection, own, this.#protocols, DIRECT, rest);
  }

  #onSecured({ client }: TcpConnection, slot: ConnectionSlot, secure: TLSSocket): void {
    if (this.#isClosed) {
      secure.destroy();
      return;
    }
    // Only the handshake was received so far, so the time for the first bytes begins now.
    slot.connectedAt = this.#options.elapsed();
    const connection = new SocketConnection(secure, { ...client, isEncrypted: true });
    this.#detect(connection, slot, this.#protocols, DECRYPTED);
  }

  /** The number of connections whose protocol is not known yet. */
  get undecided(): number {
    return this.#pending.size;
  }

  /** Ends all waiting: the fallback applies to every pending connection. */
  close(): void {
    this.#isClosed = true;
    for (const pending of this.#pending) pending.decideNow();
  }
}

type NetProtocol = 'proxy' | 'http' | 'tls';

/** Where the bytes of a connection come from. */
interface Origin {
  /** From a trusted proxy, which may send a PROXY header first. */
  readonly mayHaveHeader: boolean;
  /** From another connection that carries TLS. */
  readonly isDecrypted: boolean;
}

const DIRECT: Origin = { mayHaveHeader: false, isDecrypted: false };
const FROM_PROXY: Origin = { mayHaveHeader: true, isDecrypted: false };
const DECRYPTED: Origin = { mayHaveHeader: false, isDecrypted: true };

interface PendingEvents<Dialect extends string> {
  onDecided(pending: PendingConnection<Dialect>): void;
  onHeader(pending: PendingConnection<Dialect>, header: ProxyHeader, rest: Buffer): void;
  /** Called with the decrypted stream after a TLS handshake. */
  onSecured(pending: PendingConnection<Dialect>, secure: TLSSocket): void;
}

/** A connection whose protocol is not known yet. */
class PendingConnection<Dialect extends string>
  extends ProtocolDetector<Dialect | NetProtocol>
  implements TransportHandler, QueuedInput
{
  readonly connection: TcpConnection;
  readonly #options: ProtocolMuxOptions<Dialect>;
  readonly #origin: Origin;
  readonly #events: PendingEvents<Dialect>;
  readonly #inputs: InputQueue;
  /** It waits for its turn. */
  #isWaiting = false;
  /** What was received until now decides. */
  #isTimeUp = false;
  #isPaused = false;

  constructor(
    options: ProtocolMuxOptions<Dialect>,
    protocols: readonly Protocol<Dialect | NetProtocol>[],
    connection: TcpConnection,
    slot: ConnectionSlot,
    origin: Origin,
    events: PendingEvents<Dialect>,
    inputs: InputQueue,
  ) {
    super(protocols, options, slot);
    this.#options = options;
    this.connection = connection;
    this.#origin = origin;
    this.#events = events;
    this.#inputs = inputs;
  }

  /** @param first bytes that were read already */
  start(first: Buffer): void {
    this.connection.handler = this;
    if (first.length > 0) this.onData(first);
  }

  /** The server is about to stop: no further bytes are waited for. */
  decideNow(): void {
    if (this.#isWaiting) {
      this.#inputs.remove(this);
      this.handle();
    }
    if (!this.isDecided) this.decide('none');
  }

  // Called by the queue.

  handle(): void {
    this.#isWaiting = false;
    if (this.#isPaused) this.connection.resume();
    this.#isPaused = false;
    // The close that follows ends it.
    if (this.connection.isDestroyed) return;
    this.decideByFirst();
    if (this.isDecided) return;
    if (this.connection.hasEnded) this.onEnd();
    else if (this.#isTimeUp) this.decide('none');
  }

  protected override onTimeUp(): void {
    this.#isTimeUp = true;
    this.#handleInTurn();
  }

  protected onDecision(protocol: Dialect | NetProtocol | 'none'): void {
    this.#events.onDecided(this);
    if (protocol === 'http') this.#serveHttp();
    else if (protocol === 'tls') this.#startTls();
    else if (protocol === 'proxy') this.#readHeader();
    else if (protocol === 'none' && this.#holdsHalfHeader) this.#drop();
    else this.#openDialect(protocol === 'none' ? this.#options.fallback : protocol);
  }

  // Called by the connection.

  onData(bytes: Buffer): void {
    this.#options.onRead();
    this.keep(bytes);
    const needsSocket = this.#needsSocket;
    if (needsSocket && !this.connection.stopsAtPause) {
      this.#inputs.remove(this);
      this.handle();
    } else if (this.#isWaiting) this.#pause();
    // An end that was read here could not be handed on with the socket.
    else if (!this.#handleInTurn() && needsSocket) this.#pause();
  }

  /** False if it has to wait. */
  #handleInTurn(): boolean {
    if (this.#inputs.add(this)) return true;
    this.#isWaiting = true;
    this.pauseTimer();
    return false;
  }

  #pause(): void {
    this.#isPaused = true;
    this.connection.pause();
  }

  onDrain(): void {}

  /** The client has closed its sending side, and its bytes match nothing. */
  onEnd(): void {
    if (this.#isWaiting) return;
    if (this.first.length > 0 || this.slot.refusal !== null) {
      this.decide('none');
      return;
    }
    this.stop();
    this.#events.onDecided(this);
    this.#options.onProbe(this.connection.peer);
    const text = this.#mustEncrypt ? '' : this.#options.greeting();
    endSlowly(this.connection, this.slot, text, this.#options);
  }

  onClose(): void {
    this.#inputs.remove(this);
    this.stop();
    this.#events.onDecided(this);
    this.slot.release();
    if (this.first.length === 0) this.#options.onProbe(this.connection.peer);
  }

  /** Its bytes are those of HTTP or TLS, or of a proxy's header, which either may follow. */
  get #needsSocket(): boolean {
    const protocol = this.sniffed();
    return protocol === 'http' || protocol === 'tls' || protocol === 'proxy';
  }

  get #mustEncrypt(): boolean {
    return this.#options.tlsOnly && !this.connection.client.isEncrypted;
  }

  get #holdsHalfHeader(): boolean {
    return this.#origin.mayHaveHeader && beginsProxyHeader(this.first) === 'yes';
  }

  #readHeader(): void {
    const { first } = this;
    if (!this.#origin.mayHaveHeader) {
      this.#options.onUntrustedProxy(this.connection.peer);
      endSlowly(this.connection, this.slot, 'ERR proxy-not-trusted\n', this.#options);
      return;
    }
    const header = readProxyHeader(first);
    if (header === 'invalid' || header === 'more') this.#drop();
    else this.#events.onHeader(this, header, first.subarray(header.length));
  }

  #drop(): void {
    this.slot.release();
    this.connection.handler = NO_HANDLER;
    this.connection.destroy();
  }

  #openDialect(dialect: Dialect): void {
    const { connection, slot, first } = this;
    if (this.#mustEncrypt) slot.refusal ??= 'tls-required';
    const handler = this.#options.open(dialect, connection, slot);
    connection.serve(handler);
    if (first.length > 0) handler.onData(first);
    if (connection.hasEnded) handler.onEnd();
  }

  #serveHttp(): void {
    const { connection, slot, first } = this;
    const { proxies } = this.#options;
    const { client } = connection;
    // A proxy may state in each request that its client's connection is encrypted.
    if (this.#mustEncrypt && !proxies.includes(client.address)) slot.refusal ??= 'tls-required';
    const socket = connection.toSocket();
    socket.once('close', () => slot.release());
    this.#options.serveHttp(socket, first, slot, client);
  }

  /** A refused connection too: the refusal is written in its dialect, which is known only after the handshake. */
  #startTls(): void {
    const { connection, slot, first } = this;
    const { serveTls } = this.#options;
    if (serveTls === null || this.#origin.isDecrypted) {
      this.#drop();
      return;
    }
    const { client } = connection;
    const socket = connection.toSocket();
    socket.once('close', () => slot.release());
    serveTls(socket, first, client, (secure) => this.#events.onSecured(this, secure));
  }
}

const EMPTY: Buffer = Buffer.alloc(0);
