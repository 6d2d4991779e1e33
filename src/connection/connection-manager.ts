/** The way in: each new connection is admitted or refused, and given someone to attend to it. */
import type { Conversation } from '../core/dialect.js';
import type { TransportHandler, Framing, Transport, ConnectionSlot } from '../core/ports.js';
import type { Admission } from './connection-limits.js';
import { Attendance, type Household } from './connection.js';

/** How long those are counted before the log hears of them. */
const COUNT_MS = 1_000;

export interface GatewayOptions extends Household {
  readonly admission: Admission;
  /** So many at a time are told why they are refused; a flood of more is closed without a word, and takes no descriptors. */
  readonly maxRefused: number;
  /** Whether an address is banned. */
  isAddressBanned(address: string): boolean;
  /** So many connections were closed without a word, in a rush of more than could be told why. */
  turnedAway(count: number): void;
}

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #present = new Set<Attendance>();
  /** Refused, and not closed yet. */
  #refused = 0;
  #turnedAway = 0;
  #counting: { cancel(): void } | null = null;
  #whenEmpty: (() => void) | null = null;

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** Counts a connection. Null turns it away without a word: so many are being told already why they may not stay. */
  enter(address: string): ConnectionSlot | null {
    const { admission, clock, maxRefused } = this.#options;
    const refusal = this.#options.isAddressBanned(address) ? 'barred' : admission.admit(address);
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
      if (refusal === null) admission.release(address);
      else this.#refused--;
    };
    return { refusal, connectedAt: clock.elapsed(), release };
  }

  /** Attends to a connection. One that may not stay is told so, in its language, and closed. */
  attend(
    transport: Transport,
    framing: Framing,
    conversation: Conversation,
    slot: ConnectionSlot,
  ): TransportHandler {
    const { admission, hub, clock } = this.#options;
    const attendance = new Attendance(this.#options, {
      transport,
      conversation,
      framing,
      bucket: admission.bucketFor(transport.address, slot.connectedAt),
      since: slot.connectedAt,
      gone: (one) => {
        this.#present.delete(one);
        slot.release();
        if (this.#present.size === 0) this.#whenEmpty?.();
      },
    });
    this.#present.add(attendance);
    if (slot.refusal === null) attendance.greet();
    else hub.detach(attendance.client, slot.refusal, clock.now());
    return attendance;
  }

  /** How many connections speak each dialect. */
  connections(): Map<string, number> {
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
    this.#options.turnedAway(count);
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
    for (const attendance of this.#present) attendance.destroy();
    this.#counting?.cancel();
    if (this.#counting !== null) this.#tellTurnedAway();
  }
}
