/**
 * The one file that outlives the server, `partyline.db`: its folder, its lock, how SQLite is to treat it. Histories,
 * accounts and whatever else is kept are handed the open database, and bring their tables as migrations.
 */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { lockedByAnother, takeLock } from './lock.js';
import { migrate, type Migration, schemaVersion } from './migrations.js';
import { explainTrouble, StoreError } from './store-error.js';

export type Database = BetterSqlite3.Database;

export interface Store {
  readonly database: Database;
  close(): void;
}

const FILE = 'partyline.db';
/** The server and the command line write in turns; neither holds the file for longer than a disk takes. */
const PATIENCE_MS = 1000;

/** For a server: the folder is its own until `close`. @throws StoreError */
export function openStore(folder: string, migrations: readonly Migration[]): Store {
  return explained(folder, () => {
    makeFolder(folder);
    const lock = takeLock(folder);
    if (lock === null) throw lockedByAnother(folder);
    try {
      const database = openDatabase(folder);
      migrate(database, migrations);
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

/** For a command on the command line, whether a server runs on the folder or not. @throws StoreError */
export function openStoreBeside(folder: string, migrations: readonly Migration[]): Store {
  return explained(folder, () => {
    makeFolder(folder);
    const lock = takeLock(folder);
    try {
      const database = openDatabase(folder);
      if (lock !== null) migrate(database, migrations);
      else if (schemaVersion(database) !== migrations.length) {
        throw new StoreError(
          `partyline: the server that runs on ${folder} is another version of Partyline; restart it with this one`,
        );
      }
      return { database, close: () => void database.close() };
    } finally {
      lock?.release();
    }
  });
}

function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700); // whatever the umask
}

function openDatabase(folder: string): Database {
  const database = new BetterSqlite3(join(folder, FILE), { timeout: PATIENCE_MS });
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
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
    throw explainTrouble(error, folder);
  }
}
