import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { dataFile, openDatabase, openBesideServer } from '../../src/database/open.js';
import type { Migration } from '../../src/database/migrate.js';
import { inTransaction } from '../../src/database/transaction.js';
import { temporaryFolder } from '../support/folders.js';

const first: Migration = { brings: 'notes', sql: 'CREATE TABLE notes (text TEXT)' };
const second: Migration = { brings: 'their colour', sql: "ALTER TABLE notes ADD colour TEXT DEFAULT 'blue'" };

describe('the data file', () => {
  it('is made with its folder, for its owner alone', () => {
    const folder = join(temporaryFolder(), 'deep', 'data');
    openDatabase(folder, [first]).close();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o077).toBe(0);
  });

  it('is brought forward step by step, with what is in it', () => {
    const folder = temporaryFolder();
    const older = openDatabase(folder, [first]);
    older.database.exec("INSERT INTO notes VALUES ('kept')");
    older.close();
    const newer = openDatabase(folder, [first, second]);
    expect(newer.database.prepare('SELECT * FROM notes').all()).toEqual([{ text: 'kept', colour: 'blue' }]);
    newer.close();
    expect(() => openDatabase(folder, [first])).toThrow(/written by a newer Partyline/);
  });

  it('stays as it was if a step forward fails', () => {
    const folder = temporaryFolder();
    openDatabase(folder, [first]).close();
    const broken: Migration = { brings: 'nothing', sql: 'CREATE TABLE half (x); nonsense' };
    expect(() => openDatabase(folder, [first, broken])).toThrow();
    const store = openDatabase(folder, [first, second]);
    expect(store.database.prepare("SELECT name FROM sqlite_schema WHERE name = 'half'").all()).toEqual([]);
    store.close();
  });

  it('belongs to one server at a time', () => {
    const folder = temporaryFolder();
    const store = openDatabase(folder, [first]);
    expect(() => openDatabase(folder, [first])).toThrow(/a server is running on .* already/);
    store.close();
    openDatabase(folder, [first]).close();
  });

  it('can be used by a command while a server runs, and without one', () => {
    const folder = temporaryFolder();
    openBesideServer(folder, [first]).close();
    const server = openDatabase(folder, [first]);
    const command = openBesideServer(folder, [first]);
    inTransaction(command.database, () => command.database.exec("INSERT INTO notes VALUES ('said')"));
    expect(server.database.prepare('SELECT text FROM notes').pluck().all()).toEqual(['said']);
    command.close();
    expect(() => openBesideServer(folder, [first, second])).toThrow(/another version/);
    server.close();
  });

  it('takes no harm from a start that was killed before it was ready', () => {
    const folder = temporaryFolder();
    writeFileSync(`${dataFile(folder)}.new`, 'half a file');
    openDatabase(folder, [first]).close();
    expect(existsSync(`${dataFile(folder)}.new`)).toBe(false);
  });
});

describe('a transaction', () => {
  it('that fails leaves nothing behind, and the next one works', () => {
    const { database, close } = openDatabase(temporaryFolder(), [first]);
    const fail = () =>
      inTransaction(database, () => {
        database.exec("INSERT INTO notes VALUES ('lost')");
        throw new Error('no');
      });
    expect(fail).toThrow('no');
    inTransaction(database, () => database.exec("INSERT INTO notes VALUES ('kept')"));
    expect(database.prepare('SELECT text FROM notes').pluck().all()).toEqual(['kept']);
    close();
  });
});

describe('a folder that cannot be used is refused in one line', () => {
  const refusal = (folder: string) => {
    try {
      openDatabase(folder, [first]).close();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    return '';
  };

  it('a file in its place', () => {
    const path = join(temporaryFolder(), 'data');
    writeFileSync(path, '');
    expect(refusal(path)).toMatch(/^partyline: .*data is not a folder; move it away, [^\n]*$/);
  });

  it('a file above it', () => {
    const path = join(temporaryFolder(), 'file');
    writeFileSync(path, '');
    expect(refusal(join(path, 'data'))).toMatch(/is not a folder/);
  });

  it.skipIf(process.getuid?.() === 0)('one that may not be written to', () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o500);
    expect(refusal(folder)).toMatch(/cannot be written to; give the server's user the right to/);
  });

  it.skipIf(process.platform !== 'linux')('one in which nobody may make a folder', () => {
    expect(refusal('/proc/partyline/data')).toMatch(/cannot be written to/);
  });

  it('a folder in the place of the file', () => {
    const folder = temporaryFolder();
    mkdirSync(dataFile(folder));
    expect(refusal(folder)).toMatch(/partyline.db is no file; move it away/);
  });

  it('one whose file another program keeps locked', () => {
    const folder = temporaryFolder();
    openDatabase(folder, [first]).close();
    const other = new BetterSqlite3(dataFile(folder));
    other.exec('BEGIN IMMEDIATE');
    expect(refusal(folder)).toMatch(/is locked by another program/);
    other.close();
    expect(refusal(folder)).toBe('');
  });
});
