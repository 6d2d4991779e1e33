/** The truth of a server: the rows of its data file, read beside the running server or after its end. */
import { openSqlite } from '../../src/database/driver.js';
import { dataFile } from '../../src/database/open.js';
import type { Database } from '../../src/database/sqlite.js';
import { exportedPages } from '../../src/history/export.js';
import type { Copy, Stored } from './ledger.js';

const BUSY_TIMEOUT_MS = 10_000;

/** A server's own: its search index, which is made in steps, and what the command line leaves for it. */
const OWN_TABLES = /^(?:message_words|indexed$|sqlite_|account_changes$|damaged_packs$)/;

/** Here a server may have stored a message in a pack with others, and there as a row. */
const MESSAGE_TABLES = ['messages', 'packs'];

/** The rows of each table as JSON, sorted, by the name of the table. */
export type Tables = ReadonlyMap<string, readonly string[]>;

/** Reads the data file of a folder in one transaction. */
function reading<Result>(folder: string, read: (database: Database) => Result): Result {
  const database = openSqlite(dataFile(folder), { busyTimeoutMs: BUSY_TIMEOUT_MS, mustExist: true });
  try {
    database.exec('BEGIN');
    return read(database);
  } finally {
    database.close();
  }
}

export function copyOf(server: { readonly name: string; readonly folder: string }): Copy {
  return { server: server.name, messages: reading(server.folder, messagesOf) };
}

function messagesOf(database: Database): Stored[] {
  const pages = [...exportedPages(database, { room: null, from: null, to: null })];
  return pages.flat().map(({ id, at, room, from, text }) => ({ id, at, room: room.fold, from, text }));
}

export function isStored(folder: string, text: string): boolean {
  return reading(folder, messagesOf).some((message) => message.text === text);
}

/** All tables that the servers of a cluster share. */
export function tablesOf(folder: string): Tables {
  return reading(folder, (database) => {
    const names = database
      .prepareValue<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .all()
      .filter((name) => !OWN_TABLES.test(name) && !MESSAGE_TABLES.includes(name));
    const rowsOf = (name: string) => database.prepare(`SELECT * FROM "${name}"`).all();
    const tables = names.map((name) => [name, rowsOf(name)] as const);
    return new Map(
      [...tables, ['messages', messagesOf(database)] as const].map(([name, rows]) => [
        name,
        rows.map((row) => JSON.stringify(row)).sort(),
      ]),
    );
  });
}

/** The first difference of each table, as sentences. */
export function tableFaults(
  servers: readonly { readonly name: string; readonly folder: string }[],
): string[] {
  const [first, ...others] = servers.map(({ name, folder }) => ({ name, tables: tablesOf(folder) }));
  if (first === undefined) return [];
  return others.flatMap(({ name, tables }) =>
    [...new Set([...first.tables.keys(), ...tables.keys()])].flatMap((table) => {
      const [own = [], other = []] = [first.tables.get(table), tables.get(table)];
      const onlyFirst = own.find((row) => !other.includes(row));
      const onlyOther = other.find((row) => !own.includes(row));
      if (onlyFirst === undefined && onlyOther === undefined && own.length === other.length) return [];
      return [
        `${table}: ${first.name} has ${onlyFirst ?? 'nothing'} where ${name} has ${onlyOther ?? 'nothing'}`,
      ];
    }),
  );
}
