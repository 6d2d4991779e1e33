/**
 * Reads the log and keeps what was not applied yet. The rules apply entries in groups and wait for the disk after each,
 * and old entries come faster than that: beyond some megabytes they are held back, or left in the log for later.
 */
import type { ReadEntry } from './batch.js';
import type { Log } from './log.js';

/** From here on the log is asked to hold entries back. */
const PAUSE_BYTES = 8 * 1024 * 1024;
const RESUME_BYTES = 1024 * 1024;
/** Beyond this, entries are dropped and read again. */
const MAX_BYTES = 32 * 1024 * 1024;

export interface QueuedEntry {
  readonly seq: number;
  /** The log's time of the entry, in milliseconds since 1970. */
  readonly at: number;
  readonly size: number;
  readonly read: ReadEntry;
}

export interface ReaderOptions {
  readonly log: Log;
  readonly decode: (bytes: Uint8Array) => ReadEntry;
  /** Runs something once this pass of the event loop is over. */
  readonly defer: (run: () => void) => void;
  /** An entry was queued. */
  readonly onArrival: (read: ReadEntry) => void;
}

export class LogReader {
  readonly #options: ReaderOptions;
  #queue: QueuedEntry[] = [];
  #bytes = 0;
  /** The last entry that was queued. */
  #arrived = 0;
  #last = 0;
  #isOpen = false;
  #isReopening = false;
  #isPaused = false;
  #isOverfull = false;
  #isClosed = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** The last entry known to be in the log. */
  get last(): number {
    return this.#last;
  }

  /** What was not taken yet, oldest first. */
  get queue(): readonly QueuedEntry[] {
    return this.#queue;
  }

  /** The log has entries up to this one. */
  noteLast(seq: number): void {
    this.#last = Math.max(this.#last, seq);
  }

  /** Begins to read after a position. A second call has no effect. */
  open(position: number): void {
    if (this.#isOpen || this.#isClosed) return;
    this.#isOpen = true;
    this.#arrived = position;
    this.#read();
  }

  /** Removes the oldest entries from the queue. */
  take(count: number): void {
    for (const { size } of this.#queue.splice(0, count)) this.#bytes -= size;
    if (this.#isPaused && this.#bytes <= RESUME_BYTES) {
      this.#isPaused = false;
      this.#options.log.resume?.();
    }
    if (this.#isOverfull && this.#bytes <= RESUME_BYTES) {
      this.#isOverfull = false;
      this.#reopen();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#queue = [];
  }

  #read(): void {
    this.#isReopening = false;
    this.#options.log.read(this.#arrived, (seq, at, bytes) => this.#onEntry(seq, at, bytes));
  }

  /** Not from within the callback of the reading that it replaces. */
  #reopen(): void {
    if (this.#isReopening || this.#isClosed) return;
    this.#isReopening = true;
    this.#options.defer(() => {
      if (!this.#isClosed) this.#read();
    });
  }

  #onEntry(seq: number, at: number, bytes: Uint8Array): void {
    if (this.#isClosed) return;
    this.noteLast(seq);
    if (seq <= this.#arrived || this.#isReopening || this.#isOverfull) return;
    if (seq !== this.#arrived + 1) {
      this.#reopen();
      return;
    }
    if (this.#bytes >= MAX_BYTES) {
      this.#isOverfull = true;
      return;
    }
    const read = this.#options.decode(bytes);
    this.#arrived = seq;
    this.#queue.push({ seq, at, size: bytes.length, read });
    this.#bytes += bytes.length;
    if (this.#bytes > PAUSE_BYTES && !this.#isPaused) {
      this.#isPaused = true;
      this.#options.log.pause?.();
    }
    this.#options.onArrival(read);
  }
}
