/** The SQLite driver's connection, under the name that the rest of the code uses. */
import type BetterSqlite3 from 'better-sqlite3';

export type Database = BetterSqlite3.Database;
