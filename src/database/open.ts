/**
 * Opens `partyline.db`, the one file of persistent data: creates its folder, takes its lock, checks and migrates it. The
 * history and the accounts get the open database and define their tables as migrations.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseError, describeFailure, OTHER_FOLDER } from './database-error.js';
import { openSqlite, sqliteDriver } from './driver.js';
import { schemaVersion } from './file-header.js';
import { checkIntegrity, checkTables } from './integrity.js';
import { acquireLock } from './lock.js';
import { migrate, type Migration } from './migrate.js';
import type { Database } from './sqlite.js';
import { inTransaction } from './transaction.js';

export interface DataFile {
  readonly database: Database;
  /** A server runs on it: for a command beside it. */
  readonly isServed: boolean;
  close(): void;
}

/** A server waits this long for a command of the command line, which writes for a moment. No other program should. */
const SERVER_BUSY_TIMEOUT_MS = 250;
/** A command waits longer: a server under load writes all the time, in short transactions. */
const COMMAND_BUSY_TIMEOUT_MS = 5000;
/** A long read lets the write-ahead log grow. SQLite truncates it to this size when it starts the log again. */
const MAX_WAL_BYTES = 16 * 1024 * 1024;
/** Memory for pages of the file. The drivers have different defaults. */
const CACHE_KIB = 16_000;
/** A command holds the lock for a moment, to migrate the file. */
const LOCK_TIMEOUT_MS = 1000;

/** The path of the data file in a folder. */
export function dataFile(folder: string): string {
  return join(folder, 'partyline.db');
}

/** Opens the data file for a server, which holds the folder's lock until `close`. @throws DatabaseError */
export function openDatabase(folder: string, migrations: readonly Migration[]): DataFile {
  return describingFailures(folder, () => {
    sqliteDriver(); // without one, nothing is created
    createFolder(folder);
    const path = realDataFile(folder);
    const lock = acquireLock(dirname(path), LOCK_TIMEOUT_MS);
    if (lock === null) {
      throw new DatabaseError(
        `partyline: cannot use ${folder}: a server is already running on it; stop that server ${OTHER_FOLDER}`,
      );
    }
    try {
      const database = openLocked(path, migrations, 'server');
      return {
        database,
        isServed: false,
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

/** Opens another connection to the data file that this server has open. `path` is its `Database.name`. */
export function openAgain(path: string): Database {
  return open(path, SERVER_BUSY_TIMEOUT_MS);
}

/** Opens the data file for a command of the command line, whether a server runs on the folder or not. @throws DatabaseError */
export function openBesideServer(folder: string, migrations: readonly Migration[]): DataFile {
  return describingFailures(folder, () => {
    sqliteDriver(); // without one, nothing is created
    createFolder(folder);
    const path = realDataFile(folder);
    const lock = acquireLock(dirname(path), 0);
    if (lock === null) return openUnlocked(path, folder, migrations);
    try {
      const database = openLocked(path, migrations, 'command');
      return { database, isServed: false, close: () => void database.close() };
    } finally {
      lock.release();
    }
  });
}

/**
 * The path of the file itself, where the data file is a symbolic link. SQLite keeps the log beside the file that the link
 * leads to, so that is where the log is checked and the lock is held: two folders may lead to one file.
 */
function realDataFile(folder: string): string {
  const path = dataFile(folder);
  const link = lstatSync(path, { throwIfNoEntry: false });
  if (link?.isSymbolicLink() !== true) return path;
  if (existsSync(path)) return realpathSync(path);
  throw new DatabaseError(
    `partyline: cannot use ${path}: it is a symbolic link to a missing file; mount or restore that file, remove the link, ${OTHER_FOLDER}`,
  );
}

/** Creates parents one by one: Node's `recursive` never returns in folders that take none, such as /proc. */
function createFolder(folder: string): void {
  if (existsSync(folder)) return;
  createFolder(dirname(folder));
  try {
    mkdirSync(folder, 0o700);
  } catch (error) {
    if (!existsSync(folder)) throw error; // otherwise another program has just created it
  }
  chmodSync(folder, 0o700); // independent of the umask
}

/** With the lock held, the file may be created, checked and migrated. */
function openLocked(path: string, migrations: readonly Migration[], by: 'server' | 'command'): Database {
  const busyTimeoutMs = by === 'server' ? SERVER_BUSY_TIMEOUT_MS : COMMAND_BUSY_TIMEOUT_MS;
  if (checkIntegrity(path) === 'absent') create(path, migrations);
  // A command may read what is left in a damaged file: `partyline export`.
  else if (by === 'server') checkTables(path, busyTimeoutMs);
  const database = open(path, busyTimeoutMs);
  try {
    migrate(database, migrations);
    // An empty transaction detects a full or read-only disk now, and not at the first message.
    inTransaction(database, () => {});
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function openUnlocked(path: string, folder: string, migrations: readonly Migration[]): DataFile {
  const database = open(path, COMMAND_BUSY_TIMEOUT_MS);
  if (schemaVersion(database) !== migrations.length) {
    database.close();
    throw new DatabaseError(
      `partyline: cannot use ${folder}: its server is another version of Partyline; restart the server with this version`,
    );
  }
  return { database, isServed: true, close: () => void database.close() };
}

/** Creates the file under another name and renames it, so that an interrupted start leaves no incomplete data file. */
function create(path: string, migrations: readonly Migration[]): void {
  const unfinished = `${path}.new`;
  for (const leftover of [unfinished, `${unfinished}-journal`]) rmSync(leftover, { force: true });
  closeSync(openSync(unfinished, 'wx', 0o600));
  const database = openSqlite(unfinished, { busyTimeoutMs: COMMAND_BUSY_TIMEOUT_MS });
  try {
    migrate(database, migrations);
  } finally {
    database.close();
  }
  renameSync(unfinished, path);
}

function open(path: string, busyTimeoutMs: number): Database {
  const database = openSqlite(path, { busyTimeoutMs, mustExist: true });
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    database.pragma(`cache_size = -${CACHE_KIB}`);
    database.pragma(`journal_size_limit = ${MAX_WAL_BYTES}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function describingFailures<Result>(folder: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw describeFailure(error, folder);
  }
}
