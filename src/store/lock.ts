/**
 * One server a data folder. The lock is SQLite's own, on a file that holds nothing: the system frees it when the
 * process ends, however it ends, so a crash leaves nothing to be cleaned up by hand.
 */
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { codeOf, StoreError } from './store-error.js';

/** A command that brings the file up to date holds the lock for a moment, and is waited for. */
const PATIENCE_MS = 1000;

export interface Lock {
  release(): void;
}

/** Null if another process, or another server in this one, has it. */
export function takeLock(folder: string): Lock | null {
  const file = new BetterSqlite3(join(folder, 'partyline.lock'), { timeout: PATIENCE_MS });
  try {
    file.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    file.close();
    if (codeOf(error).startsWith('SQLITE_BUSY')) return null;
    throw error;
  }
  return { release: () => void file.close() };
}

export function lockedByAnother(folder: string): StoreError {
  return new StoreError(
    `partyline: a server is running on ${folder} already; stop it, or choose another folder with --data-dir`,
  );
}
