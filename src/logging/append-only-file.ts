/**
 * A file that only grows, and keeps nobody waiting: a disk that is full costs a line in the log, and what was written in
 * the meantime follows when there is room. It can be opened anew, for whoever moved it away (logrotate).
 */
import { close, constants, openSync, write, writeSync } from 'node:fs';
import { type OutputTarget, BufferedOutput } from './buffered-output.js';

/** What waits for the disk, before lines are dropped. */
const MAX_PENDING_BYTES = 16 * 1024 * 1024;
const RETRY_AFTER_MS = 500;
// Not to wait for whoever reads, should it be a pipe.
const HOW = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

export interface AppendOnlyFileEvents {
  /** It cannot be written to; said once, until it heals. */
  readonly failed: (error: Error) => void;
  readonly healed: () => void;
  /** It goes on where it was. */
  readonly notReopened: (error: unknown) => void;
  /** So many lines did not fit in memory while the disk was full. */
  readonly dropped: (lines: number) => void;
}

export class AppendOnlyFile {
  readonly #path: string;
  readonly #reports: AppendOnlyFileEvents;
  readonly #output: BufferedOutput;
  #descriptor: number;
  /** Opened already, and to be used from the next write on. */
  #successor: number | null = null;
  #isFailing = false;
  #closed: Promise<void> | null = null;
  #isOver = false;

  /** @throws the system's error if it cannot be opened. */
  constructor(path: string, reports: AppendOnlyFileEvents) {
    this.#path = path;
    this.#reports = reports;
    this.#descriptor = openSync(path, HOW, 0o600);
    const target: OutputTarget = {
      writeAll: (bytes, done) => this.#writeAll(bytes, done),
      writeAllSync: (bytes) => void writeSync(this.#descriptor, bytes),
    };
    this.#output = new BufferedOutput(target, MAX_PENDING_BYTES);
    this.#output.onDropped = (lines) => reports.dropped(lines);
  }

  write(line: string): void {
    this.#output.write(line);
  }

  /** Goes on in a file of the same name; if there can be none, in the one it has. */
  reopen(): void {
    if (this.#closed !== null) return;
    try {
      const opened = openSync(this.#path, HOW, 0o600);
      if (this.#successor !== null) close(this.#successor);
      this.#successor = opened;
    } catch (error) {
      this.#reports.notReopened(error);
    }
  }

  /** Writes what is left, if that can be done in time. A second time changes nothing. */
  close(withinMs: number): Promise<void> {
    this.#closed ??= this.#end(withinMs);
    return this.#closed;
  }

  async #end(withinMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#output.flush(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.#output.flushNow();
    this.#isOver = true;
    this.#takeSuccessor();
    close(this.#descriptor);
  }

  #writeAll(bytes: Buffer, done: () => void): void {
    if (this.#isOver) return; // the number of the descriptor may be another file's by now
    this.#takeSuccessor();
    write(this.#descriptor, bytes, 0, bytes.length, null, (error, taken) => {
      const rest = error ? bytes : bytes.subarray(taken);
      if (error) {
        this.#fail(error);
        setTimeout(() => this.#writeAll(rest, done), RETRY_AFTER_MS).unref();
        return;
      }
      if (rest.length > 0) {
        this.#writeAll(rest, done);
        return;
      }
      this.#heal();
      done();
    });
  }

  #takeSuccessor(): void {
    if (this.#successor === null) return;
    close(this.#descriptor);
    this.#descriptor = this.#successor;
    this.#successor = null;
  }

  #fail(error: Error): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#reports.failed(error);
  }

  #heal(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#reports.healed();
  }
}
