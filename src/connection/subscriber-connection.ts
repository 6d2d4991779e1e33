/**
 * A connection that only receives: the stream of an HTTP response. It subscribes to rooms, keeps the connection from
 * looking dead by a heartbeat, and reads nothing.
 */
import type { StreamDialect } from '../core/dialect.js';
import type { Encoders } from '../core/delivery/encoder.js';
import type { Client } from '../core/hub/client.js';
import type { Subscription } from '../core/hub/hub.js';
import type {
  Connection,
  ConnectionSlot,
  Framing,
  Output,
  Transport,
  TransportHandler,
} from '../core/ports.js';
import { ConnectionOutput, type OutputDeps } from './connection-output.js';

/** Without output for so long, a heartbeat is sent. Proxies close connections that are silent for a minute. */
const HEARTBEAT_MS = 15_000;
/** How often a server looks whether it has settled what another server has given the cursor of. */
const START_INTERVAL_MS = 100;
/** Then the cursor is taken for one of another history. */
const MAX_START_MS = 30_000;

const NEVER = Number.POSITIVE_INFINITY;

export interface SubscriberDeps extends OutputDeps {
  readonly encoders: Encoders;
}

export interface SubscriberOptions {
  readonly transport: Transport;
  readonly framing: Framing;
  readonly dialect: StreamDialect;
  readonly subscription: Subscription;
}

export class SubscriberConnection extends ConnectionOutput implements TransportHandler, Connection {
  readonly client: Client;
  protected readonly deps: SubscriberDeps;
  protected readonly transport: Transport;
  readonly #options: SubscriberOptions;
  /** When the subscription is tried to begin; Infinity once it has begun. */
  #startAt = NEVER;
  readonly #openedAt: number;
  #heartbeatAt: number;
  #peerEnded = false;

  constructor(deps: SubscriberDeps, options: SubscriberOptions, slot: ConnectionSlot) {
    super(slot);
    const { transport, framing, dialect } = options;
    const elapsed = deps.clock.elapsed();
    this.deps = deps;
    this.transport = transport;
    this.#options = options;
    this.#openedAt = elapsed;
    this.#heartbeatAt = elapsed + HEARTBEAT_MS;
    this.client = deps.hub.attach(deps.encoders.of(dialect, framing), this);
    deps.hub.answer(this.client, dialect.greeting, deps.clock.now());
    this.#start(elapsed);
    this.reschedule();
  }

  // Called by the transport.

  onData(): void {}

  /** The peer may still read: it gets what is stored. */
  onEnd(): void {
    this.#peerEnded = true;
    if (this.#startAt === NEVER) this.deps.hub.endWhenLive(this.client, this.deps.clock.now());
  }

  onClose(): void {
    this.isClosed = true;
    this.deps.timers.cancel(this);
    this.deps.hub.detach(this.client, 'lost', this.deps.clock.now());
    this.deps.onClosed(this);
  }

  // Called by the hub.

  override write(output: Output): boolean {
    this.#heartbeatAt = this.deps.clock.elapsed() + HEARTBEAT_MS;
    return super.write(output);
  }

  pause(): void {}

  resume(): void {}

  onSettled(): void {}

  protected inputTimerAt(): number {
    return this.client.isEnding ? NEVER : Math.min(this.#heartbeatAt, this.#startAt);
  }

  protected restartDeadlines(): void {}

  protected onInputTimer(elapsed: number): void {
    if (this.client.isEnding) return;
    if (elapsed >= this.#startAt) this.#start(elapsed);
    if (elapsed < this.#heartbeatAt) return;
    this.#heartbeatAt = elapsed + HEARTBEAT_MS;
    // One that does not read has output enough.
    if (!this.client.isBlocked) this.deps.hub.remind(this.client, 'heartbeat', this.deps.clock.now());
  }

  #start(elapsed: number): void {
    const { hub, clock } = this.deps;
    const { subscription, dialect } = this.#options;
    const isLast = elapsed >= this.#openedAt + MAX_START_MS;
    const start = hub.subscriptionStart(subscription, isLast);
    if (start === null) {
      this.#startAt = elapsed + START_INTERVAL_MS;
      return;
    }
    this.#startAt = NEVER;
    const now = clock.now();
    if (start.lost !== null) hub.answer(this.client, dialect.reset(start.lost), now);
    hub.subscribe(this.client, { ...subscription, after: start.after }, now);
    if (this.#peerEnded) hub.endWhenLive(this.client, now);
  }
}
