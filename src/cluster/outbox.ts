/**
 * What a run of this server appends and has not seen come back. Proposals wait here until a batch may leave, so batches
 * grow with the load; each is appended again, in order and under its number, until it comes back.
 */
import type { Clock } from '../core/ports.js';

/** At most so many batches are on their way: one travels while the next is made. */
const MAX_IN_FLIGHT = 2;
const MAX_PROPOSALS = 500;
const MAX_BYTES = 256 * 1024;
/** The time until the first repetition. It doubles with each one. */
const FIRST_RESEND_MS = 250;
const MAX_RESEND_MS = 2000;
/** A gap is answered by repeating at once, but not sooner than so long after the last repetition. */
const MIN_RESEND_MS = 50;

export interface OutboxOptions {
  readonly clock: Clock;
  /** The bytes of the n-th entry of the run: a batch of these proposals, or its end. */
  readonly encode: (n: number, proposals: readonly string[] | 'down') => Uint8Array;
  readonly append: (bytes: Uint8Array) => void;
}

interface InFlight {
  readonly n: number;
  readonly bytes: Uint8Array;
  readonly proposalCount: number;
  readonly sentAt: number;
}

export class Outbox {
  /** How many entries were appended again, ever. */
  resentTotal = 0;
  readonly #options: OutboxOptions;
  #waiting: string[] = [];
  /** The end of the run is wanted, after all that waits. */
  #mustEnd = false;
  #inFlight: InFlight[] = [];
  #lastN = 0;
  #resentAt = Number.NEGATIVE_INFINITY;
  #resendMs = FIRST_RESEND_MS;
  #timer: { cancel(): void } | null = null;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** The proposals that have not come back. */
  get unsettledCount(): number {
    return this.#inFlight.reduce((sum, { proposalCount }) => sum + proposalCount, this.#waiting.length);
  }

  /** Adds the JSON of a proposal, for `flush`. */
  add(proposal: string): void {
    this.#waiting.push(proposal);
  }

  /** Ends the run once everything before that has left. */
  end(): void {
    this.#mustEnd = true;
    this.flush();
  }

  /** Appends what may leave. */
  flush(): void {
    while (this.#inFlight.length < MAX_IN_FLIGHT) {
      const batch = this.#takeBatch();
      if (batch === null) break;
      this.#send(batch);
    }
    this.#schedule();
  }

  /** The entry with this number came back. Returns the milliseconds that it took; null for one that is not awaited. */
  onBack(n: number): number | null {
    const sent = this.#inFlight.find((entry) => entry.n === n);
    if (sent === undefined) return null;
    this.#inFlight = this.#inFlight.filter((entry) => entry.n > n);
    this.#resendMs = FIRST_RESEND_MS;
    this.#cancel();
    this.flush();
    return this.#options.clock.elapsed() - sent.sentAt;
  }

  /** An entry came back before one that must precede it, which is probably lost. */
  onGap(): void {
    if (this.#options.clock.elapsed() - this.#resentAt >= MIN_RESEND_MS) this.#resend();
  }

  /** The run is over for this server: nothing is sent any more, except once more what may end it for the others. */
  abandon(isStillLive: boolean): void {
    this.#cancel();
    if (isStillLive) {
      this.#resend();
      this.#cancel();
      this.#options.append(this.#options.encode(this.#lastN + 1, 'down'));
    }
    this.reset();
  }

  /** Another run begins. */
  reset(): void {
    this.#cancel();
    this.#waiting = [];
    this.#inFlight = [];
    this.#mustEnd = false;
    this.#lastN = 0;
    this.#resendMs = FIRST_RESEND_MS;
  }

  #takeBatch(): readonly string[] | 'down' | null {
    if (this.#waiting.length === 0) {
      const isEnd = this.#mustEnd;
      this.#mustEnd = false;
      return isEnd ? 'down' : null;
    }
    let count = 0;
    let bytes = 0;
    for (const proposal of this.#waiting) {
      bytes += Buffer.byteLength(proposal);
      if (count > 0 && bytes > MAX_BYTES) break;
      count += 1;
      if (count === MAX_PROPOSALS) break;
    }
    return this.#waiting.splice(0, count);
  }

  #send(batch: readonly string[] | 'down'): void {
    const { clock, encode, append } = this.#options;
    const n = ++this.#lastN;
    const bytes = encode(n, batch);
    const proposalCount = batch === 'down' ? 0 : batch.length;
    this.#inFlight.push({ n, bytes, proposalCount, sentAt: clock.elapsed() });
    append(bytes);
  }

  #resend(): void {
    this.#cancel();
    this.#resentAt = this.#options.clock.elapsed();
    this.#resendMs = Math.min(MAX_RESEND_MS, this.#resendMs * 2);
    for (const { bytes } of this.#inFlight) {
      this.resentTotal += 1;
      this.#options.append(bytes);
    }
    this.#schedule();
  }

  #schedule(): void {
    if (this.#timer !== null || this.#inFlight.length === 0) return;
    this.#timer = this.#options.clock.after(this.#resendMs, () => this.#resend());
  }

  #cancel(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}
