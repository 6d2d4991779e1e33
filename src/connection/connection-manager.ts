/** The way in: each new connection is admitted or refused, and given someone to attend to it. */
import type { Conversation } from '../core/dialect.js';
import type { TransportHandler, Framing, Transport, ConnectionSlot } from '../core/ports.js';
import type { ConnectionLimits } from './connection-limits.js';
import { ClientConnection, type ConnectionDeps } from './connection.js';

/** How long those are counted before the log hears of them. */
const COUNT_MS = 1_000;

export interface ConnectionManagerOptions extends ConnectionDeps {
  readonly limits: ConnectionLimits;
  /** So many at a time are told why they are refused; a flood of more is closed without a word, and takes no descriptors. */
  readonly maxRefused: number;
  /** Whether an address is banned. */
  isAddressBanned(address: string): boolean;
  /** So many connections were closed without a word, in a rush of more than could be told why. */
  onTurnedAway(count: number): void;
}

export class ConnectionManager {
  readonly #options: ConnectionManagerOptions;
  readonly #present = new Set<ClientConnection>();
  /** Refused, and not closed yet. */
  #refused = 0;
  #turnedAway = 0;
  #counting: { cancel(): void } | null = null;
  #whenEmpty: (() => void) | null = null;

  constructor(options: ConnectionManagerOptions) {
    this.#options = options;
  }

  /** Counts a connection. Null turns it away without a word: so many are being told already why they may not stay. */
  takeSlot(address: string): ConnectionSlot | null {
    const { limits, clock, maxRefused } = this.#options;
    const refusal = this.#options.isAddressBanned(address) ? 'barred' : limits.admit(address);
    if (refusal !== null && this.#refused >= maxRefused) {
      this.#turnAway();
      this.#options.meter?.onConnectionEnd(refusal);
      return null;
    }
    if (refusal !== null) this.#refused++;
    let isHere = true;
    const release = () => {
      if (!isHere) return;
      isHere = false;
      if (refusal === null) limits.release(address);
      else this.#refused--;
    };
    return { refusal, connectedAt: clock.elapsed(), release };
  }

  /** Attends to a connection. One that may not stay is told so, in its language, and closed. */
  open(
    transport: Transport,
    framing: Framing,
    conversation: Conversation,
    slot: ConnectionSlot,
  ): TransportHandler {
    const { limits, hub, clock } = this.#options;
    const connection = new ClientConnection(this.#options, {
      transport,
      conversation,
      framing,
      bucket: limits.bucketFor(transport.address, slot.connectedAt),
      connectedAt: slot.connectedAt,
      onClosed: (one) => {
        this.#present.delete(one);
        slot.release();
        if (this.#present.size === 0) this.#whenEmpty?.();
      },
    });
    this.#present.add(connection);
    if (slot.refusal === null) connection.greet();
    else hub.detach(connection.client, slot.refusal, clock.now());
    return connection;
  }

  /** How many connections speak each dialect. */
  countByDialect(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { client } of this.#present) counts.set(client.dialect, (counts.get(client.dialect) ?? 0) + 1);
    return counts;
  }

  #turnAway(): void {
    this.#turnedAway++;
    this.#counting ??= this.#options.clock.after(COUNT_MS, () => this.#tellTurnedAway());
  }

  #tellTurnedAway(): void {
    const count = this.#turnedAway;
    this.#counting = null;
    this.#turnedAway = 0;
    this.#options.onTurnedAway(count);
  }

  /** Ends every session; settles when the last connection has closed. */
  close(): Promise<void> {
    const { hub, clock } = this.#options;
    hub.close(
      Array.from(this.#present, ({ client }) => client),
      clock.now(),
    );
    if (this.#present.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenEmpty = resolve;
    });
  }

  /** Cuts off whoever is left. */
  destroy(): void {
    for (const connection of this.#present) connection.destroy();
    this.#counting?.cancel();
    if (this.#counting !== null) this.#tellTurnedAway();
  }
}
