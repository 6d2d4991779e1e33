/**
 * A whole server without sockets and timers: bytes in, bytes out. A test ends each turn and advances the clock itself;
 * all other parts are those of a real server.
 */
import { AccountStore } from '../../src/accounts/account-store.js';
import { createChat } from '../../src/chat.js';
import type { Conversation, StreamDialect } from '../../src/core/dialect.js';
import type { Client } from '../../src/core/hub/client.js';
import type { HubEvent } from '../../src/core/event.js';
import type { Hub, HubOptions, Reader } from '../../src/core/hub/hub.js';
import type {
  TransportHandler,
  Output,
  ConnectionSlot,
  Framing,
  Meter,
  ClientInfo,
  Transport,
} from '../../src/core/ports.js';
import type { SessionTable } from '../../src/core/session-table.js';
import { parseRoomName, parseUserName, type RoomName } from '../../src/core/text/text.js';
import { conversationIn } from '../../src/dialects/index.js';
import { streamDialect } from '../../src/dialects/stream/index.js';
import type { ConnectionLimitOptions } from '../../src/connection/connection-limits.js';
import { ConnectionOutput } from '../../src/connection/connection-output.js';
import type { ConnectionManager } from '../../src/connection/connection-manager.js';
import type { TimeoutSettings } from '../../src/connection/timeouts.js';
import { type CommittingHistory, DirectStore } from '../../src/history/direct-store.js';
import { MemoryHistory } from '../../src/history/memory.js';
import { rawFraming } from '../../src/net/raw-framing.js';
import { CopyingSequencer } from './copying-sequencer.js';
import { ManualClock } from './manual-clock.js';
import { SlowStore } from './slow-store.js';
import { settled, SlowHasher } from './slow-hasher.js';

export interface WorldOptions extends Partial<ConnectionLimitOptions>, Partial<TimeoutSettings> {
  readonly history?: CommittingHistory;
  readonly accounts?: AccountStore;
  readonly serverPassword?: string;
  readonly writeQueueBytes?: number;
  readonly announceLogin?: boolean;
  readonly presenceLimit?: number;
  readonly minPasswordLength?: number;
  readonly maxLineBytes?: number;
  readonly meter?: Meter;
  /** The transports have a heartbeat of their own, as WebSockets do. */
  readonly hasOwnHeartbeat?: boolean;
  readonly maxRefused?: number;
  /** Proposals settle in a later pass. */
  readonly settlesLater?: boolean;
  /** Default: one that settles a copy of each proposal. */
  readonly sequencer?: HubOptions['sequencer'];
  readonly sessionTable?: SessionTable;
  /** Default: a clock of its own. */
  readonly clock?: ManualClock;
  /** Turns are stored in a later pass. */
  readonly storesLater?: boolean;
}

export interface StreamOptions {
  readonly address: string;
  /** The cursor; null for what follows. */
  readonly after: number | null;
  readonly reader: Reader | null;
  readonly dialect: StreamDialect;
  readonly framing: Framing;
  /** It reads this many bytes, and then none. */
  readonly capacity: number;
}

const HIST = { isHist: true, namesRooms: false, hasPresence: false };

const NO_TIMEOUTS = { loginTimeoutMs: 0, heartbeatIntervalMs: 0, idleTimeoutMs: 0, greetingDelayMs: 0 };
const NO_LIMITS = {
  maxClients: 0,
  maxClientsPerAddress: 0,
  exemptAddresses: [],
  trustedProxies: [],
  rateLimit: 0,
  rateBurst: 50,
};

export class World {
  readonly clock: ManualClock;
  readonly hub: Hub;
  readonly accounts: AccountStore;
  readonly history: CommittingHistory;
  /** Its hashes are pending until a test calls `hashed`. */
  readonly hasher = new SlowHasher();
  readonly connections: ConnectionManager;
  /** The events that the observers received, in order. */
  readonly seen: { readonly event: HubEvent; readonly by: ClientInfo }[] = [];
  readonly errors: unknown[] = [];
  /** The counts of refused connections that were closed without a reason, as the log receives them. */
  readonly turnedAway: number[] = [];
  /** Makes the conversation of a new connection. */
  readonly newConversation: () => Conversation;
  readonly hasOwnHeartbeat: boolean;
  #deferred: (() => void)[] = [];
  #sequencer: CopyingSequencer | null = null;
  /** Holds back the commits of turns; null unless `storesLater`. */
  readonly disk: SlowStore | null;

  constructor(options: WorldOptions = {}) {
    const history = options.history ?? new MemoryHistory();
    const accounts = options.accounts ?? AccountStore.inMemory();
    this.accounts = accounts;
    this.history = history;
    this.clock = options.clock ?? new ManualClock();
    this.newConversation = () => conversationIn('lines', { maxLineBytes: options.maxLineBytes ?? 4096 });
    this.hasOwnHeartbeat = options.hasOwnHeartbeat ?? false;
    const onError = (error: unknown) => this.errors.push(error);
    const password = options.serverPassword;
    const settlesLater = options.settlesLater ?? process.env.SETTLES_LATER === 'yes';
    const defer = settlesLater ? (run: () => void) => this.#deferred.push(run) : null;
    const store = new DirectStore(history, accounts);
    const storesLater = options.storesLater ?? process.env.STORES_LATER === 'yes';
    this.disk = storesLater ? new SlowStore(store, (run) => this.#deferred.push(run)) : null;
    const { hub, connections } = createChat({
      settings: {
        writeQueueBytes: 1024 * 1024,
        announceLogin: false,
        presenceLimit: 2000,
        minPasswordLength: 8,
        ...NO_TIMEOUTS,
        ...NO_LIMITS,
        ...options,
      },
      history,
      accounts,
      store: this.disk ?? store,
      observers: [{ onEvent: (event, by) => this.seen.push({ event, by }) }],
      clock: this.clock,
      defer: (run) => this.#deferred.push(run),
      hasher: this.hasher,
      serverPasswordHash: password === undefined ? null : Promise.resolve(this.hasher.hashOf(password)),
      meter: options.meter,
      maxRefused: options.maxRefused ?? 1000,
      sequencer:
        options.sequencer ?? ((settle) => (this.#sequencer = new CopyingSequencer(settle, history, defer))),
      sessionTable: options.sessionTable,
      refreshAccounts() {},
      onError,
      onStorageError: onError,
      onTurnedAway: (count) => this.turnedAway.push(count),
    });
    this.hub = hub;
    this.connections = connections;
  }

  /** Lets nothing settle until `release`. */
  hold(): void {
    if (this.#sequencer !== null) this.#sequencer.isHeld = true;
  }

  /** As if the server had lost the others of its cluster, or found them again. */
  cut(isCut = true): void {
    if (this.#sequencer !== null) this.#sequencer.isCut = isCut;
  }

  /** Settles all that was proposed since `hold`. */
  release(): void {
    this.#sequencer?.release();
    this.settle();
  }

  /** Connects; the dialect is that of the world unless `newConversation` makes another. */
  connect(address = '10.0.0.1', newConversation = this.newConversation): Peer {
    const peer = new Peer(this, address, (transport, slot) =>
      this.connections.open(transport, rawFraming, newConversation(), slot),
    );
    this.settle();
    return peer;
  }

  /** Opens a stream that receives rooms: as text with ids unless another dialect is given. */
  subscribe(rooms: readonly string[], options: Partial<StreamOptions> = {}): Peer {
    const { address = '10.0.0.2', after = null, reader = null } = options;
    const { dialect = streamDialect('text', HIST), framing = rawFraming } = options;
    const subscription = {
      rooms: rooms.map((name) => ({ name: roomNamed(name), knownKeyHash: null })),
      after,
      reader,
    };
    const peer = new Peer(this, address, (transport, slot) =>
      this.connections.subscribe({ transport, framing, dialect, subscription }, slot),
    );
    if (options.capacity !== undefined) peer.stopReading(options.capacity);
    this.settle();
    return peer;
  }

  /** Connects and logs in, and discards the reply. */
  login(name: string): Peer {
    const peer = this.connect();
    peer.send(`LOGIN ${name}\n`);
    peer.read();
    return peer;
  }

  /** Logs in several users, one after the other. */
  logins(...names: readonly string[]): Peer[] {
    return names.map((name) => this.login(name));
  }

  /** Registers these names; the password of each is `passwordOf(name)`. */
  register(...names: readonly string[]): void {
    for (const name of names) {
      const user = parseUserName(name);
      if (user === null) throw new Error(`invalid user name: ${name}`);
      this.accounts.users.register(user, this.hasher.hashOf(passwordOf(name)), this.clock.now());
    }
    this.accounts.commit();
  }

  /** Logs in with a registered name and its password, and discards the reply. */
  async loginOwner(name: string): Promise<Peer> {
    const peer = this.connect();
    peer.send(`LOGIN ${name} ${passwordOf(name)}\n`);
    await this.hashed();
    peer.read();
    return peer;
  }

  /** Completes all pending hashes, and ends the turns that follow from them. */
  async hashed(): Promise<void> {
    await settled();
    while (this.hasher.atWork > 0) {
      await this.hasher.finish();
      this.settle();
    }
  }

  /** Advances the clock, and ends a turn after each timer. */
  wait(ms: number): void {
    this.clock.advance(ms, () => this.settle());
  }

  /** Pauses the process: timers ring late, and before input is read. */
  pause(ms: number): void {
    this.clock.pause(ms, () => this.settle());
  }

  /** Ends the turn, and the turns that follow from it. */
  settle(): void {
    while (this.pass());
  }

  /** Ends the turn alone, without those that follow from it. False if nothing was pending. */
  pass(): boolean {
    const runs = this.#deferred;
    this.#deferred = [];
    for (const run of runs) run();
    return runs.length > 0;
  }
}

/** Replaces each host that stands for an address by `host`. */
export function withoutHosts(text: string): string {
  return text.includes('.partyline') ? text.replace(/\b[a-z2-7]{10}\.partyline/g, 'host') : text;
}

export function passwordOf(name: string): string {
  return `${name}-password`;
}

function roomNamed(name: string): RoomName {
  const room = parseRoomName(name);
  if (room === null) throw new Error(`invalid room name: ${name}`);
  return room;
}

/** The far end of one connection. */
export class Peer {
  readonly #world: World;
  readonly #transport: FakeTransport;

  constructor(
    world: World,
    address: string,
    open: (transport: Transport, slot: ConnectionSlot) => TransportHandler,
  ) {
    this.#world = world;
    this.#transport = new FakeTransport(address, world.hasOwnHeartbeat);
    const slot = world.connections.takeSlot(address);
    if (slot === null) this.#transport.destroy();
    else this.#transport.handler = open(this.#transport, slot);
  }

  /** Sends, and ends the turn. */
  send(text: string | Uint8Array): void {
    this.say(text);
    this.#world.settle();
  }

  /** Sends, completes the hashes that this needs, and returns what was received. */
  async ask(text: string): Promise<string> {
    this.send(text);
    await this.#world.hashed();
    return this.read();
  }

  /** Sends without ending the turn. */
  say(text: string | Uint8Array): void {
    this.#transport.deliver(Buffer.from(text));
  }

  /** Answers a ping of the transport, without sending any input. */
  answerPing(): void {
    this.#transport.handler?.onPong?.();
  }

  /** Sends the last bytes and closes the sending side, as `nc -N` does. */
  end(text = ''): void {
    this.endSide(text);
    this.#world.settle();
  }

  /** The same without ending the turn. */
  endSide(text = ''): void {
    if (text !== '') this.say(text);
    this.#transport.deliverEnd();
  }

  /** Loses the connection, as on a network failure. */
  vanish(): void {
    this.lose();
    this.#world.settle();
  }

  /** The same without ending the turn. */
  lose(): void {
    this.#transport.destroy();
  }

  /** Returns what was received since the last call. Hosts depend on a random key: each is `host`. */
  read(): string {
    return withoutHosts(this.#transport.takeReceived());
  }

  /** As `read`, without decoding. */
  readBytes(): Buffer {
    return this.#transport.takeReceivedBytes();
  }

  /** As `read`, one string per line. */
  lines(): string[] {
    return this.read().split('\n').slice(0, -1);
  }

  /** Whether the server has closed its side. */
  get closed(): boolean {
    return this.#transport.closed;
  }

  get destroyed(): boolean {
    return this.#transport.destroyed;
  }

  get paused(): boolean {
    return this.#transport.paused;
  }

  get writes(): number {
    return this.#transport.writes;
  }

  /** Bytes that the server has written and the operating system has not accepted. */
  get unsentBytes(): number {
    return this.#transport.unsentBytes;
  }

  /** Output that the operating system has not accepted, in the write queue and in the transport. */
  get unreadBytes(): number {
    return this.client?.unreadBytes ?? 0;
  }

  /** Whether the session has ended. Its last output may still be queued. */
  get isEnding(): boolean {
    return this.closed || this.client?.isEnding !== false;
  }

  /** The client of this connection in the hub; null if the connection was refused. */
  get client(): Client | null {
    const { handler } = this.#transport;
    return handler instanceof ConnectionOutput ? handler.client : null;
  }

  /** Stops reading: the operating system accepts `capacity` more bytes and then none. */
  stopReading(capacity = 0): void {
    this.#transport.capacity = capacity;
  }

  /** Acknowledges this many bytes in transit. No more are accepted, since a system frees its send buffer in lumps. */
  takeSlowly(bytes: number): void {
    this.#transport.acknowledged += bytes;
  }

  /** Reads this many more bytes, and ends the turn. */
  readSome(bytes: number): void {
    this.#transport.capacity += bytes;
    this.#transport.drain();
    this.#world.settle();
  }

  /** Reads all pending bytes, and every later one. */
  readOn(): void {
    this.#transport.capacity = Number.POSITIVE_INFINITY;
    this.#transport.drain();
    this.#world.settle();
  }
}

/** A socket in memory, with a send buffer of limited capacity. */
class FakeTransport implements Transport {
  readonly address: string;
  readonly hasOwnHeartbeat: boolean;
  handler: TransportHandler | null = null;
  /** How many more bytes the operating system accepts. */
  capacity = Number.POSITIVE_INFINITY;
  writes = 0;
  closed = false;
  destroyed = false;
  paused = false;
  /** Bytes that the peer's system has acknowledged, as far as a test counts them. */
  acknowledged = 0;
  #received: Buffer[] = [];
  #pending: Buffer[] = [];
  textBytes = 0;
  /** Input that arrived while the transport was paused. */
  #undelivered: Buffer[] = [];
  #peerEnded = false;
  #isEndReported = false;

  constructor(address: string, hasOwnHeartbeat: boolean) {
    this.address = address;
    this.hasOwnHeartbeat = hasOwnHeartbeat;
  }

  get peer(): string {
    return `${this.address}:1`;
  }

  get unsentBytes(): number {
    return this.#pending.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  unackedBytes(callback: (bytes: number) => void): void {
    callback(1_000_000 - this.acknowledged);
  }

  write(output: Output): boolean {
    this.writes++;
    if (this.closed) throw new Error('write after close');
    const bytes = typeof output === 'string' ? Buffer.from(output, 'utf8') : Buffer.from(output);
    this.textBytes = bytes.length;
    this.#pending.push(bytes);
    this.#flush();
    return this.#pending.length === 0;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    while (!this.paused && this.#undelivered.length > 0)
      this.handler?.onData(this.#undelivered.shift() ?? Buffer.alloc(0));
    if (this.#peerEnded && !this.paused && !this.destroyed) this.#reportEnd();
  }

  close(): void {
    this.closed = true;
    if (this.#peerEnded && this.unsentBytes === 0) this.destroy();
  }

  destroy(): void {
    if (this.destroyed) return;
    this.closed = true;
    this.destroyed = true;
    this.handler?.onClose();
  }

  deliver(bytes: Buffer): void {
    if (this.destroyed) return;
    if (this.paused) this.#undelivered.push(bytes);
    else this.handler?.onData(bytes);
  }

  deliverEnd(): void {
    this.#peerEnded = true;
    if (!this.paused) this.#reportEnd();
  }

  drain(): void {
    if (this.#pending.length === 0) return;
    this.#flush();
    if (this.#pending.length === 0) this.handler?.onDrain();
  }

  takeReceived(): string {
    return this.takeReceivedBytes().toString();
  }

  takeReceivedBytes(): Buffer {
    const bytes = Buffer.concat(this.#received);
    this.#received = [];
    return bytes;
  }

  #reportEnd(): void {
    if (this.#isEndReported) return;
    this.#isEndReported = true;
    this.handler?.onEnd();
  }

  #flush(): void {
    for (let bytes = this.#pending.shift(); bytes !== undefined; bytes = this.#pending.shift()) {
      const accepted = Math.min(bytes.length, this.capacity);
      this.capacity -= accepted;
      if (accepted > 0) this.#received.push(bytes.subarray(0, accepted));
      if (accepted === bytes.length) continue;
      this.#pending.unshift(bytes.subarray(accepted));
      return;
    }
  }
}
