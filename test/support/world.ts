/**
 * A whole server without sockets or time: bytes in, bytes out, a turn when the test says so. Everything between is
 * the real thing.
 */
import { AccountStore } from '../../src/accounts/account-store.js';
import { createChat } from '../../src/chat.js';
import type { Conversation } from '../../src/core/dialect.js';
import type { Client } from '../../src/core/hub/client.js';
import type { HubEvent } from '../../src/core/event.js';
import type { Hub } from '../../src/core/hub/hub.js';
import type {
  TransportHandler,
  Bytes,
  HistoryStore,
  Meter,
  ClientInfo,
  Transport,
} from '../../src/core/ports.js';
import { parseUserName } from '../../src/core/text/text.js';
import { conversationIn } from '../../src/dialects/index.js';
import type { ConnectionLimitOptions } from '../../src/connection/connection-limits.js';
import { ClientConnection } from '../../src/connection/connection.js';
import type { ConnectionManager } from '../../src/connection/connection-manager.js';
import type { TimeoutSettings } from '../../src/connection/timeouts.js';
import { MemoryHistory } from '../../src/history/memory.js';
import { rawFraming } from '../../src/net/raw-framing.js';
import { ManualClock } from './manual-clock.js';
import { settled, SlowHasher } from './slow-hasher.js';

export interface WorldOptions extends Partial<ConnectionLimitOptions>, Partial<TimeoutSettings> {
  readonly history?: HistoryStore;
  readonly accounts?: AccountStore;
  readonly serverPassword?: string;
  readonly writeQueueBytes?: number;
  readonly announceLogin?: boolean;
  readonly maxLineBytes?: number;
  readonly meter?: Meter;
  /** Transports find out by themselves whether their peers live, as WebSockets do. */
  readonly hasOwnHeartbeat?: boolean;
  readonly maxRefused?: number;
}

const QUIET = { loginTimeoutMs: 0, heartbeatIntervalMs: 0, idleTimeoutMs: 0, greetingDelayMs: 0 };
const OPEN = { maxClients: 0, maxClientsPerAddress: 0, exemptAddresses: [], rateLimit: 0, rateBurst: 50 };

export class World {
  readonly clock = new ManualClock();
  readonly hub: Hub;
  readonly accounts: AccountStore;
  /** Hashes are made when a test says so: see `hashed`. */
  readonly hasher = new SlowHasher();
  readonly connections: ConnectionManager;
  /** What the witnesses saw, by kind and in order. */
  readonly seen: { readonly event: HubEvent; readonly by: ClientInfo }[] = [];
  readonly errors: unknown[] = [];
  /** How many were closed without a word, as the log is told. */
  readonly turnedAway: number[] = [];
  /** How new connections are talked with. */
  readonly converse: () => Conversation;
  readonly hasOwnHeartbeat: boolean;
  #deferred: (() => void)[] = [];

  constructor(options: WorldOptions = {}) {
    const history = options.history ?? new MemoryHistory();
    const accounts = options.accounts ?? AccountStore.inMemory();
    this.accounts = accounts;
    this.converse = () => conversationIn('lines', { maxLineBytes: options.maxLineBytes ?? 4096 });
    this.hasOwnHeartbeat = options.hasOwnHeartbeat ?? false;
    const onError = (error: unknown) => this.errors.push(error);
    const password = options.serverPassword;
    const { hub, connections } = createChat({
      settings: { writeQueueBytes: 1024 * 1024, announceLogin: false, ...QUIET, ...OPEN, ...options },
      history,
      accounts,
      observers: [{ onEvent: (event, by) => this.seen.push({ event, by }) }],
      clock: this.clock,
      defer: (run) => this.#deferred.push(run),
      hasher: this.hasher,
      serverPasswordHash: password === undefined ? null : Promise.resolve(this.hasher.hashOf(password)),
      meter: options.meter,
      maxRefused: options.maxRefused ?? 1000,
      refreshAccounts() {},
      onError,
      onStorageError: onError,
      onTurnedAway: (count) => this.turnedAway.push(count),
    });
    this.hub = hub;
    this.connections = connections;
  }

  /** `converse` is how it is talked with, if not as others are. */
  connect(address = '10.0.0.1', converse = this.converse): Peer {
    const peer = new Peer(this, address, converse);
    this.settle();
    return peer;
  }

  /** Connects and logs in; what the server says to that is read. */
  login(name: string): Peer {
    const peer = this.connect();
    peer.send(`LOGIN ${name}\n`);
    peer.read();
    return peer;
  }

  /** Several logins at once. */
  logins(...names: readonly string[]): Peer[] {
    return names.map((name) => this.login(name));
  }

  /** These names are registered; the password of each is the name and `-password`. */
  register(...names: readonly string[]): void {
    for (const name of names) {
      const user = parseUserName(name);
      if (user === null) throw new Error(`${name} is no name`);
      this.accounts.users.register(user, this.hasher.hashOf(passwordOf(name)), this.clock.now());
    }
  }

  /** Logs in by a registered name. */
  async loginOwner(name: string): Promise<Peer> {
    const peer = this.connect();
    peer.send(`LOGIN ${name} ${passwordOf(name)}\n`);
    await this.hashed();
    peer.read();
    return peer;
  }

  /** Makes all the hashes that are waited for, and lets the turns end that this brings. */
  async hashed(): Promise<void> {
    await settled();
    while (this.hasher.atWork > 0) {
      await this.hasher.finish();
      this.settle();
    }
  }

  /** Lets time pass. */
  wait(ms: number): void {
    this.clock.advance(ms, () => this.settle());
  }

  /** Ends the turn, and the turns that this brings. */
  settle(): void {
    for (let run = this.#deferred.shift(); run !== undefined; run = this.#deferred.shift()) run();
  }
}

export function passwordOf(name: string): string {
  return `${name}-password`;
}

/** The far end of one connection. */
export class Peer {
  readonly #world: World;
  readonly #wire: FakeTransport;

  constructor(world: World, address: string, converse: () => Conversation) {
    this.#world = world;
    this.#wire = new FakeTransport(address, world.hasOwnHeartbeat);
    const slot = world.connections.takeSlot(address);
    if (slot === null) this.#wire.destroy();
    else this.#wire.handler = world.connections.open(this.#wire, rawFraming, converse(), slot);
  }

  /** Sends, and lets the turn end. */
  send(text: string | Uint8Array): void {
    this.say(text);
    this.#world.settle();
  }

  /** Sends, and has all hashes made that this asks for. What comes of it is read. */
  async ask(text: string): Promise<string> {
    this.send(text);
    await this.#world.hashed();
    return this.read();
  }

  /** Sends; the turn goes on. */
  say(text: string | Uint8Array): void {
    this.#wire.arrive(Buffer.from(text));
  }

  /** Shows that it lives, and says nothing. */
  answerPing(): void {
    this.#wire.handler?.onPong?.();
  }

  /** Sends its last and shuts its sending side, as `nc -N` does. */
  end(text = ''): void {
    if (text !== '') this.say(text);
    this.#wire.arriveEnd();
    this.#world.settle();
  }

  /** The network takes it. */
  vanish(): void {
    this.#wire.destroy();
    this.#world.settle();
  }

  /** What has come since the last look. */
  read(): string {
    return this.#wire.takeReceived();
  }

  lines(): string[] {
    return this.read().split('\n').slice(0, -1);
  }

  /** Whether the server has closed its side. */
  get closed(): boolean {
    return this.#wire.closed;
  }

  get destroyed(): boolean {
    return this.#wire.destroyed;
  }

  get paused(): boolean {
    return this.#wire.paused;
  }

  get writes(): number {
    return this.#wire.writes;
  }

  /** Bytes the server has handed over and the "system" has not taken. */
  get unsentBytes(): number {
    return this.#wire.unsentBytes;
  }

  /** Bytes said to it that its system has not taken, wherever they wait. */
  get unread(): number {
    return this.#client?.unreadBytes ?? 0;
  }

  /** Whether its session is over; the last that was said to it may still wait. */
  get leaving(): boolean {
    return this.closed || this.#client?.closeReason !== null;
  }

  get #client(): Client | null {
    const { handler } = this.#wire;
    return handler instanceof ClientConnection ? handler.client : null;
  }

  /** Reads nothing from now on: the system takes `room` bytes more and then none. */
  stopReading(room = 0): void {
    this.#wire.room = room;
  }

  /** Its system takes this many of the bytes that are under way, which frees no room for more: it takes in lumps. */
  takeSlowly(bytes: number): void {
    this.#wire.acknowledged += bytes;
  }

  readOn(): void {
    this.#wire.room = Number.POSITIVE_INFINITY;
    this.#wire.drain();
    this.#world.settle();
  }
}

class FakeTransport implements Transport {
  readonly address: string;
  readonly hasOwnHeartbeat: boolean;
  handler: TransportHandler | null = null;
  room = Number.POSITIVE_INFINITY;
  writes = 0;
  closed = false;
  destroyed = false;
  paused = false;
  /** Bytes that the far system has taken, where a test counts them. */
  acknowledged = 0;
  #received: Buffer[] = [];
  #waiting: Buffer[] = [];
  #unheard: Buffer[] = [];
  #peerEnded = false;

  constructor(address: string, hasOwnHeartbeat: boolean) {
    this.address = address;
    this.hasOwnHeartbeat = hasOwnHeartbeat;
  }

  get peer(): string {
    return `${this.address}:1`;
  }

  get unsentBytes(): number {
    return this.#waiting.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  unackedBytes(tell: (bytes: number) => void): void {
    tell(1_000_000 - this.acknowledged);
  }

  write(bytes: Bytes): boolean {
    this.writes++;
    if (this.closed) throw new Error('written to after close');
    this.#waiting.push(Buffer.from(bytes));
    this.#flush();
    return this.#waiting.length === 0;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    while (!this.paused && this.#unheard.length > 0)
      this.handler?.onData(this.#unheard.shift() ?? Buffer.alloc(0));
    if (this.#peerEnded && !this.paused && !this.destroyed) this.#tellEnded();
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

  arrive(bytes: Buffer): void {
    if (this.destroyed) return;
    if (this.paused) this.#unheard.push(bytes);
    else this.handler?.onData(bytes);
  }

  arriveEnd(): void {
    this.#peerEnded = true;
    if (!this.paused) this.#tellEnded();
  }

  drain(): void {
    if (this.#waiting.length === 0) return;
    this.#flush();
    if (this.#waiting.length === 0) this.handler?.onDrain();
  }

  takeReceived(): string {
    const text = Buffer.concat(this.#received).toString();
    this.#received = [];
    return text;
  }

  #endTold = false;

  #tellEnded(): void {
    if (this.#endTold) return;
    this.#endTold = true;
    this.handler?.onEnd();
  }

  #flush(): void {
    for (let bytes = this.#waiting.shift(); bytes !== undefined; bytes = this.#waiting.shift()) {
      const taken = Math.min(bytes.length, this.room);
      this.room -= taken;
      if (taken > 0) this.#received.push(bytes.subarray(0, taken));
      if (taken === bytes.length) continue;
      this.#waiting.unshift(bytes.subarray(taken));
      return;
    }
  }
}
