/** Ends a connection with a last text, before any protocol handles it. */
import type { ConnectionSlot, TimerTask, TransportHandler } from '../core/ports.js';
import { LINGER_MS } from '../util/linger.js';
import type { TcpConnection } from './tcp-connection.js';

export interface EndOptions {
  readonly timers: { schedule(task: TimerTask, elapsed: number): void; cancel(task: TimerTask): void };
  /** Milliseconds of the monotonic clock. */
  readonly elapsed: () => number;
}

/** Closes after LINGER_MS at most, and gives the slot back; until then the rest of the input is read and dropped. */
export function endSlowly(
  connection: TcpConnection,
  slot: ConnectionSlot,
  text: string | Uint8Array,
  options: EndOptions,
): void {
  const ending = new Ending(connection, slot, options);
  connection.handler = ending;
  options.timers.schedule(ending, options.elapsed() + LINGER_MS);
  connection.end(typeof text === 'string' ? Buffer.from(text, 'utf8') : text);
  connection.resume();
}

class Ending implements TransportHandler, TimerTask {
  scheduledSlot = 0;
  readonly #connection: TcpConnection;
  readonly #slot: ConnectionSlot;
  readonly #options: EndOptions;

  constructor(connection: TcpConnection, slot: ConnectionSlot, options: EndOptions) {
    this.#connection = connection;
    this.#slot = slot;
    this.#options = options;
  }

  onData(): void {}

  onDrain(): void {}

  onEnd(): void {}

  onClose(): void {
    this.#options.timers.cancel(this);
    this.#slot.release();
  }

  onTimer(): void {
    this.#connection.destroy();
  }
}
