/** The keys of posts, in memory and in the data file: found for a day, deleted later, and undone with their turn. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { AccountStore } from '../../src/accounts/account-store.js';
import { sqliteAccounts } from '../../src/accounts/sqlite.js';
import { openDatabase } from '../../src/database/open.js';
import type { Database } from '../../src/database/sqlite.js';
import { migrations } from '../../src/server/migrations.js';
import { temporaryFolder } from '../support/folders.js';

const DAY = 86_400_000;
const NOON = 1_800_000_000_000;

function onDisk(folder = temporaryFolder()): { store: AccountStore; database: Database } {
  const { database, close } = openDatabase(folder, migrations);
  onTestFinished(close);
  return { store: sqliteAccounts(database), database };
}

function postAt(at: number, key = 'job-1') {
  return { who: 'guest ci', key, hash: 'abc', at, id: 7, lastId: 8, name: 'ci', target: 'dev', isKept: 0 };
}

describe.each([
  ['memory', () => AccountStore.inMemory()],
  ['the data file', () => onDisk().store],
] as const)('a key of a post in %s', (where, open) => {
  it(`a key of a post in ${where} is found for a day, by its author alone`, () => {
    const { postKeys } = open();
    postKeys.add(postAt(NOON));
    expect(postKeys.find('guest ci', 'job-1', NOON + DAY - 1)).toEqual(postAt(NOON));
    expect(postKeys.find('guest ci', 'job-1', NOON + DAY)).toBeUndefined();
    expect(postKeys.find('guest ci', 'job-2', NOON)).toBeUndefined();
    expect(postKeys.find('guest cd', 'job-1', NOON)).toBeUndefined();
  });

  it(`a key of a post in ${where} is found before and after it is stored, and not if it could not be`, () => {
    const store = open();
    store.postKeys.add(postAt(NOON));
    store.takeChanges().onFailed();
    expect(store.postKeys.find('guest ci', 'job-1', NOON)).toBeUndefined();
    store.postKeys.add(postAt(NOON));
    store.commit();
    expect(store.postKeys.find('guest ci', 'job-1', NOON)).toEqual(postAt(NOON));
    store.postKeys.add({ ...postAt(NOON + 2 * DAY), hash: 'def' });
    store.commit();
    expect(store.postKeys.find('guest ci', 'job-1', NOON + 2 * DAY)).toMatchObject({ hash: 'def' });
  });
});

describe('the data file', () => {
  it('the data file loses old keys with new ones, a few at a time', () => {
    const { store, database } = onDisk();
    for (let index = 0; index < 25; index++) store.postKeys.add(postAt(NOON + index, `old-${index}`));
    store.commit();
    const count = database.prepareValue<[], number>('SELECT count(*) FROM posts');
    const counts = [];
    for (let index = 0; index < 3; index++) {
      store.postKeys.add(postAt(NOON + 2 * DAY, `new-${index}`));
      store.commit();
      counts.push(count.get());
    }
    expect(counts).toEqual([16, 7, 3]);
  });

  it('the data file of an older version gets the table, and keeps what it has', () => {
    const folder = temporaryFolder();
    const old = openDatabase(folder, migrations.slice(0, 4));
    old.database.exec("INSERT INTO accounts VALUES ('ann', 'Ann', 'hash', 0, 1000)");
    old.close();
    const { store } = onDisk(folder);
    expect(store.users.account('ann')?.shown).toBe('Ann');
    store.postKeys.add(postAt(NOON));
    store.commit();
    expect(store.postKeys.find('guest ci', 'job-1', NOON)).toEqual(postAt(NOON));
  });
});
