/** Where buffered lines are written to: a file, a terminal or a pipe, each without blocking the event loop. */
import { constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import { isatty } from 'node:tty';

export interface OutputTarget {
  /** Calls `done` when all bytes are written, or with an error if no later write can succeed either. */
  writeAll(bytes: Buffer, done: (error?: Error | null) => void): void;
  /**
   * Writes as many of the bytes as it can without waiting, and throws if some are left. For the exit of the process.
   */
  writeAllSync(bytes: Buffer): void;
}

export interface RetryOptions {
  /** The descriptor for the next write; null if nothing may be written any more. Called only between writes. */
  readonly descriptor: () => number | null;
  /** Milliseconds until the bytes are written again after this error; null for a permanent one. */
  readonly retryAfterMs: (error: NodeJS.ErrnoException) => number | null;
}

/** Writes to a file descriptor. An incomplete write is continued, a failed one is repeated or given up. */
export function retryingTarget({ descriptor, retryAfterMs }: RetryOptions): OutputTarget {
  let current: number | null = null;
  const writeAll: OutputTarget['writeAll'] = (bytes, done) => {
    current = descriptor();
    if (current === null) return;
    write(current, bytes, 0, bytes.length, null, (error, written) => {
      const rest = error ? bytes : bytes.subarray(written);
      const retryMs = error ? retryAfterMs(error) : null;
      if (retryMs !== null) setTimeout(writeAll, retryMs, rest, done).unref();
      else if (error || rest.length === 0) done(error);
      else writeAll(rest, done);
    });
  };
  const writeAllSync = (bytes: Buffer) => {
    current ??= descriptor();
    if (current === null) return;
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(writeSync(current, rest));
  };
  return { writeAll, writeAllSync };
}

const STDOUT = 1;
const RETRY_AFTER_MS = 20;
/** A terminal stopped by Ctrl-S, or a full disk: both may take bytes again. */
const TRANSIENT = new Set<string | undefined>(['EAGAIN', 'ENOSPC', 'EDQUOT']);

/**
 * Standard output, by its kind. Node writes to a file in its thread pool. A pipe or a socket that is not read would
 * block such a thread, and with it the exit of the process; `process.stdout` writes to these in the event loop. A
 * terminal would block as well (Ctrl-S), so it is opened a second time, non-blocking.
 */
export function standardOutput(): OutputTarget {
  if (isatty(STDOUT)) return fileTarget(reopened(STDOUT));
  const kind = fstatSync(STDOUT);
  return kind.isFIFO() || kind.isSocket() ? streamTarget(process.stdout) : fileTarget(STDOUT);
}

/** A file, or a non-blocking terminal. If the disk is full, the bytes wait until it has space. */
export function fileTarget(descriptor: number): OutputTarget {
  return retryingTarget({
    descriptor: () => descriptor,
    retryAfterMs: ({ code }) => (TRANSIENT.has(code) ? RETRY_AFTER_MS : null),
  });
}

/** The same terminal, non-blocking; the descriptor itself if that is impossible (not Linux, another owner). */
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

function streamTarget(stream: NodeJS.WriteStream): OutputTarget {
  stream.on('error', () => {}); // EPIPE; the callback of `write` gets it too
  return {
    writeAll: (bytes, done) => void stream.write(bytes, done),
    writeAllSync: (bytes) => void stream.write(bytes),
  };
}
