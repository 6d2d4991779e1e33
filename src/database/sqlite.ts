/**
 * The part of SQLite that Partyline uses, in a file that imports nothing, so that every part can use it. A driver
 * implements it: Node's own module (node-sqlite.ts) or the package better-sqlite3 (better-sqlite3.ts).
 *
 * Errors of SQLite have its extended code by name, such as `SQLITE_BUSY` or `SQLITE_IOERR_WRITE`. The drivers differ in
 * what Partyline never does: values that are `undefined`, booleans, NUL in texts, numbers above 2^53, too few values.
 */

export type SqlValue = string | number | null;

/** A value for a `?`; or, as the only argument, an object with the values of `@name` or `:name`. */
export type Bindable = SqlValue | object;

export interface Database {
  /** The path with which it was opened. */
  readonly name: string;
  readonly inTransaction: boolean;
  prepare<Parameters extends Bindable[] = Bindable[], Row = unknown>(sql: string): Statement<Parameters, Row>;
  /** The same, but a row is only the value of its first column. */
  prepareValue<Parameters extends Bindable[] = Bindable[], Value = SqlValue>(
    sql: string,
  ): Statement<Parameters, Value>;
  /** Runs any number of statements without parameters. */
  exec(sql: string): void;
  /** Reads or sets a pragma. Returns the first value of its first row, undefined if it has none. */
  pragma(pragma: string): unknown;
  /** Without effect on a closed database. */
  close(): void;
}

export interface Statement<Parameters extends Bindable[] = Bindable[], Row = unknown> {
  run(...parameters: Parameters): RunResult;
  /** The first row. */
  get(...parameters: Parameters): Row | undefined;
  all(...parameters: Parameters): Row[];
}

export interface RunResult {
  readonly changes: number | bigint;
  readonly lastInsertRowid: number | bigint;
}

interface OpenOptions {
  /** How long a statement waits for the lock of another connection before `SQLITE_BUSY`. */
  readonly busyTimeoutMs: number;
  /** Fails with `SQLITE_CANTOPEN` instead of creating the file. */
  readonly mustExist?: boolean;
  /** Changes nothing in the file, not even when it is closed: the log is not copied into the file then. */
  readonly isReadOnly?: boolean;
}

/** Opens a file, also one whose path begins with `file:`. */
export type Driver = (path: string, options: OpenOptions) => Database;
