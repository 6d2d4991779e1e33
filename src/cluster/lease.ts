/**
 * Who was heard when, by the monotonic clock of this server. Its own entries that do not come back mean that it is cut
 * off, and what it does not hear from others then means nothing. So their silence is counted only while its own entries
 * do come back, and no time in which the process did not run counts.
 */

/** What the time since the own last entry came back means. */
export type Standing = 'live' | 'cut' | 'over';

export class Lease {
  /** A live server appends a sign of life after so many milliseconds. */
  readonly aliveEveryMs: number;
  /** The standing is looked at after so many milliseconds. */
  readonly checkEveryMs: number;
  /** Without an own entry for so long, a server is cut off. */
  readonly cutAfterMs: number;
  /** After so long, its run is over, and others end it. */
  readonly overAfterMs: number;
  readonly #heardAt = new Map<string, number>();
  /** Silence is counted from here at the earliest. */
  #countedFrom: number;
  #ownAt: number;
  #checkedAt: number;

  constructor(leaseMs: number, now: number) {
    this.aliveEveryMs = leaseMs / 12;
    this.checkEveryMs = leaseMs / 48;
    this.cutAfterMs = leaseMs / 4;
    this.overAfterMs = (leaseMs * 5) / 3;
    this.#countedFrom = this.#ownAt = this.#checkedAt = now;
  }

  /** An entry of this server came back. */
  onOwn(now: number): void {
    this.#ownAt = now;
  }

  onOther(name: string, now: number): void {
    this.#heardAt.set(name, now);
  }

  /** Where this server stands. Called regularly: a call that is late shows that the process did not run. */
  check(now: number): Standing {
    const ownSilenceMs = now - this.#ownAt;
    const isCut = ownSilenceMs > this.cutAfterMs;
    if (isCut || now - this.#checkedAt > this.cutAfterMs) this.#countedFrom = now;
    this.#checkedAt = now;
    return ownSilenceMs > this.overAfterMs ? 'over' : isCut ? 'cut' : 'live';
  }

  /** Whether another server is probably cut off. */
  isSilent(name: string, now: number): boolean {
    return this.#silenceMs(name, now) > this.cutAfterMs;
  }

  /** Whether another server was silent for so long that its run is over. */
  isOver(name: string, now: number): boolean {
    return this.#silenceMs(name, now) > this.overAfterMs;
  }

  #silenceMs(name: string, now: number): number {
    const heardAt = this.#heardAt.get(name) ?? Number.NEGATIVE_INFINITY;
    return now - Math.max(heardAt, this.#countedFrom);
  }
}
