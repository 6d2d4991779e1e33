/**
 * Collects log lines in memory and writes them in chunks, so that a slow disk or pipe never delays the chat.
 * sonic-boom, which pino brings, does the same for two and a half times the CPU, and a full pipe then delays the exit
 * of the process.
 */
import type { OutputTarget } from './output-target.js';

/** A chunk of this many characters is written immediately. */
const CHUNK_LENGTH = 65_536;
/** A shorter chunk is written after this time, so that `tail -f` shows lines as they come. */
const MAX_DELAY_MS = 100;
const MAX_PENDING_BYTES = 16 * 1024 * 1024;

/**
 * Writes one chunk at a time. If the target does not take them, at most `maxPendingBytes` wait; further lines are
 * dropped until half of that is written, and `onDropped` gets their number. After a permanent error (`partyline | head`) everything is discarded.
 */
export class BufferedOutput {
  onDropped: (lines: number) => void = () => {};
  readonly #target: OutputTarget;
  readonly #maxPendingBytes: number;
  #buffered = '';
  #chunks: Buffer[] = [];
  #pendingBytes = 0;
  #droppedLines = 0;
  #isFull = false;
  #isClosed = false;
  #isWriting = false;
  #timer: NodeJS.Timeout | null = null;
  #flushCallbacks: (() => void)[] = [];

  constructor(target: OutputTarget, maxPendingBytes = MAX_PENDING_BYTES) {
    this.#target = target;
    this.#maxPendingBytes = maxPendingBytes;
  }

  write(line: string): void {
    if (this.#isFull || this.#isClosed) {
      this.#droppedLines += 1;
      return;
    }
    this.#buffered += line;
    if (this.#buffered.length >= CHUNK_LENGTH) this.#writeNext();
    else this.#timer ??= setTimeout(() => this.#writeNext(), MAX_DELAY_MS).unref();
  }

  /** Calls `done` as soon as nothing is pending: all lines until now, and those that arrive meanwhile, are written. */
  flush(done: () => void): void {
    this.#flushCallbacks.push(done);
    this.#writeNext();
  }

  /**
   * Writes what is pending synchronously, at the exit of the process, where asynchronous writes no longer run. Returns
   * how many lines are then not written, as far as is known: a target that is full may have taken some of them.
   */
  flushNow(): number {
    this.#sealChunk();
    const writing = this.#chunks.slice(0, this.#isWriting ? 1 : 0);
    const pending = this.#chunks.slice(writing.length);
    this.#chunks = [];
    try {
      if (pending.length > 0) this.#target.writeAllSync(Buffer.concat(pending));
      return countLines(writing) + this.#droppedLines;
    } catch {
      // The target is full or closed, and the process ends: nothing else can be done.
      return countLines([...writing, ...pending]) + this.#droppedLines;
    }
  }

  #writeNext(): void {
    this.#sealChunk();
    const chunk = this.#chunks[0];
    if (this.#isWriting) return;
    if (!chunk) {
      for (const done of this.#flushCallbacks.splice(0)) done();
      return;
    }
    this.#isWriting = true;
    this.#target.writeAll(chunk, (error) => {
      this.#isWriting = false;
      this.#chunks.shift();
      this.#pendingBytes -= chunk.length;
      if (error) this.#onTargetClosed();
      if (this.#isFull && this.#pendingBytes <= this.#maxPendingBytes / 2) this.#acceptAgain();
      this.#writeNext();
    });
  }

  /** Turns the collected lines into a chunk of bytes: the parts of a concatenated string take much more memory. */
  #sealChunk(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#buffered === '') return;
    const chunk = Buffer.from(this.#buffered);
    this.#buffered = '';
    this.#chunks.push(chunk);
    this.#pendingBytes += chunk.length;
    this.#isFull = this.#pendingBytes >= this.#maxPendingBytes;
  }

  #acceptAgain(): void {
    const lines = this.#droppedLines;
    this.#isFull = false;
    this.#droppedLines = 0;
    if (lines > 0) this.onDropped(lines);
  }

  #onTargetClosed(): void {
    this.#isClosed = true;
    this.#chunks = [];
    this.#pendingBytes = 0;
  }
}

function countLines(chunks: readonly Buffer[]): number {
  const LF = 10;
  let count = 0;
  for (const chunk of chunks) for (const byte of chunk) if (byte === LF) count++;
  return count;
}
