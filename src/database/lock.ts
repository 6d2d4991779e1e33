/**
 * Ensures that one server uses a data directory. The lock is SQLite's own, on an empty file: the system releases it when
 * the process ends in any way, so a crash leaves no stale lock behind.
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../util/error-code.js';
import { openSqlite } from './driver.js';

export interface Lock {
  release(): void;
}

/** Null if another process, or another server in this process, holds the lock for longer than `timeoutMs`. */
export function acquireLock(folder: string, timeoutMs: number): Lock | null {
  const path = join(folder, 'partyline.lock');
  // An existing file is not opened here: closing a file releases all POSIX locks that the process has on it.
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  const file = openSqlite(path, { busyTimeoutMs: timeoutMs });
  try {
    file.pragma('journal_mode = MEMORY'); // nothing is ever written, so no journal file is needed
    file.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    file.close();
    if (codeOf(error).startsWith('SQLITE_BUSY')) return null;
    throw error;
  }
  return { release: () => void file.close() };
}
