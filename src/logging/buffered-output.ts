/**
 * Where the log's lines go, and how they get there without keeping the chat waiting. sonic-boom, which pino brings, does
 * the same for two and a half times the CPU, and a full pipe then holds up the exit of the process.
 */
import { constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import { isatty } from 'node:tty';

/** Takes bytes to the far end without keeping anyone waiting. */
export interface Carrier {
  /** Calls `done` when all of the bytes are taken, or with an error when nothing more will ever be. */
  carry(bytes: Buffer, done: (error?: Error | null) => void): void;
  /** The last words of the process: as many of the bytes as can be written at once. */
  carryNow(bytes: Buffer): void;
}

/**
 * Gathers lines and carries them in chunks, at the latest 100 ms after they were written, so that `tail -f` is live.
 * A far end that does not take them costs at most 16 MiB: from then on lines are dropped, until half of it is taken;
 * `whenDropped` then says how many. A far end that is gone (`partyline | head`) costs nothing.
 */
export class LogSink {
  whenDropped: (lines: number) => void = () => {};
  readonly #carrier: Carrier;
  readonly #maxBehindBytes: number;
  #gathered = '';
  #chunks: Buffer[] = [];
  #behindBytes = 0;
  #droppedLines = 0;
  #isFull = false;
  #isGone = false;
  #isCarrying = false;
  #timer: NodeJS.Timeout | null = null;
  #waiting: (() => void)[] = [];

  constructor(carrier: Carrier, maxBehindBytes = 16 * 1024 * 1024) {
    this.#carrier = carrier;
    this.#maxBehindBytes = maxBehindBytes;
  }

  write(line: string): void {
    if (this.#isFull || this.#isGone) {
      this.#droppedLines += 1;
      return;
    }
    this.#gathered += line;
    if (this.#gathered.length >= chunkLength) this.#carryOn();
    else this.#timer ??= setTimeout(() => this.#carryOn(), 100).unref();
  }

  /** Calls `done` when all that was written until now, and what follows closely, is taken. */
  flush(done: () => void): void {
    this.#waiting.push(done);
    this.#carryOn();
  }

  /** For the end of the process, when nothing asynchronous will happen any more. */
  flushNow(): void {
    this.#cut();
    const waiting = this.#chunks.slice(this.#isCarrying ? 1 : 0); // the first is already on its way
    this.#chunks = [];
    if (waiting.length === 0) return;
    try {
      this.#carrier.carryNow(Buffer.concat(waiting));
    } catch {
      // The far end is stuck or gone, and so are we.
    }
  }

  #carryOn(): void {
    this.#cut();
    const chunk = this.#chunks[0];
    if (this.#isCarrying) return;
    if (!chunk) {
      for (const done of this.#waiting.splice(0)) done();
      return;
    }
    this.#isCarrying = true;
    this.#carrier.carry(chunk, (error) => {
      this.#isCarrying = false;
      this.#chunks.shift();
      this.#behindBytes -= chunk.length;
      if (error) this.#giveUp();
      if (this.#isFull && this.#behindBytes <= this.#maxBehindBytes / 2) this.#reopen();
      this.#carryOn();
    });
  }

  /** Closes the gathered lines as a chunk. Kept as bytes: the parts of a string under construction take much more. */
  #cut(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#gathered === '') return;
    const chunk = Buffer.from(this.#gathered);
    this.#gathered = '';
    this.#chunks.push(chunk);
    this.#behindBytes += chunk.length;
    this.#isFull = this.#behindBytes >= this.#maxBehindBytes;
  }

  #reopen(): void {
    const lines = this.#droppedLines;
    this.#isFull = false;
    this.#droppedLines = 0;
    if (lines > 0) this.whenDropped(lines);
  }

  #giveUp(): void {
    this.#isGone = true;
    this.#chunks = [];
    this.#behindBytes = 0;
  }
}

const chunkLength = 65_536;

/**
 * Standard output, by its kind. A write to a file goes to Node's thread pool. A pipe or a socket that nobody reads would
 * hold such a thread for ever, and with it the exit of the process: `process.stdout` waits for these in the event
 * loop. To a terminal (Ctrl-S!) it would block, so a terminal is opened once more, not to block.
 */
export function standardOutput(): Carrier {
  if (isatty(1)) return fileCarrier(reopened(1));
  const kind = fstatSync(1);
  return kind.isFIFO() || kind.isSocket() ? streamCarrier(process.stdout) : fileCarrier(1);
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
export function fileCarrier(descriptor: number): Carrier {
  const passing = new Set<string | undefined>(['EAGAIN', 'ENOSPC', 'EDQUOT']);
  const carry: Carrier['carry'] = (bytes, done) => {
    write(descriptor, bytes, 0, bytes.length, null, (error, taken) => {
      const rest = error ? bytes : bytes.subarray(taken);
      if (error && !passing.has(error.code)) done(error);
      else if (error) setTimeout(carry, 20, rest, done).unref();
      else if (rest.length > 0) carry(rest, done);
      else done();
    });
  };
  const carryNow = (bytes: Buffer) => {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(writeSync(descriptor, rest));
  };
  return { carry, carryNow };
}

function streamCarrier(stream: NodeJS.WriteStream): Carrier {
  stream.on('error', () => {}); // EPIPE; `carry` is told of it too
  return {
    carry: (bytes, done) => void stream.write(bytes, done),
    carryNow: (bytes) => void stream.write(bytes),
  };
}
