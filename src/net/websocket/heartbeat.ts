/**
 * Pings for peers that are silent, so that the dead among them are found. A browser answers by itself, and shows its
 * page nothing of it.
 */
import type { Clock } from '../../core/ports.js';

/** How often in an interval the silent are looked for. */
const SWEEPS = 8;

/** A connection that can tell whether its peer lives. */
export interface Watched {
  /** Pings a peer that was silent for the interval, gives up one that has not answered for as long. */
  look(elapsed: number, intervalMs: number): void;
}

/** One timer for all connections, and none while there are none. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #watched = new Set<Watched>();
  #timer: { cancel(): void } | null = null;

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  watch(connection: Watched): void {
    if (this.#intervalMs === 0) return;
    connection.look(this.#clock.elapsed(), this.#intervalMs);
    this.#watched.add(connection);
    this.#timer ??= this.#next();
  }

  forget(connection: Watched): void {
    this.#watched.delete(connection);
    if (this.#watched.size > 0) return;
    this.#timer?.cancel();
    this.#timer = null;
  }

  #next(): { cancel(): void } {
    return this.#clock.after(this.#intervalMs / SWEEPS, () => {
      const elapsed = this.#clock.elapsed();
      for (const connection of this.#watched) connection.look(elapsed, this.#intervalMs);
      this.#timer = this.#watched.size > 0 ? this.#next() : null;
    });
  }
}
