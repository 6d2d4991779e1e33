/**
 * The one file that outlives the server, `partyline.db`: its folder, its lock, how SQLite is to treat it. Histories,
 * accounts and whatever else is kept are handed the open database, and bring their tables as migrations.
 */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { schemaVersion } from './file-header.js';
import { checkIntegrity } from './integrity.js';
import { takeLock } from './lock.js';
import { migrate, type Migration } from './migrate.js';
import { describeFailure, DatabaseError } from './database-error.js';
import type { Database } from './sqlite.js';
import { inTransaction } from './transaction.js';

export interface DataFile {
  readonly database: Database;
  close(): void;
}

/** A command on the command line writes for a moment, and is waited for; nobody else has any business in the file. */
const SERVER_BUSY_TIMEOUT_MS = 250;
/** A server under load writes all the time, in short turns. */
const COMMAND_BUSY_TIMEOUT_MS = 5000;
/** Whoever reads for long lets the log grow. It is cut to this when it begins anew. */
const MAX_WAL_BYTES = 16 * 1024 * 1024;
/** A command holds the lock for a moment, to bring the file up to date. */
const LOCK_TIMEOUT_MS = 1000;

/** Where the data file of a folder is. */
export function dataFile(folder: string): string {
  return join(folder, 'partyline.db');
}

/** For a server: the folder is its own until `close`. @throws DatabaseError */
export function openDatabase(folder: string, migrations: readonly Migration[]): DataFile {
  return explained(folder, () => {
    makeFolder(folder);
    const lock = takeLock(folder, LOCK_TIMEOUT_MS);
    if (lock === null) {
      throw new DatabaseError(
        `partyline: a server is running on ${folder} already; stop it, or choose another folder with --data-dir`,
      );
    }
    try {
      const database = openOwnDatabase(folder, migrations, SERVER_BUSY_TIMEOUT_MS);
      return {
        database,
        close() {
          database.close();
          lock.release();
        },
      };
    } catch (error) {
      lock.release();
      throw error;
    }
  });
}

/** For a command on the command line, whether a server runs on the folder or not. @throws DatabaseError */
export function openBesideServer(folder: string, migrations: readonly Migration[]): DataFile {
  return explained(folder, () => {
    makeFolder(folder);
    const lock = takeLock(folder, 0);
    if (lock === null) return openAlongside(folder, migrations);
    try {
      const database = openOwnDatabase(folder, migrations, COMMAND_BUSY_TIMEOUT_MS);
      return { database, close: () => void database.close() };
    } finally {
      lock.release();
    }
  });
}

/** One by one: Node's `recursive` tries for ever where a folder cannot be made in one that is there, as in /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, 0o700);
  } catch (error) {
    if (!existsSync(folder)) throw error; // else another program was faster
  }
  chmodSync(folder, 0o700); // whatever the umask
}

/** By whoever has the lock. */
function openOwnDatabase(folder: string, migrations: readonly Migration[], busyTimeoutMs: number): Database {
  const path = dataFile(folder);
  if (checkIntegrity(path) === 'absent') create(path, migrations);
  const database = open(path, busyTimeoutMs);
  try {
    migrate(database, migrations);
    // A disk that takes nothing is found out now, and not by whoever speaks first.
    inTransaction(database, () => {});
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function openAlongside(folder: string, migrations: readonly Migration[]): DataFile {
  const database = open(dataFile(folder), COMMAND_BUSY_TIMEOUT_MS);
  if (schemaVersion(database) !== migrations.length) {
    database.close();
    throw new DatabaseError(
      `partyline: the server that runs on ${folder} is another version of Partyline; restart it with this one`,
    );
  }
  return { database, close: () => void database.close() };
}

/** A file of this name is whole or not there, so that an empty one is never taken for a new one. */
function create(path: string, migrations: readonly Migration[]): void {
  const unfinished = `${path}.new`;
  for (const leftover of [unfinished, `${unfinished}-journal`]) rmSync(leftover, { force: true });
  closeSync(openSync(unfinished, 'wx', 0o600));
  const database = new BetterSqlite3(unfinished);
  try {
    migrate(database, migrations);
  } finally {
    database.close();
  }
  renameSync(unfinished, path);
}

function open(path: string, busyTimeoutMs: number): Database {
  const database = new BetterSqlite3(path, { timeout: busyTimeoutMs, fileMustExist: true });
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma(`journal_size_limit = ${MAX_WAL_BYTES}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function explained<Result>(folder: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw describeFailure(error, folder);
  }
}
