/** Both drivers of SQLite keep one contract, and a data file moves between them, also after a kill. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { betterSqlite3 } from '../../src/database/better-sqlite3.js';
import { nodeSqlite } from '../../src/database/node-sqlite.js';
import { dataFile } from '../../src/database/open.js';
import type { Database, Driver } from '../../src/database/sqlite.js';
import { codeName } from '../../src/database/sqlite-codes.js';
import { codeOf } from '../../src/util/error-code.js';
import { launch, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

const ofPackage = betterSqlite3();
const drivers: Readonly<Record<'node' | 'better-sqlite3', Driver | null>> = {
  node: nodeSqlite(),
  'better-sqlite3': typeof ofPackage === 'function' ? ofPackage : null,
};
const available = Object.entries(drivers).filter((entry): entry is [string, Driver] => entry[1] !== null);

describe.each(available)('the driver %s', (_name, open) => {
  const opened = (sql = '') => {
    const database = open(join(temporaryFolder(), 'test.db'), { busyTimeoutMs: 0 });
    database.exec(`CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL, at INTEGER); ${sql}`);
    return database;
  };
  const codeFrom = (work: () => unknown) => {
    try {
      work();
      return 'no error';
    } catch (error) {
      return codeOf(error);
    }
  };
  /** A large text in each of some rows. */
  const fill = (database: Database) => {
    const insert = database.prepare('INSERT INTO notes (text) VALUES (?)');
    for (let row = 0; row < 100; row++) insert.run('x'.repeat(4000));
  };

  it('a driver returns rows and values, for parameters by position and by name', () => {
    const database = opened();
    const insert = database.prepare('INSERT INTO notes (text, at) VALUES (?, ?)');
    expect(Number(insert.run('one', 2 ** 53 - 1).lastInsertRowid)).toBe(1);
    insert.run('zwei 😀', null);
    const byName = database.prepare<[{ id: number; other: string }]>('SELECT * FROM notes WHERE id = @id');
    expect(byName.get({ id: 1, other: 'unused' })).toEqual({ id: 1, text: 'one', at: 2 ** 53 - 1 });
    expect(byName.all({ id: 3, other: 'unused' })).toEqual([]);
    expect(byName.get({ id: 3, other: 'unused' })).toBeUndefined();
    const texts = database.prepareValue('SELECT text, at FROM notes WHERE id >= ? ORDER BY id');
    expect(texts.all(1)).toEqual(['one', 'zwei 😀']);
    expect([texts.get(2), texts.get(3)]).toEqual(['zwei 😀', undefined]);
    expect(database.prepareValue('SELECT at FROM notes WHERE id = 2').get()).toBeNull();
    expect(database.prepare('UPDATE notes SET at = 7').run().changes).toBe(2);
    expect([database.pragma('user_version = 5'), database.pragma('user_version')]).toEqual([undefined, 5]);
  });

  it('a driver has full-text search, foreign keys and transactions', () => {
    const database = opened(
      "CREATE VIRTUAL TABLE words USING fts5(text); INSERT INTO words VALUES ('hi bob')",
    );
    expect(database.prepareValue("SELECT text FROM words WHERE words MATCH 'bob'").all()).toEqual(['hi bob']);
    expect(database.pragma('foreign_keys')).toBe(1);
    database.exec('BEGIN');
    expect(database.inTransaction).toBe(true);
    database.exec('ROLLBACK');
    expect(database.inTransaction).toBe(false);
  });

  it('a database can be closed twice', () => {
    const database = opened();
    database.close();
    database.close();
    expect(() => database.exec('SELECT 1')).toThrow();
  });

  it.each(['a b', 'file:x', '100%', 'a?mode=memory', 'a#b', 'ä\\n'])(
    'a driver opens a file named "%s"',
    (name) => {
      const path = join(temporaryFolder(), name);
      expect(codeFrom(() => open(path, { busyTimeoutMs: 0, mustExist: true }))).toBe('SQLITE_CANTOPEN');
      const created = open(path, { busyTimeoutMs: 0 });
      created.exec('CREATE TABLE notes (text)');
      created.close();
      const database = open(path, { busyTimeoutMs: 0, mustExist: true });
      expect(database.prepareValue('SELECT name FROM sqlite_schema').all()).toEqual(['notes']);
      expect([existsSync(path), database.name]).toEqual([true, path]);
      database.close();
    },
  );

  it('an error has the name of its code', () => {
    const database = opened();
    expect(codeFrom(() => database.prepare('nonsense'))).toBe('SQLITE_ERROR');
    expect(codeFrom(() => database.exec('nonsense'))).toBe('SQLITE_ERROR');
    const insert = database.prepare('INSERT INTO notes VALUES (?, ?, 0)');
    insert.run(1, 'text');
    expect(codeFrom(() => insert.run(1, 'again'))).toBe('SQLITE_CONSTRAINT_PRIMARYKEY');
    expect(codeFrom(() => insert.run(2, null))).toBe('SQLITE_CONSTRAINT_NOTNULL');
    database.pragma('query_only = 1');
    expect(codeFrom(() => insert.run(2, 'text'))).toBe('SQLITE_READONLY');
    database.pragma('query_only = 0');
    database.pragma('max_page_count = 10');
    expect(codeFrom(() => fill(database))).toBe('SQLITE_FULL');
  });

  it('names the error of a locked, a foreign and a damaged file', () => {
    const database = opened();
    fill(database);
    const other = open(database.name, { busyTimeoutMs: 0, mustExist: true });
    other.exec('BEGIN EXCLUSIVE');
    expect(codeFrom(() => database.prepare('BEGIN IMMEDIATE').run())).toBe('SQLITE_BUSY');
    expect(codeFrom(() => database.prepareValue('SELECT count(*) FROM notes').get())).toBe('SQLITE_BUSY');
    other.close();
    database.close();
    const foreign = join(temporaryFolder(), 'foreign');
    writeFileSync(foreign, 'no database '.repeat(100));
    expect(codeFrom(() => open(foreign, { busyTimeoutMs: 0 }).pragma('user_version'))).toBe('SQLITE_NOTADB');
    const pages = readFileSync(database.name);
    writeFileSync(database.name, pages.fill(7, 4096)); // all but the first page
    const damaged = open(database.name, { busyTimeoutMs: 0 });
    expect(codeFrom(() => damaged.prepareValue('SELECT count(*) FROM notes').get())).toBe('SQLITE_CORRUPT');
  });

  it('a statement waits for a locked file as long as the busy timeout', () => {
    const database = opened();
    const other = open(database.name, { busyTimeoutMs: 200, mustExist: true });
    database.exec('BEGIN EXCLUSIVE');
    const start = performance.now();
    expect(codeFrom(() => other.exec('BEGIN IMMEDIATE'))).toBe('SQLITE_BUSY');
    expect(performance.now() - start).toBeGreaterThan(150);
    database.exec('COMMIT');
    other.exec('BEGIN IMMEDIATE');
  });
});

describe('the name of a result code of SQLite', () => {
  it.each([
    [5, 'SQLITE_BUSY'],
    [261, 'SQLITE_BUSY_RECOVERY'],
    [8, 'SQLITE_READONLY'],
    [1032, 'SQLITE_READONLY_DBMOVED'],
    [10, 'SQLITE_IOERR'],
    [778, 'SQLITE_IOERR_WRITE'],
    [4874, 'SQLITE_IOERR_SHMSIZE'],
    [8714, 'SQLITE_IOERR_IN_PAGE'],
    [11, 'SQLITE_CORRUPT'],
    [779, 'SQLITE_CORRUPT_INDEX'],
    [13, 'SQLITE_FULL'],
    [14, 'SQLITE_CANTOPEN'],
    [1550, 'SQLITE_CANTOPEN_SYMLINK'],
    [26, 'SQLITE_NOTADB'],
    [28, 'SQLITE_WARNING'],
    [2067, 'SQLITE_CONSTRAINT_UNIQUE'],
    [516, 'SQLITE_ABORT_ROLLBACK'],
    [65_290, 'SQLITE_IOERR'],
    [99, 'SQLITE_UNKNOWN_99'],
  ])('%i is %s', (code, name) => {
    expect(codeName(code)).toBe(name);
  });
});

/** The ways to run the command line: this Node.js with each of its drivers, and the Node.js binaries of OTHER_NODES. */
const ways = [
  ...available.map(([name]) => ({
    title: `${process.version} ${name}`,
    node: process.execPath,
    driver: name,
  })),
  ...(process.env.OTHER_NODES ?? '')
    .split(delimiter)
    .filter((node) => node !== '')
    .map((node) => ({ title: `${node} node`, node, driver: 'node' })),
];
const pairs = ways.flatMap((one) =>
  ways.filter((other) => other.driver !== one.driver).map((other) => ({ one, other })),
);

describe.skipIf(pairs.length === 0)('a data file with a log, after a kill of its server,', () => {
  it.each(pairs)(
    'a data file with a log moves from $one.title to $other.title and back',
    { timeout: 120_000 },
    async ({ one, other }) => {
      const folder = temporaryFolder();
      for (const [turn, { node, driver }] of [one, other, one].entries()) {
        const server = await launch({ node, flags: ['--data-dir', folder], env: { SQLITE_DRIVER: driver } });
        const bob = await SocketClient.login(server.port, 'bob');
        bob.send(`MSG written ${turn}\nSEARCH written\n`);
        const found = (await bob.lines()).filter((line) => line.startsWith('HIST '));
        const written = Array.from({ length: turn + 1 }, (_, index) => `written ${index}`);
        expect(found.map((line) => line.split(' ').slice(4).join(' '))).toEqual(written);
        server.signal('SIGKILL');
        await server.exited;
        expect(existsSync(`${dataFile(folder)}-wal`)).toBe(true);
      }
    },
  );
});
