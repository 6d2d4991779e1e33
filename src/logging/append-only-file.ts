/**
 * A file for the transcript that is only appended to and never delays the chat. While its disk is full, lines wait in
 * memory. It can be reopened after another program has moved it away (logrotate).
 */
import { close, closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { BufferedOutput } from './buffered-output.js';
import { retryingTarget } from './output-target.js';

const LF = 10;
const RETRY_AFTER_MS = 500;
// Non-blocking, since the file may be a pipe whose reader is slow.
const OPEN_FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

export interface AppendOnlyFileEvents {
  /** A write failed and is repeated; called once until it succeeds. */
  readonly onFailure: (error: Error) => void;
  /** A write succeeded after a failure. */
  readonly onRecovery: () => void;
  /** `reopen` failed; the old file stays in use. */
  readonly onReopenFailure: (error: unknown) => void;
  /** This many lines did not fit in memory during a failure. */
  readonly onDropped: (lines: number) => void;
  /** The file was closed before this many lines were written. */
  readonly onUnwritten: (lines: number) => void;
}

export class AppendOnlyFile {
  readonly #path: string;
  readonly #events: AppendOnlyFileEvents;
  readonly #output: BufferedOutput;
  #descriptor: number;
  /** The reopened file, used from the next write on: the write in progress has the old one. */
  #nextDescriptor: number | null = null;
  #isFailing = false;
  #isClosed = false;
  #closed: Promise<void> | null = null;

  /** @throws the system's error if the file cannot be opened. */
  constructor(path: string, events: AppendOnlyFileEvents) {
    this.#path = path;
    this.#events = events;
    this.#descriptor = this.#open();
    const target = retryingTarget({
      // A closed descriptor's number may belong to another file by now.
      descriptor: () => (this.#isClosed ? null : this.#switchDescriptor()),
      retryAfterMs: (error) => this.#onError(error),
    });
    this.#output = new BufferedOutput({
      ...target,
      writeAll: (bytes, done) => target.writeAll(bytes, () => this.#onWritten(done)),
    });
    this.#output.onDropped = (lines) => events.onDropped(lines);
  }

  write(line: string): void {
    this.#output.write(line);
  }

  /** Continues in a new file at the same path; in the old one if that fails, which returns false. */
  reopen(): boolean {
    if (this.#closed !== null) return false;
    try {
      const opened = this.#open(this.#descriptor);
      if (this.#nextDescriptor !== null) close(this.#nextDescriptor);
      this.#nextDescriptor = opened;
      return true;
    } catch (error) {
      this.#events.onReopenFailure(error);
      return false;
    }
  }

  /** Waits up to `withinMs` for the pending lines to be written. Further calls return the same promise. */
  close(withinMs: number): Promise<void> {
    this.#closed ??= this.#close(withinMs);
    return this.#closed;
  }

  async #close(withinMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#output.flush(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    const unwritten = this.#output.flushNow();
    if (unwritten > 0) this.#events.onUnwritten(unwritten);
    this.#isClosed = true;
    close(this.#switchDescriptor());
  }

  #open(old: number | null = null): number {
    const opened = openSync(this.#path, OPEN_FLAGS, 0o600);
    try {
      if (endsWithinLine(this.#path, opened, old)) writeSync(opened, '\n');
    } catch {
      // It may be written and not read, or its disk is full.
    }
    return opened;
  }

  #switchDescriptor(): number {
    if (this.#nextDescriptor !== null) {
      close(this.#descriptor);
      this.#descriptor = this.#nextDescriptor;
      this.#nextDescriptor = null;
    }
    return this.#descriptor;
  }

  #onError(error: Error): number {
    if (!this.#isFailing) this.#events.onFailure(error);
    this.#isFailing = true;
    return RETRY_AFTER_MS;
  }

  #onWritten(done: () => void): void {
    if (this.#isFailing) this.#events.onRecovery();
    this.#isFailing = false;
    done();
  }
}

/**
 * Whether the last line of a file has no end: its disk was full, or the machine failed. A pipe has no last line. The old
 * file may be the same one: the rest of its line is being written.
 */
function endsWithinLine(path: string, opened: number, old: number | null): boolean {
  const stat = fstatSync(opened);
  if (!stat.isFile() || stat.size === 0) return false;
  if (old !== null && fstatSync(old).ino === stat.ino) return false;
  const reader = openSync(path, constants.O_RDONLY);
  try {
    const last = Buffer.alloc(1);
    return readSync(reader, last, 0, 1, stat.size - 1) === 1 && last[0] !== LF;
  } finally {
    closeSync(reader);
  }
}
