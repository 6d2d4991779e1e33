import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStore, openStoreBeside } from '../../src/store/database.js';
import type { Migration } from '../../src/store/migrations.js';

const first: Migration = { brings: 'notes', sql: 'CREATE TABLE notes (text TEXT)' };
const second: Migration = { brings: 'their colour', sql: "ALTER TABLE notes ADD colour TEXT DEFAULT 'blue'" };

describe('the data file', () => {
  it('is made with its folder, for its owner alone', () => {
    const folder = join(temporaryFolder(), 'deep', 'data');
    openStore(folder, [first]).close();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(existsSync(join(folder, 'partyline.db'))).toBe(true);
  });

  it('is brought forward step by step, with what is in it', () => {
    const folder = temporaryFolder();
    const older = openStore(folder, [first]);
    older.database.exec("INSERT INTO notes VALUES ('kept')");
    older.close();
    const newer = openStore(folder, [first, second]);
    expect(newer.database.prepare('SELECT * FROM notes').all()).toEqual([{ text: 'kept', colour: 'blue' }]);
    newer.close();
    expect(() => openStore(folder, [first])).toThrow(/newer Partyline/);
  });

  it('belongs to one server at a time', () => {
    const folder = temporaryFolder();
    const store = openStore(folder, [first]);
    expect(() => openStore(folder, [first])).toThrow(/a server is running on/);
    store.close();
    openStore(folder, [first]).close();
  });

  it('can be used by a command while a server runs, and without one', () => {
    const folder = temporaryFolder();
    openStoreBeside(folder, [first]).close();
    const server = openStore(folder, [first]);
    const command = openStoreBeside(folder, [first]);
    command.database.exec("INSERT INTO notes VALUES ('said')");
    expect(server.database.prepare('SELECT text FROM notes').pluck().all()).toEqual(['said']);
    command.close();
    expect(() => openStoreBeside(folder, [first, second])).toThrow(/another version/);
    server.close();
  });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
