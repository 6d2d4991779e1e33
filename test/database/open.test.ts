/** Opening the data file: its permissions, migrations, lock and transactions, and the errors of an unusable folder. */
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSqlite } from '../../src/database/driver.js';
import { dataFile, openDatabase, openBesideServer } from '../../src/database/open.js';
import type { Migration } from '../../src/database/migrate.js';
import { inTransaction } from '../../src/database/transaction.js';
import { asAfterKill, temporaryFolder } from '../support/folders.js';

const first: Migration = { description: 'notes', sql: 'CREATE TABLE notes (text TEXT)' };
const second: Migration = {
  description: 'their colour',
  sql: "ALTER TABLE notes ADD colour TEXT DEFAULT 'blue'",
};

describe('the data file', () => {
  it('the data file is created with its folder, readable by its owner only', () => {
    const folder = join(temporaryFolder(), 'deep', 'data');
    openDatabase(folder, [first]).close();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o077).toBe(0);
  });

  it('the data file is migrated with its content, and refused by an older version', () => {
    const folder = temporaryFolder();
    const older = openDatabase(folder, [first]);
    older.database.exec("INSERT INTO notes VALUES ('old')");
    older.close();
    const newer = openDatabase(folder, [first, second]);
    expect(newer.database.prepare('SELECT * FROM notes').all()).toEqual([{ text: 'old', colour: 'blue' }]);
    newer.close();
    expect(() => openDatabase(folder, [first])).toThrow(
      /^partyline: cannot use .*partyline\.db: written by a newer version of Partyline; run that version or restore the backup from before the upgrade$/,
    );
  });

  it('the data file is unchanged after a failed migration', () => {
    const folder = temporaryFolder();
    openDatabase(folder, [first]).close();
    const broken: Migration = { description: 'nothing', sql: 'CREATE TABLE half (x); nonsense' };
    expect(() => openDatabase(folder, [first, broken])).toThrow();
    const { database, close } = openDatabase(folder, [first, second]);
    expect(database.prepare("SELECT name FROM sqlite_schema WHERE name = 'half'").all()).toEqual([]);
    close();
  });

  it('the data file is opened by one server at a time', () => {
    const folder = temporaryFolder();
    const { close } = openDatabase(folder, [first]);
    expect(() => openDatabase(folder, [first])).toThrow(
      /^partyline: cannot use .*: a server is already running on it; stop that server or choose another folder with --data-dir$/,
    );
    close();
    openDatabase(folder, [first]).close();
  });

  it('the data file is opened by one server at a time, also through symbolic links to it and to its folder', () => {
    const folder = temporaryFolder();
    const [byFile, byFolder, byBoth] = [temporaryFolder(), join(temporaryFolder(), 'a'), temporaryFolder()];
    const { close } = openDatabase(folder, [first]);
    symlinkSync(dataFile(folder), dataFile(byFile));
    symlinkSync(folder, byFolder);
    symlinkSync(dataFile(byFolder), dataFile(byBoth));
    const links = [byFile, byFolder, byBoth];
    for (const link of links)
      expect(() => openDatabase(link, [first])).toThrow(
        /: a server is already running on it; stop that server/,
      );
    close();
    for (const link of links) {
      const linked = openDatabase(link, [first]);
      expect(() => openDatabase(folder, [first])).toThrow(/: a server is already running on it/);
      const command = openBesideServer(link, [first]);
      inTransaction(command.database, () => command.database.exec("INSERT INTO notes VALUES ('new')"));
      command.close();
      linked.close();
    }
    const { database, close: closeAgain } = openDatabase(folder, [first]);
    expect(database.prepareValue('SELECT text FROM notes').all()).toEqual(['new', 'new', 'new']);
    closeAgain();
  });

  it('the data file is checked together with the log beside the file that a symbolic link leads to', () => {
    const folder = temporaryFolder();
    const { database, close } = openDatabase(folder, [first]);
    inTransaction(database, () => database.exec("INSERT INTO notes VALUES ('in the log')"));
    const killed = asAfterKill(folder);
    close();
    const link = temporaryFolder();
    symlinkSync(dataFile(killed), dataFile(link));
    const linked = openDatabase(link, [first]);
    expect(linked.database.prepareValue('SELECT text FROM notes').all()).toEqual(['in the log']);
    linked.close();
    expect(readdirSync(link)).toEqual(['partyline.db']);
  });

  it('the data file is opened by a command with and without a running server of the same version', () => {
    const folder = temporaryFolder();
    openBesideServer(folder, [first]).close();
    const server = openDatabase(folder, [first]);
    const command = openBesideServer(folder, [first]);
    inTransaction(command.database, () => command.database.exec("INSERT INTO notes VALUES ('new')"));
    expect(server.database.prepareValue('SELECT text FROM notes').all()).toEqual(['new']);
    command.close();
    expect(() => openBesideServer(folder, [first, second])).toThrow(
      /^partyline: cannot use .*: its server is another version of Partyline; restart the server with this version$/,
    );
    server.close();
  });

  it('the data file is created although an earlier start was killed while it created the file', () => {
    const folder = temporaryFolder();
    writeFileSync(`${dataFile(folder)}.new`, 'half a file');
    openDatabase(folder, [first]).close();
    expect(existsSync(`${dataFile(folder)}.new`)).toBe(false);
  });
});

describe('a transaction', () => {
  it('a transaction that fails changes nothing, and the next one succeeds', () => {
    const { database, close } = openDatabase(temporaryFolder(), [first]);
    const fail = () =>
      inTransaction(database, () => {
        database.exec("INSERT INTO notes VALUES ('lost')");
        throw new Error('no');
      });
    expect(fail).toThrow('no');
    inTransaction(database, () => database.exec("INSERT INTO notes VALUES ('stored')"));
    expect(database.prepareValue('SELECT text FROM notes').all()).toEqual(['stored']);
    close();
  });

  it('a transaction inside another one is rolled back with it', () => {
    const { database, close } = openDatabase(temporaryFolder(), [first]);
    const fail = () =>
      inTransaction(database, () => {
        inTransaction(database, () => database.exec("INSERT INTO notes VALUES ('lost')"));
        throw new Error('no');
      });
    expect(fail).toThrow('no');
    expect(database.prepareValue('SELECT text FROM notes').all()).toEqual([]);
    close();
  });
});

describe('the error of an unusable folder is one line with cause and remedy:', () => {
  const refusal = (folder: string) => {
    try {
      openDatabase(folder, [first]).close();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    return '';
  };
  const NOT_A_FOLDER =
    'it or a parent is not a folder; move that file away or choose another folder with --data-dir';

  it('the error of a file in place of the folder is one line with cause and remedy', () => {
    const path = join(temporaryFolder(), 'data');
    writeFileSync(path, '');
    expect(refusal(path)).toBe(`partyline: cannot use ${path}: ${NOT_A_FOLDER}`);
  });

  it("the error of a file in place of the folder's parent is one line with cause and remedy", () => {
    const path = join(temporaryFolder(), 'file');
    writeFileSync(path, '');
    expect(refusal(join(path, 'data'))).toBe(`partyline: cannot use ${path}/data: ${NOT_A_FOLDER}`);
  });

  it.skipIf(process.getuid?.() === 0)(
    'the error of a folder without write permission is one line with cause and remedy',
    () => {
      const folder = temporaryFolder();
      chmodSync(folder, 0o500);
      expect(refusal(folder)).toBe(
        `partyline: cannot write ${folder}: permission denied; give this user write access or choose another folder with --data-dir`,
      );
    },
  );

  it.skipIf(process.getuid?.() === 0)(
    'the error of a data file without write permission is one line with cause and remedy',
    () => {
      const folder = temporaryFolder();
      openDatabase(folder, [first]).close();
      chmodSync(dataFile(folder), 0o400);
      expect(refusal(folder)).toMatch(/permission denied; give this user write access or/);
    },
  );

  it.skipIf(process.platform !== 'linux')(
    'the error of a file system that takes no folders is one line with cause and remedy',
    () => {
      expect(refusal('/proc/partyline/data')).toBe(
        'partyline: cannot create /proc/partyline/data: its parent folder does not exist; create the parent folder or choose another folder with --data-dir',
      );
    },
  );

  it('the error of a folder in place of the data file is one line with cause and remedy', () => {
    const folder = temporaryFolder();
    mkdirSync(dataFile(folder));
    expect(refusal(folder)).toMatch(
      /^partyline: cannot use .*partyline\.db: not a regular file; move it [^\n]+$/,
    );
  });

  it('the error of a data file locked by another program is one line with cause and remedy', () => {
    const folder = temporaryFolder();
    openDatabase(folder, [first]).close();
    const other = openSqlite(dataFile(folder), { busyTimeoutMs: 0 });
    other.exec('BEGIN IMMEDIATE');
    expect(refusal(folder)).toBe(
      `partyline: cannot use ${dataFile(folder)}: locked by another program; end that program or choose another folder with --data-dir`,
    );
    other.close();
    expect(refusal(folder)).toBe('');
  });
});
