/** The connection type of the SQLite driver, in a file that imports nothing else, so that every part can use it. */
import type BetterSqlite3 from 'better-sqlite3';

export type Database = BetterSqlite3.Database;
