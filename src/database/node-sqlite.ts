/** The driver on Node's own module `node:sqlite`: nothing has to be compiled or installed. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadModule } from './load-module.js';
import type { Bindable, Database, Driver, RunResult, SqlValue, Statement } from './sqlite.js';
import { codeName } from './sqlite-codes.js';

/** The part of `node:sqlite` that is used; the types of Node 20 do not have the module. */
interface NodeSqlite {
  readonly DatabaseSync: new (
    path: string,
    options?: { readonly timeout: number; readonly readOnly: boolean },
  ) => DatabaseSync;
}

interface DatabaseSync {
  /** Missing in Node.js before 22.16. */
  readonly isTransaction?: boolean;
  readonly isOpen: boolean;
  prepare<Row>(sql: string): StatementSync<Row>;
  exec(sql: string): void;
  close(): void;
}

interface StatementSync<Row> {
  run(...parameters: readonly Bindable[]): RunResult;
  get(...parameters: readonly Bindable[]): Row | undefined;
  all(...parameters: readonly Bindable[]): Row[];
  setReturnArrays(enabled: boolean): void;
  setAllowUnknownNamedParameters(enabled: boolean): void;
}

/** Null if this Node.js has no SQLite, or one without what Partyline needs: before 22.16 it has no full-text search. */
export function nodeSqlite(): Driver | null {
  const module = load();
  if (module === null || !isComplete(module)) return null;
  return (path, { busyTimeoutMs, mustExist = false, isReadOnly = false }) =>
    named(() => {
      // The module has no option for this; SQLite has one in the form of a URL.
      const location = mustExist && !isReadOnly ? `${pathToFileURL(path).href}?mode=rw` : resolve(path);
      const options = { timeout: busyTimeoutMs, readOnly: isReadOnly };
      return new NodeDatabase(path, new module.DatabaseSync(location, options));
    });
}

/** Node 22 prints a warning that the module is experimental. All that Partyline uses of it is tested there. */
function load(): NodeSqlite | null {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return loadModule<NodeSqlite>('node:sqlite');
  } catch {
    return null;
  } finally {
    process.emitWarning = emitWarning;
  }
}

function isComplete({ DatabaseSync }: NodeSqlite): boolean {
  const database = new DatabaseSync(':memory:');
  const sql = "SELECT sqlite_compileoption_used('ENABLE_FTS5') AS hasFts5";
  const hasFts5 = database.prepare<{ readonly hasFts5: number }>(sql).get()?.hasFts5 === 1;
  const isComplete = hasFts5 && database.isTransaction !== undefined;
  database.close();
  return isComplete;
}

class NodeDatabase implements Database {
  readonly name: string;
  readonly #database: DatabaseSync;

  constructor(name: string, database: DatabaseSync) {
    this.name = name;
    this.#database = database;
  }

  get inTransaction(): boolean {
    return this.#database.isTransaction ?? false;
  }

  prepare<Parameters extends Bindable[], Row>(sql: string): Statement<Parameters, Row> {
    return new RowStatement<Parameters, Row>(this.#prepare<Row>(sql));
  }

  prepareValue<Parameters extends Bindable[], Value>(sql: string): Statement<Parameters, Value> {
    const statement = this.#prepare<readonly [Value]>(sql);
    statement.setReturnArrays(true);
    return new ValueStatement<Parameters, Value>(statement);
  }

  exec(sql: string): void {
    named(() => this.#database.exec(sql));
  }

  pragma(pragma: string): unknown {
    return this.prepareValue<[], SqlValue>(`PRAGMA ${pragma}`).get();
  }

  close(): void {
    if (this.#database.isOpen) named(() => this.#database.close());
  }

  #prepare<Row>(sql: string): StatementSync<Row> {
    const statement = named(() => this.#database.prepare<Row>(sql));
    // An object may have more than the statement needs, as with better-sqlite3.
    statement.setAllowUnknownNamedParameters(true);
    return statement;
  }
}

class RowStatement<Parameters extends Bindable[], Row> implements Statement<Parameters, Row> {
  readonly #statement: StatementSync<Row>;

  constructor(statement: StatementSync<Row>) {
    this.#statement = statement;
  }

  run(...parameters: Parameters): RunResult {
    return named(() => this.#statement.run(...parameters));
  }

  get(...parameters: Parameters): Row | undefined {
    return named(() => this.#statement.get(...parameters));
  }

  all(...parameters: Parameters): Row[] {
    return named(() => this.#statement.all(...parameters));
  }
}

class ValueStatement<Parameters extends Bindable[], Value> implements Statement<Parameters, Value> {
  readonly #rows: RowStatement<Parameters, readonly [Value]>;

  constructor(statement: StatementSync<readonly [Value]>) {
    this.#rows = new RowStatement(statement);
  }

  run(...parameters: Parameters): RunResult {
    return this.#rows.run(...parameters);
  }

  get(...parameters: Parameters): Value | undefined {
    return this.#rows.get(...parameters)?.[0];
  }

  all(...parameters: Parameters): Value[] {
    return this.#rows.all(...parameters).map(([value]) => value);
  }
}

/** Gives an error of SQLite the name of its code, by which the rest of the program knows it. */
function named<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')
      throw Object.assign(error, { code: codeName(error.errcode) });
    throw error;
  }
}
