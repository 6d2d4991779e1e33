/** Warns of an SQLite that can damage the data file. Which one there is depends on the version of Node.js. */
import type { Database } from '../database/sqlite.js';

/** Earlier ones have the "WAL-reset bug": a write and a checkpoint by two processes at one moment. */
const FIRST_SAFE = [3, 51, 3];

/** The version of the SQLite that has opened the database, such as `3.51.3`. */
export function sqliteVersion(database: Database): string {
  return String(database.prepareValue('SELECT sqlite_version()').get());
}

/** The warning about this version of SQLite; null if it is safe. */
export function oldSqliteWarning(version: string): string | null {
  const numbers = version.split('.').map(Number);
  const difference = FIRST_SAFE.map((least, part) => (numbers[part] ?? 0) - least).find((each) => each !== 0);
  if (difference === undefined || difference > 0) return null;
  return (
    `SQLite ${version} can damage the data file, in the rare case that a command and the server write at the same ` +
    'moment; use Node.js 22.22.3, 24.15 or later'
  );
}
