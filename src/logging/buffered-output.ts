/**
 * Where the log's lines go, and how they get there without keeping the chat waiting. sonic-boom, which pino brings, does
 * the same for two and a half times the CPU, and a full pipe then holds up the exit of the process.
 */
import { constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import { isatty } from 'node:tty';

/** Takes bytes to the far end without keeping anyone waiting. */
export interface OutputTarget {
  /** Calls `done` when all of the bytes are taken, or with an error when nothing more will ever be. */
  writeAll(bytes: Buffer, done: (error?: Error | null) => void): void;
  /** The last words of the process: as many of the bytes as can be written at once. */
  writeAllSync(bytes: Buffer): void;
}

/**
 * Gathers lines and carries them in chunks, at the latest 100 ms after they were written, so that `tail -f` is live.
 * A far end that does not take them costs at most 16 MiB: from then on lines are dropped, until half of it is taken;
 * `whenDropped` then says how many. A far end that is gone (`partyline | head`) costs nothing.
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
  #isGone = false;
  #isWriting = false;
  #timer: NodeJS.Timeout | null = null;
  #waiting: (() => void)[] = [];

  constructor(target: OutputTarget, maxBehindBytes = 16 * 1024 * 1024) {
    this.#target = target;
    this.#maxPendingBytes = maxBehindBytes;
  }

  write(line: string): void {
    if (this.#isFull || this.#isGone) {
      this.#droppedLines += 1;
      return;
    }
    this.#buffered += line;
    if (this.#buffered.length >= chunkLength) this.#writeNext();
    else this.#timer ??= setTimeout(() => this.#writeNext(), 100).unref();
  }

  /** Calls `done` when all that was written until now, and what follows closely, is taken. */
  flush(done: () => void): void {
    this.#waiting.push(done);
    this.#writeNext();
  }

  /** For the end of the process, when nothing asynchronous will happen any more. */
  flushNow(): void {
    this.#sealChunk();
    const waiting = this.#chunks.slice(this.#isWriting ? 1 : 0); // the first is already on its way
    this.#chunks = [];
    if (waiting.length === 0) return;
    try {
      this.#target.writeAllSync(Buffer.concat(waiting));
    } catch {
      // The far end is stuck or gone, and so are we.
    }
  }

  #writeNext(): void {
    this.#sealChunk();
    const chunk = this.#chunks[0];
    if (this.#isWriting) return;
    if (!chunk) {
      for (const done of this.#waiting.splice(0)) done();
      return;
    }
    this.#isWriting = true;
    this.#target.writeAll(chunk, (error) => {
      this.#isWriting = false;
      this.#chunks.shift();
      this.#pendingBytes -= chunk.length;
      if (error) this.#onTargetGone();
      if (this.#isFull && this.#pendingBytes <= this.#maxPendingBytes / 2) this.#reopen();
      this.#writeNext();
    });
  }

  /** Closes the gathered lines as a chunk. Kept as bytes: the parts of a string under construction take much more. */
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

  #reopen(): void {
    const lines = this.#droppedLines;
    this.#isFull = false;
    this.#droppedLines = 0;
    if (lines > 0) this.onDropped(lines);
  }

  #onTargetGone(): void {
    this.#isGone = true;
    this.#chunks = [];
    this.#pendingBytes = 0;
  }
}

const chunkLength = 65_536;

/**
 * Standard output, by its kind. A write to a file goes to Node's thread pool. A pipe or a socket that nobody reads would
 * hold such a thread for ever, and with it the exit of the process: `process.stdout` waits for these in the event
 * loop. To a terminal (Ctrl-S!) it would block, so a terminal is opened once more, not to block.
 */
export function standardOutput(): OutputTarget {
  if (isatty(1)) return fileTarget(reopened(1));
  const kind = fstatSync(1);
  return kind.isFIFO() || kind.isSocket() ? streamTarget(process.stdout) : fileTarget(1);
}

/** The same terminal without blocking; where this cannot be had (not Linux, not our own), the descriptor itself. */
function reopened(descriptor: number): number {
  try {
    return openSync(
      `/proc/self/fd/${descriptor}`,
      constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY,
    );
  } catch {
    return descriptor;
  }
}

/** A file, or a terminal that does not block. Full is not for ever: the bytes wait until there is room. */
export function fileTarget(descriptor: number): OutputTarget {
  const passing = new Set<string | undefined>(['EAGAIN', 'ENOSPC', 'EDQUOT']);
  const writeAll: OutputTarget['writeAll'] = (bytes, done) => {
    write(descriptor, bytes, 0, bytes.length, null, (error, taken) => {
      const rest = error ? bytes : bytes.subarray(taken);
      if (error && !passing.has(error.code)) done(error);
      else if (error) setTimeout(writeAll, 20, rest, done).unref();
      else if (rest.length > 0) writeAll(rest, done);
      else done();
    });
  };
  const writeAllSync = (bytes: Buffer) => {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(writeSync(descriptor, rest));
  };
  return { writeAll, writeAllSync };
}

function streamTarget(stream: NodeJS.WriteStream): OutputTarget {
  stream.on('error', () => {}); // EPIPE; `carry` is told of it too
  return {
    writeAll: (bytes, done) => void stream.write(bytes, done),
    writeAllSync: (bytes) => void stream.write(bytes),
  };
}
