/**
 * One server a data folder. The lock is SQLite's own, on a file that holds nothing: the system frees it when the
 * process ends, however it ends, so a crash leaves nothing to be cleaned up by hand.
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { codeOf } from '../util/error-code.js';

export interface Lock {
  release(): void;
}

/** Null if another process, or another server in this one, has it and keeps it for longer than `busyTimeoutMs`. */
export function takeLock(folder: string, busyTimeoutMs: number): Lock | null {
  const path = join(folder, 'partyline.lock');
  // Not if it is there: to close a file is to lose all locks that this process has on it.
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  const file = new BetterSqlite3(path, { timeout: busyTimeoutMs });
  try {
    file.pragma('journal_mode = MEMORY'); // no journal beside it: nothing is ever written
    file.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    file.close();
    if (codeOf(error).startsWith('SQLITE_BUSY')) return null;
    throw error;
  }
  return { release: () => void file.close() };
}
