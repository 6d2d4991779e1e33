/** A damaged, truncated or foreign data file is detected before anything is written to it. */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backUpTo } from '../../src/database/backup.js';
import { openSqlite } from '../../src/database/driver.js';
import { dataFile, openBesideServer, openDatabase } from '../../src/database/open.js';
import type { Database } from '../../src/database/sqlite.js';
import { migrations } from '../../src/server/migrations.js';
import type { Migration } from '../../src/database/migrate.js';
import { inTransaction } from '../../src/database/transaction.js';
import { asAfterKill, temporaryFolder } from '../support/folders.js';

const notes: Migration = {
  description: 'notes',
  sql: 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)',
};
/** Notes in the data file of `killedFolder`. */
const NOTES_IN_FILE = 50;

function addNotes(database: Database, count: number): void {
  const insert = database.prepare('INSERT INTO notes (text) VALUES (?)');
  for (let added = 0; added < count; added++) inTransaction(database, () => insert.run('x'.repeat(500)));
}

/** The folder of a killed server: the log was copied into the file, then `notesInLog` notes were added to the log. */
function killedFolder({ notesInLog }: { readonly notesInLog: number }): string {
  const { database, close } = openDatabase(temporaryFolder(), [notes]);
  addNotes(database, NOTES_IN_FILE);
  database.pragma('wal_checkpoint(PASSIVE)');
  addNotes(database, notesInLog);
  const killed = asAfterKill(dirname(database.name));
  close();
  return killed;
}

/** The error of opening the folder, '' if it opens. A refused folder must be unchanged. */
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

/** Without the index of the log, which SQLite makes anew. */
function contentsOf(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name !== 'partyline.lock' && !name.endsWith('-shm'))
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex')}`,
    );
}

function countNotes(folder: string): number {
  const { database, close } = openDatabase(folder, [notes]);
  const count = database.prepareValue<[], number>('SELECT count(*) FROM notes').get() ?? -1;
  expect(database.pragma('integrity_check')).toBe('ok');
  close();
  return count;
}

describe('a data file is refused and not modified if', () => {
  it.each([
    ['it is a text', 'just some notes\n'.repeat(100), /not a Partyline database; move it/],
    ['it is a word', 'hi', /not a Partyline database/],
    ['it is empty', '', /the file is truncated/],
    ['it holds the first bytes of a database', 'SQLite fo', /the file is truncated/],
  ])('a data file is refused and not modified if %s', (_, content, problem) => {
    const folder = temporaryFolder();
    writeFileSync(dataFile(folder), content);
    expect(refusalOf(folder)).toMatch(problem);
  });

  it('a data file is refused and not modified if it belongs to another program', () => {
    const folder = temporaryFolder();
    const other = openSqlite(dataFile(folder), { busyTimeoutMs: 0 });
    other.exec('CREATE TABLE recipes (name TEXT)');
    other.close();
    expect(refusalOf(folder)).toBe(
      `partyline: cannot use ${dataFile(folder)}: not a Partyline database; ` +
        'move it and its -wal and -shm files away and restore a backup, or choose another folder with --data-dir',
    );
  });

  it.each([10, 100, 512, 4096, 5000, 8192])(
    'a data file is refused and not modified if it was truncated to %i bytes',
    (bytes) => {
      const folder = temporaryFolder();
      const { database, close } = openDatabase(folder, [notes]);
      addNotes(database, 50);
      close();
      truncateSync(dataFile(folder), bytes);
      expect(refusalOf(folder)).toMatch(/the file is truncated/);
    },
  );

  it('a data file is refused and not modified if it was truncated and its log is complete', () => {
    const folder = killedFolder({ notesInLog: 1 });
    truncateSync(dataFile(folder), 8192);
    expect(refusalOf(folder)).toMatch(/the file is truncated/);
  });

  it('a data file is refused and not modified if it is missing and its log exists', () => {
    const folder = killedFolder({ notesInLog: 1 });
    rmSync(dataFile(folder));
    expect(refusalOf(folder)).toMatch(/the file is missing, but its write-ahead log \(-wal\) exists/);
  });

  it.each([
    [
      'its log is missing and the index of the log exists',
      /its write-ahead log \(-wal\) is missing, but the index/,
    ],
    [
      'it and its log are missing and the index exists',
      /the file is missing, but the index of its log \(-shm\) exists/,
    ],
  ])('a data file is refused and not modified if %s', (title, problem) => {
    const folder = killedFolder({ notesInLog: 5 });
    writeFileSync(`${dataFile(folder)}-shm`, Buffer.alloc(32_768));
    expect(refusalOf(asAfterKill(folder))).toBe('');
    rmSync(`${dataFile(folder)}-wal`);
    if (title.startsWith('it and')) rmSync(dataFile(folder));
    expect(refusalOf(folder)).toMatch(problem);
  });

  it('a data file is refused and not modified if it has a second name, whose server would not see the log', () => {
    const folder = killedFolder({ notesInLog: 1 });
    const other = temporaryFolder();
    linkSync(dataFile(folder), dataFile(other));
    for (const each of [folder, other])
      expect(refusalOf(each)).toMatch(/it has another name \(a hard link\)/);
    rmSync(dataFile(other));
    expect(refusalOf(folder)).toBe('');
  });

  it('a data file is refused and not modified if it is a symbolic link to a file that is missing', () => {
    const folder = temporaryFolder();
    symlinkSync(join(temporaryFolder(), 'nowhere.db'), dataFile(folder));
    expect(() => openDatabase(folder, [notes])).toThrow(
      /it is a symbolic link to a missing file; mount or restore/,
    );
    expect(readdirSync(folder)).toEqual(['partyline.db']);
  });

  it('a data file is refused and not modified if its log belongs to another file', () => {
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
    expect(refusalOf(killed)).toMatch(/it does not match the write-ahead log \(-wal\) beside it/);
  });
});

describe('a backup beside the log of the original', () => {
  it.each(['with', 'without'])(
    'is refused and not modified if it is newer than the log’s start, %s index',
    (index) => {
      const folder = temporaryFolder();
      const { database, close } = openDatabase(folder, [notes]);
      addNotes(database, 50);
      const backup = join(temporaryFolder(), 'backup.db');
      writeFileSync(backup, '');
      backUpTo(backup, database);
      addNotes(database, 50);
      const killed = asAfterKill(folder);
      if (index === 'with') copyFileSync(`${dataFile(folder)}-shm`, `${dataFile(killed)}-shm`);
      close();
      copyFileSync(backup, dataFile(killed));
      expect(refusalOf(killed)).toMatch(/it does not match the write-ahead log \(-wal\) beside it/);
      rmSync(`${dataFile(killed)}-wal`);
      rmSync(`${dataFile(killed)}-shm`, { force: true });
      expect(countNotes(killed)).toBe(50);
    },
  );
});

describe('a file with a damaged page', () => {
  const PAGE_BYTES = 4096;

  /** Overwrites a page of the file. */
  function damage(folder: string, page: number): void {
    const bytes = readFileSync(dataFile(folder));
    bytes.fill(0xa5, (page - 1) * PAGE_BYTES, page * PAGE_BYTES);
    writeFileSync(dataFile(folder), bytes);
  }

  it.each(['after a stop', 'with the log of a killed server'])(
    'is refused and not modified, unless its page is in the log, whichever it is: %s',
    (title) => {
      const folder = killedFolder({ notesInLog: 1 });
      if (title === 'after a stop') expect(countNotes(folder)).toBe(NOTES_IN_FILE + 1);
      const pages = readFileSync(dataFile(folder)).length / PAGE_BYTES;
      expect(pages).toBeGreaterThan(5);
      for (let page = 1; page <= pages; page++) {
        const damaged = temporaryFolder();
        for (const name of ['', '-wal'])
          if (existsSync(`${dataFile(folder)}${name}`))
            copyFileSync(`${dataFile(folder)}${name}`, `${dataFile(damaged)}${name}`);
        damage(damaged, page);
        const outcome = refusalOf(damaged) || countNotes(damaged);
        if (outcome !== NOTES_IN_FILE + 1)
          expect(outcome, `page ${page}`).toMatch(/the file is damaged; move it|not a Partyline/);
      }
    },
  );
});

describe('of the tables of a server', () => {
  /** The data file of a stopped server, with the root page of this table or index overwritten. */
  function damagedFolder(name: string): string {
    const folder = temporaryFolder();
    const { database, close } = openDatabase(folder, migrations);
    const root = database.prepareValue<[string], number>('SELECT rootpage FROM sqlite_schema WHERE name = ?');
    const page = root.get(name) ?? 0;
    close();
    const bytes = readFileSync(dataFile(folder));
    bytes.fill(0xa5, (page - 1) * 4096, page * 4096);
    writeFileSync(dataFile(folder), bytes);
    return folder;
  }

  it.each(['rooms', 'accounts', 'packs', 'packs_by_room', 'messages', 'message_words_config'])(
    'damage of %s is found at the start of a server, which changes nothing',
    (name) => {
      const folder = damagedFolder(name);
      const before = contentsOf(folder);
      expect(() => openDatabase(folder, migrations)).toThrow(/the file is damaged; move it/);
      expect(contentsOf(folder)).toEqual(before);
    },
  );

  it('damage does not keep a command from reading the rest', () => {
    const folder = damagedFolder('accounts');
    const { database, close } = openBesideServer(folder, migrations);
    expect(database.prepare('SELECT * FROM packs').all()).toEqual([]);
    close();
  });
});

describe('a truncated log', () => {
  /** Truncates the log at each of 40 lengths: the error, or the number of notes. */
  const outcomes = (folder: string) => {
    const log = readFileSync(`${dataFile(folder)}-wal`);
    const lengths = Array.from({ length: 40 }, (_, step) => Math.ceil((log.length * step) / 39));
    return lengths.map((length) => {
      const cut = asAfterKill(folder);
      writeFileSync(`${dataFile(cut)}-wal`, log.subarray(0, length));
      return refusalOf(cut) || countNotes(cut);
    });
  };

  it('a truncated log is applied up to its last complete transaction', () => {
    const counts = outcomes(killedFolder({ notesInLog: 30 }));
    expect(counts).toEqual([...counts].sort());
    expect([counts[0], counts.at(-1)]).toEqual([NOTES_IN_FILE, NOTES_IN_FILE + 30]);
    expect(new Set(counts).size).toBeGreaterThan(10);
  });

  it('a truncated log is refused if the file is ahead of it, and ignored if it is empty', () => {
    const [none, ...some] = outcomes(killedFolder({ notesInLog: 0 }));
    expect([none, some.pop()]).toEqual([NOTES_IN_FILE, NOTES_IN_FILE]);
    for (const outcome of some.filter((one) => one !== NOTES_IN_FILE))
      expect(outcome).toMatch(/the end of its write-ahead log \(-wal\) is missing/);
    expect(some.filter((one) => one === NOTES_IN_FILE).length).toBeLessThan(3);
  });
});
