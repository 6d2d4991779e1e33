/**
 * Chooses the SQLite of this process when the first database is opened: Node's own where it has all that Partyline needs
 * (22.16 and later), else the package better-sqlite3. The other one is not loaded.
 */
import { betterSqlite3 } from './better-sqlite3.js';
import { DatabaseError } from './database-error.js';
import { moduleBase, setModuleBase } from './load-module.js';
import { nodeSqlite } from './node-sqlite.js';
import type { Driver } from './sqlite.js';

type DriverName = 'node' | 'better-sqlite3';

let forced: DriverName | null = null;
let chosen: { readonly name: DriverName; readonly driver: Driver } | null = null;

/**
 * Takes the value of SQLITE_DRIVER ('' if unset), which is not a setting: it is for tests, and to find out whether a fault is
 * the driver's. Databases that are open keep their driver. @throws DatabaseError if there is no such driver
 */
export function forceDriver(name: string): void {
  if (name !== '' && name !== 'node' && name !== 'better-sqlite3') {
    throw new DatabaseError(
      `partyline: invalid SQLITE_DRIVER ${JSON.stringify(name)}; use node or better-sqlite3, or unset it`,
    );
  }
  forced = name === '' ? null : name;
  chosen = null;
}

/** Opens a database with the driver of this process. @throws DatabaseError if there is none */
export const openSqlite: Driver = (path, options) => sqliteDriver()(path, options);

/** @throws DatabaseError if there is none */
export function sqliteDriver(): Driver {
  chosen ??= choose();
  return chosen.driver;
}

/** The driver of a process, for its other threads. */
export interface DriverChoice {
  readonly name: DriverName;
  /** Where a package is looked for: the code of a thread may be a text, which is in no folder. */
  readonly moduleBase: string;
}

/** The driver of this thread. @throws DatabaseError if there is none */
export function driverChoice(): DriverChoice {
  chosen ??= choose();
  return { name: chosen.name, moduleBase: moduleBase() };
}

/** Uses the driver that another thread has chosen. */
export function useDriver({ name, moduleBase }: DriverChoice): void {
  setModuleBase(moduleBase);
  forceDriver(name);
}

function choose(): NonNullable<typeof chosen> {
  const lacks = [];
  if (forced !== 'better-sqlite3') {
    const driver = nodeSqlite();
    if (driver !== null) return { name: 'node', driver };
    lacks.push(`Node.js ${process.version} has no SQLite with full-text search`);
  }
  let remedy = 'use Node.js 24 or later, or start the server with HISTORY=memory';
  if (forced !== 'node') {
    const driver = betterSqlite3();
    if (typeof driver === 'function') return { name: 'better-sqlite3', driver };
    lacks.push(`better-sqlite3 is ${driver}`);
    if (driver === 'not built for it') remedy = `run npm rebuild better-sqlite3, ${remedy}`;
  }
  throw new DatabaseError(`partyline: cannot open the database: ${lacks.join(', and ')}; ${remedy}`);
}
