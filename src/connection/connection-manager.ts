/** Admits or refuses each new connection, and keeps the set of open ones. */
import type { Conversation } from '../core/dialect.js';
import type { ConnectionSlot, Framing, Transport, TransportHandler } from '../core/ports.js';
import type { CloseReason } from '../core/reasons.js';
import { InputQueue } from '../util/input-queue.js';
import type { ConnectionLimits } from './connection-limits.js';
import { ClientConnection, type ConnectionDeps } from './connection.js';
import { DayWatch } from './day-watch.js';
import type { ConnectionOutput } from './connection-output.js';
import { InputDispatcher, type InputDispatcherOptions } from './input-dispatcher.js';
import { SubscriberConnection, type SubscriberOptions } from './subscriber-connection.js';

/** The log gets one count of dropped connections per this time. */
const DROP_REPORT_MS = 1_000;

export interface ConnectionManagerOptions
  extends Omit<ConnectionDeps, 'dispatcher' | 'onClosed' | 'inputs'>, InputDispatcherOptions {
  readonly limits: ConnectionLimits;
  /**
   * The number of refused connections at a time that get the reason. Further ones are closed without a reply, so that a
   * flood of them does not use up the file descriptors.
   */
  readonly maxRefused: number;
  /** Runs something once all connections were polled. */
  readonly defer: (run: () => void) => void;
  isAddressBanned(address: string): boolean;
  /** Called with the number of connections that were closed without a reply. */
  onTurnedAway(count: number): void;
}

export class ConnectionManager {
  readonly #options: ConnectionManagerOptions;
  readonly #deps: ConnectionDeps;
  readonly #connections = new Set<ConnectionOutput>();
  /** Refused connections that have not closed yet. */
  #refusedCount = 0;
  #droppedCount = 0;
  #dropReport: { cancel(): void } | null = null;
  readonly #days: DayWatch;
  #onEmpty: (() => void) | null = null;

  constructor(options: ConnectionManagerOptions) {
    this.#options = options;
    this.#deps = {
      ...options,
      dispatcher: new InputDispatcher(options),
      inputs: new InputQueue(() => options.clock.elapsed(), options.defer),
      onClosed: (connection) => this.#remove(connection),
    };
    this.#days = new DayWatch(options.clock, (at) => options.hub.announceDay(at));
  }

  /** Counts a connection. Null if it must be closed without a reply: `maxRefused` refused ones are open already. */
  takeSlot(address: string): ConnectionSlot | null {
    const { limits, clock, maxRefused } = this.#options;
    const refusal = this.#options.isAddressBanned(address) ? 'barred' : limits.admit(address);
    if (refusal !== null && this.#refusedCount >= maxRefused) {
      this.#countDropped();
      this.#options.meter?.onConnectionEnd(refusal);
      return null;
    }
    if (refusal !== null) this.#refusedCount++;
    return new Slot(this.#freeSlot, address, refusal, clock.elapsed());
  }

  readonly #freeSlot = (address: string, wasAdmitted: boolean): void => {
    if (wasAdmitted) this.#options.limits.release(address);
    else this.#refusedCount--;
  };

  /** Opens the connection of a slot. A refused one gets the reason, in its dialect, and is closed. */
  open(
    transport: Transport,
    framing: Framing,
    conversation: Conversation,
    slot: ConnectionSlot,
  ): TransportHandler {
    const { limits, hub, clock } = this.#options;
    const connection = new ClientConnection(this.#deps, {
      transport,
      conversation,
      framing,
      bucket: limits.bucketFor(transport.address, slot.connectedAt),
      slot,
    });
    this.#add(connection);
    if (slot.refusal === null) connection.greet();
    else hub.detach(connection.client, slot.refusal, clock.now());
    return connection;
  }

  /** Opens a connection that only receives, in a slot that was not refused. */
  subscribe(options: SubscriberOptions, slot: ConnectionSlot): TransportHandler {
    const connection = new SubscriberConnection(this.#deps, options, slot);
    this.#add(connection);
    return connection;
  }

  countByDialect(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { client } of this.#connections)
      counts.set(client.dialect, (counts.get(client.dialect) ?? 0) + 1);
    return counts;
  }

  /** Ends every session. Settles when the last connection has closed. */
  close(): Promise<void> {
    const { hub, clock } = this.#options;
    hub.close(
      Array.from(this.#connections, ({ client }) => client),
      clock.now(),
    );
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  /** Closes the remaining connections at once. */
  destroy(): void {
    for (const connection of this.#connections) connection.destroy();
    this.#dropReport?.cancel();
    if (this.#dropReport !== null) this.#reportDropped();
  }

  #add(connection: ConnectionOutput): void {
    this.#connections.add(connection);
    this.#days.start();
  }

  #remove(connection: ConnectionOutput): void {
    this.#connections.delete(connection);
    connection.slot.release();
    if (this.#connections.size > 0) return;
    this.#days.stop();
    this.#onEmpty?.();
  }

  #countDropped(): void {
    this.#droppedCount++;
    this.#dropReport ??= this.#options.clock.after(DROP_REPORT_MS, () => this.#reportDropped());
  }

  #reportDropped(): void {
    const count = this.#droppedCount;
    this.#dropReport = null;
    this.#droppedCount = 0;
    this.#options.onTurnedAway(count);
  }
}

/** A class, so that it costs a connection one object and no closures. */
class Slot implements ConnectionSlot {
  refusal: CloseReason | null;
  connectedAt: number;
  readonly #address: string;
  readonly #wasAdmitted: boolean;
  /** Null once it is given back. */
  #free: ((address: string, wasAdmitted: boolean) => void) | null;

  constructor(
    free: (address: string, wasAdmitted: boolean) => void,
    address: string,
    refusal: CloseReason | null,
    elapsed: number,
  ) {
    this.#free = free;
    this.#address = address;
    this.refusal = refusal;
    this.#wasAdmitted = refusal === null;
    this.connectedAt = Math.ceil(elapsed);
  }

  release(): void {
    const free = this.#free;
    this.#free = null;
    free?.(this.#address, this.#wasAdmitted);
  }
}
