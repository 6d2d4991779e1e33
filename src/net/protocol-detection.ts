/** What a connection has said while its language is not known, and how long it is waited for. */
import type { TimerTask, ConnectionSlot } from '../core/ports.js';
import { type Sniffed, sniff } from './sniff.js';

export interface DetectionTimeouts {
  readonly timers: { schedule(item: TimerTask, elapsed: number): void; cancel(item: TimerTask): void };
  /** How long one that says nothing is waited for, in milliseconds; 0 for ever. */
  readonly silenceMs: number;
  /** How long a match that is only begun is waited for, in milliseconds; 0 for ever. */
  readonly loginTimeoutMs: number;
}

/** What a refused connection has to show its language in. */
const REFUSAL_MS = 300;

export class ProtocolDetector implements TimerTask {
  scheduledSlot = 0;
  /** All that came so far: a few bytes, as long as they match anything. */
  first: Buffer = NOTHING;
  readonly #timeouts: DetectionTimeouts;
  readonly #slot: ConnectionSlot;
  readonly #decided: (sniffed: Sniffed) => void;

  /** `decided` is called once, unless `stop` comes before it. */
  constructor(timeouts: DetectionTimeouts, slot: ConnectionSlot, decided: (sniffed: Sniffed) => void) {
    this.#timeouts = timeouts;
    this.#slot = slot;
    this.#decided = decided;
    this.#reschedule();
  }

  /** Keeps the bytes themselves. */
  onData(bytes: Buffer): void {
    this.first = this.first.length === 0 ? bytes : Buffer.concat([this.first, bytes]);
    const sniffed = sniff(this.first);
    if (sniffed === 'undecided') this.#reschedule();
    else this.decide(sniffed);
  }

  onTimer(): void {
    this.decide('none');
  }

  decide(sniffed: Sniffed): void {
    this.stop();
    this.#decided(sniffed);
  }

  stop(): void {
    this.#timeouts.timers.cancel(this);
  }

  #reschedule(): void {
    const { timers, loginTimeoutMs, silenceMs } = this.#timeouts;
    const waitMs =
      this.#slot.refusal !== null
        ? REFUSAL_MS
        : Math.min(
            forEver(loginTimeoutMs),
            this.first.length > 0 ? Number.POSITIVE_INFINITY : forEver(silenceMs),
          );
    timers.cancel(this);
    timers.schedule(this, this.#slot.connectedAt + waitMs);
  }
}

function forEver(ms: number): number {
  return ms === 0 ? Number.POSITIVE_INFINITY : ms;
}

const NOTHING: Buffer = Buffer.alloc(0);
