/**
 * Pings to silent peers, so that dead ones are detected. A browser answers a ping by itself, and its page does not
 * notice.
 */
import type { Clock } from '../../core/ports.js';
import { isLate } from '../../util/late.js';

/** Silent peers are looked for this often per interval. */
const CHECKS_PER_INTERVAL = 8;

/** A connection that can ping its peer. */
export interface Pingable {
  /**
   * Pings a peer that was silent for the interval, and closes a connection whose ping has no answer for as long. A late
   * check comes after a pause of the process, when answers may be unread: both intervals begin again.
   */
  checkAlive(elapsed: number, intervalMs: number, isLate: boolean): void;
}

/** One timer for all connections, and none without a connection. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #connections = new Set<Pingable>();
  #timer: { cancel(): void } | null = null;

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  add(connection: Pingable): void {
    if (this.#intervalMs === 0) return;
    connection.checkAlive(this.#clock.elapsed(), this.#intervalMs, false);
    this.#connections.add(connection);
    this.#timer ??= this.#next();
  }

  remove(connection: Pingable): void {
    this.#connections.delete(connection);
    if (this.#connections.size > 0) return;
    this.#timer?.cancel();
    this.#timer = null;
  }

  #next(): { cancel(): void } {
    const dueAt = this.#clock.elapsed() + this.#intervalMs / CHECKS_PER_INTERVAL;
    return this.#clock.after(this.#intervalMs / CHECKS_PER_INTERVAL, () => {
      const elapsed = this.#clock.elapsed();
      const late = isLate(dueAt, elapsed);
      for (const connection of this.#connections) connection.checkAlive(elapsed, this.#intervalMs, late);
      this.#timer = this.#connections.size > 0 ? this.#next() : null;
    });
  }
}
