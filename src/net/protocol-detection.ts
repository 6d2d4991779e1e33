/** Collects the first bytes of a connection until they show its protocol, or until the time for it is over. */
import type { TimerTask, ConnectionSlot } from '../core/ports.js';
import { type Protocol, sniff } from './sniff.js';

export interface DetectionTimeouts {
  readonly timers: { schedule(item: TimerTask, elapsed: number): void; cancel(item: TimerTask): void };
  /** How long a client may send nothing before the fallback applies, in milliseconds; 0 = no limit. */
  readonly silenceMs: number;
  /** How long a match that has only begun may stay incomplete, in milliseconds; 0 = no limit. */
  readonly loginTimeoutMs: number;
}

/** How long a refused connection may take to show its protocol, so that the refusal is written in it. */
const REFUSAL_MS = 300;

/** A base class of what waits for a protocol, so that a login needs no further object for it. */
export abstract class ProtocolDetector<Name extends string> implements TimerTask {
  scheduledSlot = 0;
  /** All bytes received so far; only a few, as detection ends once they match nothing. */
  first: Buffer = EMPTY;
  #isDecided = false;
  /** Its deadlines begin again after a pause of the process: then `connectedAt` changes. */
  readonly slot: ConnectionSlot;
  readonly #protocols: readonly Protocol<Name>[];
  readonly #timeouts: DetectionTimeouts;

  /** Calls `onDecision` once, unless `stop` is called first. */
  constructor(protocols: readonly Protocol<Name>[], timeouts: DetectionTimeouts, slot: ConnectionSlot) {
    this.#protocols = protocols;
    this.#timeouts = timeouts;
    this.slot = slot;
    this.#reschedule();
  }

  /** Called once with the protocol; `none` if the bytes match nothing, or the time is over. */
  protected abstract onDecision(protocol: Name | 'none'): void;

  /** Nothing more is decided. */
  get isDecided(): boolean {
    return this.#isDecided;
  }

  detect(bytes: Buffer): void {
    this.keep(bytes);
    this.decideByFirst();
  }

  /** Keeps a reference to `bytes`: the caller must not reuse them. */
  protected keep(bytes: Buffer): void {
    this.first = this.first.length === 0 ? bytes : Buffer.concat([this.first, bytes]);
  }

  /** What the bytes so far show. */
  protected sniffed(): Name | 'none' | 'undecided' {
    return sniff(this.first, this.#protocols);
  }

  /** Decides by the bytes so far, or waits for more. */
  protected decideByFirst(): void {
    const sniffed = this.sniffed();
    if (sniffed === 'undecided') this.#reschedule();
    else this.decide(sniffed);
  }

  onTimer(elapsed: number, isLate: boolean): void {
    if (!isLate) {
      this.onTimeUp();
      return;
    }
    this.slot.connectedAt = elapsed;
    this.#reschedule();
  }

  protected onTimeUp(): void {
    this.decide('none');
  }

  decide(protocol: Name | 'none'): void {
    this.stop();
    this.onDecision(protocol);
  }

  stop(): void {
    this.#isDecided = true;
    this.pauseTimer();
  }

  /** No deadline applies until `decideByFirst` is called. */
  protected pauseTimer(): void {
    this.#timeouts.timers.cancel(this);
  }

  #reschedule(): void {
    const { timers } = this.#timeouts;
    timers.cancel(this);
    timers.schedule(this, this.slot.connectedAt + this.#waitMs());
  }

  #waitMs(): number {
    const { loginTimeoutMs, silenceMs } = this.#timeouts;
    if (this.slot.refusal !== null) return REFUSAL_MS;
    const loginMs = unlimitedIfZero(loginTimeoutMs);
    // The start of a binary PROXY header, or a person who presses Enter.
    const isBlank = this.first.every((byte) => byte === CR || byte === LF);
    return isBlank ? Math.min(loginMs, unlimitedIfZero(silenceMs)) : loginMs;
  }
}

function unlimitedIfZero(ms: number): number {
  return ms === 0 ? Number.POSITIVE_INFINITY : ms;
}

const CR = 13;
const LF = 10;
const EMPTY: Buffer = Buffer.alloc(0);
