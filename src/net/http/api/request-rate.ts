/**
 * RATE_LIMIT for requests: by token, else by address, so that a client cannot evade it with many connections. A request
 * beyond the rate is held for a while, like a line that is read later, and then refused.
 */
import type { Clock } from '../../../core/ports.js';

const MAX_WAIT_MS = 5_000;
/** Above this many clients, those that may send a whole burst again are forgotten. */
const MAX_CLIENTS = 10_000;

export interface RateOptions {
  readonly clock: Clock;
  /** Lines per second (0 = no limit), and at once. */
  readonly rateLimit: number;
  readonly rateBurst: number;
}

export class RequestRate {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #toleranceMs: number;
  /** When each client has a whole burst again, in milliseconds of the monotonic clock. */
  readonly #fullAt = new Map<string, number>();

  constructor({ clock, rateLimit, rateBurst }: RateOptions) {
    this.#clock = clock;
    this.#intervalMs = rateLimit === 0 ? 0 : 1000 / rateLimit;
    this.#toleranceMs = (Math.max(1, rateBurst) - 1) * this.#intervalMs;
  }

  /**
   * Admits a request of a client: at once, or after a wait. Returns null then, else the seconds until another try.
   * `client` is null for one without a limit.
   */
  async admit(client: string | null): Promise<number | null> {
    if (client === null || this.#intervalMs === 0) return null;
    const now = this.#clock.elapsed();
    const fullAt = Math.max(now, this.#fullAt.get(client) ?? now);
    const waitMs = fullAt - now - this.#toleranceMs;
    if (waitMs > MAX_WAIT_MS) return Math.ceil((waitMs - MAX_WAIT_MS) / 1000);
    this.#set(client, fullAt + this.#intervalMs, now);
    if (waitMs > 0) await new Promise<void>((resolve) => this.#clock.after(waitMs, resolve));
    return null;
  }

  /** Counts further lines of an admitted request. */
  spend(client: string | null, lines: number): void {
    if (client === null || lines <= 0 || this.#intervalMs === 0) return;
    const now = this.#clock.elapsed();
    this.#set(client, Math.max(now, this.#fullAt.get(client) ?? now) + lines * this.#intervalMs, now);
  }

  #set(client: string, fullAt: number, now: number): void {
    if (this.#fullAt.size >= MAX_CLIENTS && !this.#fullAt.has(client))
      for (const [other, at] of this.#fullAt) if (at <= now) this.#fullAt.delete(other);
    this.#fullAt.set(client, fullAt);
  }
}
