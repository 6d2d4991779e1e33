/** The thread that writes the data file: what it stores, what it refuses, and what happens when it dies. */
import type * as Threads from 'node:worker_threads';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { CommitFailure } from '../../src/core/ports.js';
import { DatabaseError } from '../../src/database/database-error.js';
import { openSqlite } from '../../src/database/driver.js';
import { dataFile, openDatabase } from '../../src/database/open.js';
import type { Database } from '../../src/database/sqlite.js';
import type { DamagedPack } from '../../src/history/damaged-packs.js';
import type { TurnChanges } from '../../src/history/disk-writer.js';
import { SqliteHistory } from '../../src/history/sqlite.js';
import { DiskThread } from '../../src/server/disk-thread.js';
import { migrations } from '../../src/server/migrations.js';
import { message } from '../history/common.js';
import { temporaryFolder } from '../support/folders.js';
import { DEADLINE_MS } from '../support/socket-client.js';

const threads: Threads.Worker[] = vi.hoisted(() => []);

vi.mock('node:worker_threads', async (original) => {
  const actual = await original<typeof Threads>();
  class RecordedWorker extends actual.Worker {
    constructor(...args: ConstructorParameters<typeof Threads.Worker>) {
      super(...args);
      threads.push(this);
    }
  }
  return { ...actual, Worker: RecordedWorker };
});

const ALL = { after: 0, before: Number.MAX_SAFE_INTEGER, limit: 500, keep: 'newest' } as const;

async function open(folder = temporaryFolder()) {
  threads.length = 0;
  const file = openDatabase(folder, migrations);
  const errors: unknown[] = [];
  const damaged: DamagedPack[] = [];
  const history = new SqliteHistory(file.database);
  const thread = await DiskThread.start({
    database: file.database,
    onMaintained: () => history.refresh(),
    onDamaged: (pack) => damaged.push(pack),
    onError: (error) => errors.push(error),
  });
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await thread.close({ lastId: 0, lastAt: 0 });
    file.close();
  };
  onTestFinished(close);
  const commit = (...changes: Parameters<typeof turnOf>) =>
    new Promise<CommitFailure | null>((resolve) => thread.commit(turnOf(...changes), resolve));
  return { folder, thread, history, errors, damaged, commit, close };
}

function turnOf(ids: readonly number[], rows: TurnChanges['rows'] = []): TurnChanges {
  const messages = ids.map((id) => message(id));
  return { messages, lastAt: Number.NEGATIVE_INFINITY, redacted: [], numbering: null, rows };
}

/** A connection that lets no other one write. */
function lock(folder: string) {
  const other = openSqlite(dataFile(folder), { busyTimeoutMs: DEADLINE_MS });
  onTestFinished(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  return other;
}

/** Not `terminate`: Node ends the process if the thread is about to throw an error of SQLite. */
function die(): void {
  threads[0]?.postMessage(null);
}

describe('the thread that writes the data file', () => {
  it('stores a turn as a whole, and tells what failed', async () => {
    const { history, commit } = await open();
    expect(await commit([1, 2])).toBe(null);
    expect(history.read('lobby', ALL)).toEqual([message(1), message(2)]);
    const failure = await commit([3], [{ sql: 'INSERT INTO missing VALUES (1)', values: {} }]);
    expect(String(failure?.error)).toContain('no such table: missing');
    expect(history.read('lobby', ALL)).toHaveLength(2);
    expect(await commit([4])).toBe(null);
  });

  it('reports the code of a locked file', async () => {
    const { folder, commit } = await open();
    const other = lock(folder);
    expect((await commit([1]))?.error).toMatchObject({ code: 'SQLITE_BUSY' });
    other.exec('ROLLBACK');
    expect(await commit([1])).toBe(null);
  });

  it('indexes what is stored, and deletes what is asked for', async () => {
    const { thread, history, commit } = await open();
    await commit(Array.from({ length: 300 }, (_, index) => index + 1));
    const indexed = () =>
      history.search({ room: 'lobby', words: ['text'], before: 10_000, limit: 20 }).next();
    await expect.poll(() => indexed(), { timeout: DEADLINE_MS }).toMatchObject({ done: true });
    expect(thread.forget('messages', message(201).at)).toBe('pending');
    const forget = () => thread.forget('messages', message(201).at);
    await expect.poll(forget, { timeout: DEADLINE_MS }).toEqual({ count: 200, upTo: message(200).at });
    await expect.poll(forget, { timeout: DEADLINE_MS }).toBe(null);
    expect(history.read('lobby', ALL)).toHaveLength(100);
    await expect.poll(() => thread.forget('mail', 0), { timeout: DEADLINE_MS }).toBe(null);
  });

  it('reports a damaged pack once, and goes on with the others', async () => {
    const { folder, history, damaged, commit } = await open();
    const other = lock(folder);
    other.exec("INSERT INTO rooms VALUES (7, 'lobby', 'lobby')");
    other.exec("INSERT INTO packs VALUES (2, 7, 2, 1, 1000, 2, 'nonsense'); COMMIT");
    await commit([3]);
    const indexed = () => history.read('lobby', ALL).length === 1 && damaged.length > 0;
    await expect.poll(indexed, { timeout: DEADLINE_MS }).toBe(true);
    const room = { fold: 'lobby', shown: 'lobby' };
    expect(damaged).toEqual([{ room, firstId: 1, lastId: 2, firstAt: 1000, count: 2 }]);
    const rows = () => other.prepareValue<[], number>('SELECT count(*) FROM messages').get();
    await expect.poll(rows, { timeout: DEADLINE_MS }).toBe(1);
    expect(damaged).toHaveLength(1);
  });

  it('is started again after its death, and what it was storing is refused', async () => {
    const { history, errors, commit } = await open();
    die();
    const lost = await commit([1]);
    expect(lost?.error).toBe(errors[0]);
    await expect.poll(async () => (await commit([2])) === null, { timeout: DEADLINE_MS }).toBe(true);
    expect(history.read('lobby', ALL)).toEqual([message(2)]);
    expect(errors).toHaveLength(1);
    expect(threads).toHaveLength(2);
  });

  it('has stored a turn before its death if the file has it', async () => {
    const { folder, commit } = await open();
    die();
    const stored = commit([1]);
    lock(folder).exec("INSERT INTO messages VALUES (1, 1, 1, 'ann', 'hi', 0); COMMIT");
    expect(await stored).toBe(null);
  });

  it('stops the start with one line if it cannot open the file', async () => {
    const { database, close } = openDatabase(temporaryFolder(), migrations);
    onTestFinished(close);
    const missing: Database = new Proxy(database, {
      get: (target, key) =>
        key === 'name' ? '/nowhere/partyline.db' : Reflect.get(target, key, target).bind(target),
    });
    const start = DiskThread.start({ database: missing, onMaintained() {}, onDamaged() {}, onError() {} });
    await expect(start).rejects.toThrow(
      /^partyline: cannot start the thread that writes \/nowhere\/partyline\.db: [^\n]+$/,
    );
    await expect(start).rejects.toThrow(DatabaseError);
  });

  it('stores the numbering when it stops', async () => {
    const { folder, commit, close } = await open();
    await commit([1]);
    await close();
    const { database, close: closeAgain } = openDatabase(folder, migrations);
    onTestFinished(closeAgain);
    expect(database.prepareValue('SELECT last_id FROM numbering').get()).toBe(0);
  });
});
