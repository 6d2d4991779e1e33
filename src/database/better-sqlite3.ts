/** The driver on the package better-sqlite3, a native module. It is optional: Node.js without SQLite needs it. */
import { resolve } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { codeOf } from '../util/error-code.js';
import { loadModule } from './load-module.js';
import type { Bindable, Database, Driver, Statement } from './sqlite.js';

/** Why there is no driver: the package is not installed, or its native module does not load in this Node.js. */
export type Missing = 'not installed' | 'not built for it';

export function betterSqlite3(): Driver | Missing {
  let Package: typeof BetterSqlite3;
  try {
    Package = loadModule<typeof BetterSqlite3>('better-sqlite3');
    // The package loads its native module with the first database.
    new Package(':memory:').close();
  } catch (error) {
    if (codeOf(error) === 'ERR_DLOPEN_FAILED' || isWithoutBuild(error)) return 'not built for it';
    if (codeOf(error) === 'MODULE_NOT_FOUND') return 'not installed';
    throw error;
  }
  return (path, { busyTimeoutMs, mustExist = false, isReadOnly = false }) =>
    new PackageDatabase(
      path,
      new Package(resolve(path), {
        timeout: busyTimeoutMs,
        fileMustExist: mustExist,
        readonly: isReadOnly,
      }),
    );
}

/** An error of `bindings`, without a code. */
function isWithoutBuild(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Could not locate the bindings file');
}

class PackageDatabase implements Database {
  readonly name: string;
  readonly #database: BetterSqlite3.Database;

  constructor(name: string, database: BetterSqlite3.Database) {
    this.name = name;
    this.#database = database;
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction;
  }

  prepare<Parameters extends Bindable[], Row>(sql: string): Statement<Parameters, Row> {
    return this.#database.prepare<Bindable[], Row>(sql);
  }

  prepareValue<Parameters extends Bindable[], Value>(sql: string): Statement<Parameters, Value> {
    const statement = this.#database.prepare<Bindable[], Value>(sql);
    // Only a statement that returns rows can be plucked.
    return statement.reader ? statement.pluck() : statement;
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  pragma(pragma: string): unknown {
    return this.#database.pragma(pragma, { simple: true });
  }

  close(): void {
    this.#database.close();
  }
}
