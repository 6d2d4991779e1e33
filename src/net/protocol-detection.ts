/** What a connection has said while its language is not known, and how long it is waited for. */
import type { Due, Visit } from '../core/ports.js';
import { type Sniffed, sniff } from './sniff.js';

export interface Patience {
  readonly wheel: { arm(item: Due, elapsed: number): void; disarm(item: Due): void };
  /** How long one that says nothing is waited for, in milliseconds; 0 for ever. */
  readonly silenceMs: number;
  /** How long a match that is only begun is waited for, in milliseconds; 0 for ever. */
  readonly loginTimeoutMs: number;
}

/** What a refused connection has to show its language in. */
const REFUSAL_MS = 300;

export class Undecided implements Due {
  armedFor = 0;
  /** All that came so far: a few bytes, as long as they match anything. */
  first: Buffer = NOTHING;
  readonly #patience: Patience;
  readonly #visit: Visit;
  readonly #decided: (sniffed: Sniffed) => void;

  /** `decided` is called once, unless `stop` comes before it. */
  constructor(patience: Patience, visit: Visit, decided: (sniffed: Sniffed) => void) {
    this.#patience = patience;
    this.#visit = visit;
    this.#decided = decided;
    this.#rearm();
  }

  /** Keeps the bytes themselves. */
  heard(bytes: Buffer): void {
    this.first = this.first.length === 0 ? bytes : Buffer.concat([this.first, bytes]);
    const sniffed = sniff(this.first);
    if (sniffed === 'undecided') this.#rearm();
    else this.decide(sniffed);
  }

  due(): void {
    this.decide('none');
  }

  decide(sniffed: Sniffed): void {
    this.stop();
    this.#decided(sniffed);
  }

  stop(): void {
    this.#patience.wheel.disarm(this);
  }

  #rearm(): void {
    const { wheel, loginTimeoutMs, silenceMs } = this.#patience;
    const waitMs =
      this.#visit.refusal !== null
        ? REFUSAL_MS
        : Math.min(
            forEver(loginTimeoutMs),
            this.first.length > 0 ? Number.POSITIVE_INFINITY : forEver(silenceMs),
          );
    wheel.disarm(this);
    wheel.arm(this, this.#visit.since + waitMs);
  }
}

function forEver(ms: number): number {
  return ms === 0 ? Number.POSITIVE_INFINITY : ms;
}

const NOTHING: Buffer = Buffer.alloc(0);
