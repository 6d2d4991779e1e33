/**
 * A log in the memory of one process, for tests. It does everything that an engine may do to its users: appends are
 * doubled, lost and late, so that they change their order; reading stops, repeats and leaves out entries; the tail is
 * lost; the clock of the stamps jumps. All of it is decided by `random`, so a seed repeats it.
 */
import type { Clock } from '../core/ports.js';
import type { Log } from './log.js';

/** What happens to appends and reads. Rates are between 0 and 1. */
export interface Faults {
  /** Of appends that arrive twice. */
  readonly doubled: number;
  /** Of appends that never arrive. */
  readonly dropped: number;
  /** Of deliveries that repeat an entry or leave one out. */
  readonly misread: number;
  /** An append or a delivery takes up to this long. */
  readonly maxDelayMs: number;
}

const NO_FAULTS: Faults = { doubled: 0, dropped: 0, misread: 0, maxDelayMs: 0 };
/** The second arrival of a doubled append is late by up to so many times the delay of others. */
const LATE_COPY_FACTOR = 20;

interface Stored {
  readonly at: number;
  readonly bytes: Uint8Array;
}

export class MemoryLog {
  faults: Faults = NO_FAULTS;
  /** What the stamps differ from the clock by, in milliseconds. */
  stampOffsetMs = 0;
  /** The entries up to this one were discarded, as an engine does after some days. */
  discardedUpTo = 0;
  id: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly #entries: Stored[] = [];
  readonly #connections = new Set<MemoryConnection>();

  /** `random` returns a number from 0 to below 1. */
  constructor(clock: Clock, random: () => number, id = 'memory') {
    this.clock = clock;
    this.random = random;
    this.id = id;
  }

  /** The connection of one server. */
  connect(): MemoryConnection {
    const connection = new MemoryConnection(this);
    this.#connections.add(connection);
    return connection;
  }

  get last(): number {
    return this.#entries.length;
  }

  /** The entry with this number; undefined if it is not held. */
  entry(seq: number): Stored | undefined {
    return seq > this.discardedUpTo ? this.#entries[seq - 1] : undefined;
  }

  /** Appends at once, without faults. */
  push(bytes: Uint8Array): void {
    this.#entries.push({ at: this.clock.now() + this.stampOffsetMs, bytes });
    for (const connection of this.#connections) connection.wake();
  }

  /** Loses the newest entries, although they were read: others come in their place. */
  loseTail(count: number): void {
    this.#entries.splice(Math.max(0, this.#entries.length - count));
  }

  /** A random delay of an append or a delivery in milliseconds. */
  delayMs(factor = 1): number {
    return Math.floor(this.random() * (this.faults.maxDelayMs + 1)) * factor;
  }

  /** Whether something with this rate happens now. */
  happens(rate: number): boolean {
    return rate > 0 && this.random() < rate;
  }

  forget(connection: MemoryConnection): void {
    this.#connections.delete(connection);
  }
}

export class MemoryConnection implements Log {
  readonly #log: MemoryLog;
  #cursor = 0;
  #onEntry: ((seq: number, at: number, bytes: Uint8Array) => void) | null = null;
  #isScheduled = false;
  #isClosed = false;
  /** Appends are lost. */
  #isWriterCut = false;
  /** Nothing is delivered. */
  #isReaderCut = false;

  constructor(log: MemoryLog) {
    this.#log = log;
  }

  append(bytes: Uint8Array): void {
    const log = this.#log;
    if (this.#isWriterCut || this.#isClosed || log.happens(log.faults.dropped)) return;
    const copy = Uint8Array.from(bytes);
    const arrive = (): void => {
      if (!this.#isClosed) log.push(copy);
    };
    log.clock.after(log.delayMs(), arrive);
    if (log.happens(log.faults.doubled)) log.clock.after(log.delayMs(LATE_COPY_FACTOR), arrive);
  }

  read(after: number, onEntry: (seq: number, at: number, bytes: Uint8Array) => void): void {
    this.#cursor = Math.max(after, this.#log.discardedUpTo);
    this.#onEntry = onEntry;
    this.wake();
  }

  ends(): Promise<{ first: number; last: number; id: string }> {
    const { discardedUpTo, last, id } = this.#log;
    return this.#answer({ first: discardedUpTo + 1, last, id });
  }

  at(seq: number): Promise<Uint8Array | null> {
    return this.#answer(this.#log.entry(seq)?.bytes ?? null);
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.crash();
    return Promise.resolve();
  }

  /** The server stops. What it appended may still arrive. */
  crash(): void {
    this.#onEntry = null;
    this.#isWriterCut = true;
    this.#isReaderCut = true;
    this.#log.forget(this);
  }

  /** Cuts the connection in one direction or in both. */
  cut(what: 'reader' | 'writer' | 'both' = 'both'): void {
    if (what !== 'writer') this.#isReaderCut = true;
    if (what !== 'reader') this.#isWriterCut = true;
  }

  heal(): void {
    this.#isReaderCut = false;
    this.#isWriterCut = false;
    this.wake();
  }

  /** There may be something to deliver. */
  wake(): void {
    if (this.#isScheduled || this.#isReaderCut || this.#onEntry === null) return;
    if (this.#log.last <= this.#cursor) return;
    this.#isScheduled = true;
    this.#log.clock.after(this.#log.delayMs(), () => {
      this.#isScheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const log = this.#log;
    while (!this.#isReaderCut && this.#onEntry !== null && this.#cursor < log.last) {
      if (log.happens(log.faults.misread)) this.#misread();
      const seq = this.#cursor + 1;
      const entry = log.entry(seq);
      if (entry === undefined) return;
      this.#cursor = seq;
      this.#onEntry(seq, entry.at, entry.bytes);
      // The rest comes later, in another group.
      if (log.faults.maxDelayMs > 0 && log.random() < 0.3) break;
    }
    this.wake();
  }

  /** Goes back a few entries, or leaves one out. */
  #misread(): void {
    const log = this.#log;
    const isRepeat = log.random() < 0.5;
    const cursor = isRepeat ? this.#cursor - Math.floor(log.random() * 4) : this.#cursor + 1;
    this.#cursor = Math.min(Math.max(cursor, log.discardedUpTo), log.last - 1);
  }

  /** Answers after a while, or fails while there is no connection. */
  #answer<T>(value: T): Promise<T> {
    return new Promise((resolve, reject) => {
      const isReachable = !this.#isWriterCut && !this.#isReaderCut;
      this.#log.clock.after(this.#log.delayMs(), () => {
        if (isReachable) resolve(value);
        else reject(new Error('the log cannot be reached'));
      });
    });
  }
}
