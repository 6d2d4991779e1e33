/** Every wound a data file can have is found before anything is written to it. */
import { createHash } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { dataFile, openDatabase } from '../../src/database/open.js';
import type { Database } from '../../src/database/sqlite.js';
import type { Migration } from '../../src/database/migrate.js';
import { inTransaction } from '../../src/database/transaction.js';
import { asAfterKill, temporaryFolder } from '../support/folders.js';

const notes: Migration = { brings: 'notes', sql: 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)' };

function addNotes(database: Database, count: number): void {
  const insert = database.prepare('INSERT INTO notes (text) VALUES (?)');
  for (let done = 0; done < count; done++) inTransaction(database, () => insert.run('x'.repeat(500)));
}

/** A folder as a killed server leaves it, its log copied into the file already, and `later` notes more in the log. */
function killedFolder({ later }: { readonly later: number }): string {
  const { database, close } = openDatabase(temporaryFolder(), [notes]);
  addNotes(database, IN_FILE);
  database.pragma('wal_checkpoint(PASSIVE)');
  addNotes(database, later);
  const killed = asAfterKill(dirname(database.name));
  close();
  return killed;
}

const IN_FILE = 50;

function refusalOf(folder: string): string {
  const before = contentsOf(folder);
  let message = '';
  try {
    openDatabase(folder, [notes]).close();
  } catch (error) {
    message = error instanceof Error ? error.message : String(error);
    expect(contentsOf(folder)).toEqual(before);
  }
  return message;
}

function contentsOf(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name !== 'partyline.lock')
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex')}`,
    );
}

function countNotes(folder: string): number {
  const { database, close } = openDatabase(folder, [notes]);
  const count = database.prepare<[], number>('SELECT count(*) FROM notes').pluck().get() ?? -1;
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  close();
  return count;
}

describe('a data file is refused and left untouched', () => {
  it.each([
    ['text', 'just some notes\n'.repeat(100), /is no database of Partyline; move it away/],
    ['a word', 'hi', /is no database of Partyline/],
    ['nothing', '', /was cut short/],
    ['the beginning of one', 'SQLite fo', /was cut short/],
  ])('that holds %s', (_, content, complaint) => {
    const folder = temporaryFolder();
    writeFileSync(dataFile(folder), content);
    expect(refusalOf(folder)).toMatch(complaint);
  });

  it('that belongs to another program', () => {
    const folder = temporaryFolder();
    const other = new BetterSqlite3(dataFile(folder));
    other.exec('CREATE TABLE recipes (name TEXT)');
    other.close();
    expect(refusalOf(folder)).toMatch(/is no database of Partyline/);
  });

  it.each([10, 100, 512, 4096, 5000, 8192])('that was cut to %i bytes', (bytes) => {
    const folder = temporaryFolder();
    const { database, close } = openDatabase(folder, [notes]);
    addNotes(database, 50);
    close();
    truncateSync(dataFile(folder), bytes);
    expect(refusalOf(folder)).toMatch(/was cut short/);
  });

  it('that was cut although its log is whole', () => {
    const folder = killedFolder({ later: 1 });
    truncateSync(dataFile(folder), 8192);
    expect(refusalOf(folder)).toMatch(/was cut short/);
  });

  it('that is gone while its log is there', () => {
    const folder = killedFolder({ later: 1 });
    rmSync(dataFile(folder));
    expect(refusalOf(folder)).toMatch(/is gone, and its log is still there/);
  });

  it('whose log is another one', () => {
    const folder = temporaryFolder();
    const { database, close } = openDatabase(folder, [notes]);
    const backup = join(temporaryFolder(), 'backup.db');
    database.exec(`VACUUM INTO '${backup}'`);
    addNotes(database, 50);
    database.pragma('wal_checkpoint(RESTART)');
    addNotes(database, 1);
    const killed = asAfterKill(folder);
    close();
    copyFileSync(backup, dataFile(killed));
    expect(refusalOf(killed)).toMatch(/does not belong to the log/);
  });
});

describe('a log that was cut', () => {
  /** What becomes of the folder when its log ends at each of many places: a refusal, or how many notes are there. */
  const outcomes = (folder: string) => {
    const log = readFileSync(`${dataFile(folder)}-wal`);
    const lengths = Array.from({ length: 40 }, (_, step) => Math.ceil((log.length * step) / 39));
    return lengths.map((length) => {
      const cut = asAfterKill(folder);
      writeFileSync(`${dataFile(cut)}-wal`, log.subarray(0, length));
      return refusalOf(cut) || countNotes(cut);
    });
  };

  it('is taken as far as it goes', () => {
    const counts = outcomes(killedFolder({ later: 30 }));
    expect(counts).toEqual([...counts].sort());
    expect([counts[0], counts.at(-1)]).toEqual([IN_FILE, IN_FILE + 30]);
    expect(new Set(counts).size).toBeGreaterThan(10);
  });

  it('is refused if the file is ahead of it, and not needed if nothing of it is left', () => {
    const [none, ...some] = outcomes(killedFolder({ later: 0 }));
    expect([none, some.pop()]).toEqual([IN_FILE, IN_FILE]);
    for (const outcome of some.filter((one) => one !== IN_FILE))
      expect(outcome).toMatch(/has lost the end of its log/);
    expect(some.filter((one) => one === IN_FILE).length).toBeLessThan(3);
  });
});
