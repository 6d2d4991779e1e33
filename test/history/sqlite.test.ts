/** The history in the data file: restarts, kills, failed commits, deletion and indexing. */
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Message } from '../../src/core/message.js';
import { DiskHistory } from '../support/disk-history.js';
import { migrations } from '../../src/server/migrations.js';
import { openSqlite } from '../../src/database/driver.js';
import { dataFile, openDatabase } from '../../src/database/open.js';
import { asAfterKill, temporaryFolder } from '../support/folders.js';
import { found, historySuite, message } from './common.js';

const ALL = { after: 0, before: Number.MAX_SAFE_INTEGER, limit: 5000, keep: 'newest' } as const;

/** A history in this folder; `stop` closes it cleanly, at the latest at the end of the test. */
function open(folder: string, onRecovery = () => {}) {
  const store = openDatabase(folder, migrations);
  const history = new DiskHistory(store.database, { onRecovery });
  let stopped = false;
  const stop = () => {
    if (stopped) return;
    stopped = true;
    history.close();
    store.close();
  };
  onTestFinished(stop);
  const commit = (...messages: readonly Message[]) => {
    for (const one of messages) history.append(one);
    history.commit();
  };
  return { history, store, stop, commit };
}

historySuite('on disk', () => open(temporaryFolder()).history);

historySuite(
  'on disk, partly indexed',
  () => open(temporaryFolder()).history,
  (store) => store instanceof DiskHistory && store.lastId() % 2 === 0 && store.index(),
);

describe('the history on disk', () => {
  let folder = '';
  beforeEach(() => {
    folder = temporaryFolder();
  });

  it('the history on disk is complete after a restart', () => {
    const first = open(folder);
    first.commit(message(1), message(2, 'Dev', 'ünïcödé 🎉'), message(3));
    first.stop();
    const { history } = open(folder);
    expect(history.read('lobby', ALL)).toEqual([message(1), message(3)]);
    expect(history.read('dev', ALL)).toEqual([message(2, 'Dev', 'ünïcödé 🎉')]);
    expect([history.lastId(), history.lastAt()]).toEqual([3, message(3).at]);
  });

  it('the history on disk has the messages that are being stored, and not those that are being deleted', () => {
    const { history, commit } = open(folder);
    const hasMessages = () =>
      ['lobby', 'dev'].map((room) => history.hasMessages(room, Number.NEGATIVE_INFINITY));
    commit(message(1));
    history.append(message(2, 'dev'));
    history.redact('lobby', 1);
    history.takeUncommitted();
    expect(hasMessages()).toEqual([false, true]);
    history.onFailed();
    expect(hasMessages()).toEqual([true, false]);
  });

  it('the history on disk has exactly the committed messages after a kill', () => {
    const first = open(folder);
    for (let id = 1; id <= 100; id++) first.commit(message(id));
    first.history.append(message(101));
    const { history } = open(asAfterKill(folder));
    expect(history.read('lobby', ALL).map(({ id }) => id)).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
  });

  it('the history on disk stores a turn of many messages and rooms in order', () => {
    const { history, commit } = open(folder);
    const turn = Array.from({ length: 1000 }, (_, i) => message(i + 1, `room${i % 7}`));
    commit(...turn);
    const read = Array.from({ length: 7 }, (_, room) => history.read(`room${room}`, ALL)).flat();
    expect(read.sort((one, other) => one.id - other.id)).toEqual(turn);
  });

  it('the history on disk continues its ids after a clean stop, above that of the last direct message', () => {
    const first = open(folder);
    first.commit(message(5));
    first.history.consumeId(8);
    first.history.commit();
    first.stop();
    expect(open(folder).history.lastId()).toBe(8);
  });

  it('the history on disk continues its ids after a kill, above that of the last direct message, and skips at most 2,000', () => {
    const first = open(folder);
    for (let id = 1; id <= 3500; id++) {
      first.history.consumeId(id);
      first.history.commit();
    }
    const { history } = open(asAfterKill(folder));
    expect(history.lastId()).toBeGreaterThanOrEqual(3500);
    expect(history.lastId()).toBeLessThan(3500 + 2000);
  });

  it('the history on disk gives no id of a direct message again that was used up on a full disk', () => {
    const first = open(folder);
    first.history.consumeId(1);
    first.history.commit();
    first.store.database.pragma('query_only = ON');
    first.history.append(message(2));
    expect(() => first.history.commit()).toThrow();
    let used = 2;
    while (first.history.consumeId(used + 1)) used++;
    expect(used).toBe(1001);
    expect(() => first.history.commit()).toThrow('readonly');
    expect(first.history.hasUncommitted).toBe(false);
    expect(open(asAfterKill(folder)).history.lastId()).toBeGreaterThanOrEqual(used);
    first.store.database.pragma('query_only = OFF');
    expect(first.history.consumeId(++used)).toBe(false);
    first.history.commit();
    expect(first.history.consumeId(++used)).toBe(true);
    expect(open(asAfterKill(folder)).history.lastId()).toBeGreaterThanOrEqual(used);
  });

  it('the history on disk returns a room with the spelling of its last creation', () => {
    const { history, commit } = open(folder);
    commit(message(1, 'Dev'));
    expect(history.read('dev', ALL).map(({ room }) => room.shown)).toEqual(['Dev']);
    commit(message(2, 'DEV'));
    expect(history.read('dev', ALL).map(({ room }) => room.shown)).toEqual(['DEV', 'DEV']);
  });

  it('the history on disk stores nothing of a failed commit, and reports the next stored messages', () => {
    let recoveries = 0;
    const { history, commit } = open(folder, () => recoveries++);
    commit(message(1));
    const other = openSqlite(dataFile(folder), { busyTimeoutMs: 0 });
    other.exec('BEGIN IMMEDIATE');
    expect(() => commit(message(2), message(3, 'new'))).toThrow(/locked/);
    expect(history.read('lobby', ALL).map(({ id }) => id)).toEqual([1]);
    other.close();
    // Not by a commit without messages.
    history.redact('lobby', 99);
    commit();
    expect(recoveries).toBe(0);
    commit(message(4), message(5, 'new'));
    expect(history.read('lobby', ALL).map(({ id }) => id)).toEqual([1, 4]);
    expect(history.read('new', ALL).map(({ id }) => id)).toEqual([5]);
    commit(message(6));
    expect(recoveries).toBe(1);
  });

  it('the history on disk reports a success after a failed commit without messages', () => {
    let recoveries = 0;
    const { history, commit } = open(folder, () => recoveries++);
    commit(message(1));
    const other = openSqlite(dataFile(folder), { busyTimeoutMs: 0 });
    other.exec('BEGIN IMMEDIATE');
    history.redact('lobby', 99);
    expect(() => commit()).toThrow(/locked/);
    other.close();
    history.redact('lobby', 99);
    commit();
    expect(recoveries).toBe(1);
  });

  it('the history on disk deletes old messages and their words in steps', () => {
    const { history, store, commit } = open(folder);
    commit(
      ...Array.from({ length: 500 }, (_, i) =>
        message(i + 1, i < 100 ? 'early' : 'lobby', `word${i % 3} text`),
      ),
    );
    while (history.index()) void 0;
    commit(message(501, 'lobby', 'word0 later'));
    const before = message(401).at;
    const first = history.trim(before);
    expect(first).toEqual({ count: 64, upTo: message(64).at });
    expect(history.read('early', ALL).length).toBeGreaterThan(0);
    while (history.trim(before) !== null) void 0;
    expect(history.read('early', ALL)).toEqual([]);
    expect(history.read('lobby', ALL).map(({ id }) => id)).toEqual(
      Array.from({ length: 101 }, (_, i) => i + 401),
    );
    expect(found(history, 'word0').at(-1)?.id).toBe(501);
    expect(found(history, 'word1 text', 'lobby', 405).map(({ id }) => id)).toEqual([401, 404]);
    expect(store.database.prepareValue('SELECT fold FROM rooms').all()).toEqual(['lobby']);
    const indexed = store.database.prepareValue<[string], number>('SELECT rowid FROM message_words(?)');
    expect(indexed.all('"1:0:text"')).toEqual([]);
    expect(indexed.all('"2:0:word1"')[0]).toBe(401);
  });

  it('the history on disk deletes exactly the old messages of a clock that was ahead and set right', () => {
    const first = open(folder);
    const at = (id: number, time: number) => ({ ...message(id, 'lobby', `word${id}`), at: time });
    first.commit(at(1, 1000), at(2, 1001));
    first.commit(at(3, 9000), at(4, 9001), at(5, 1002));
    first.commit(at(6, 1003));
    first.stop();
    const { history, store, commit } = open(folder);
    while (history.index()) void 0;
    commit(at(7, 900), at(8, 1004), at(9, 1005));
    const trimmed = { count: 0, upTo: 0 };
    for (let step = history.trim(1005); step !== null; step = history.trim(1005)) {
      trimmed.count += step.count;
      trimmed.upTo = Math.max(trimmed.upTo, step.upTo);
    }
    expect(trimmed).toEqual({ count: 6, upTo: 1004 });
    expect(history.read('lobby', ALL).map(({ id }) => id)).toEqual([3, 4, 9]);
    expect(found(history, 'word3').map(({ id }) => id)).toEqual([3]);
    expect(found(history, 'word5')).toEqual([]);
    while (history.trim(99_999) !== null) void 0;
    commit(at(10, 99_999));
    expect(history.trim(99_999)).toBe(null);
    expect(store.database.prepareValue('SELECT count(*) FROM clock_steps').get()).toBeLessThanOrEqual(1);
  });

  it('the history on disk has the time of its newest message as the last time, though an older one is higher', () => {
    const first = open(folder);
    first.commit({ ...message(1), at: 9000 });
    first.commit({ ...message(2), at: 1000 });
    expect(first.history.lastAt()).toBe(1000);
    first.stop();
    expect(open(folder).history.lastAt()).toBe(1000);
  });

  it('the history on disk continues its ids after all messages are deleted', () => {
    const first = open(folder);
    first.commit(message(7));
    while (first.history.trim(Number.MAX_SAFE_INTEGER) !== null) void 0;
    const again = open(asAfterKill(folder));
    expect(again.history.lastId()).toBeGreaterThanOrEqual(7);
    expect(again.history.read('lobby', ALL)).toEqual([]);
  });

  it('the history on disk continues indexing after a kill', () => {
    const first = open(folder);
    first.commit(...Array.from({ length: 300 }, (_, i) => message(i + 1)));
    first.history.index();
    first.commit(message(301));
    const { history } = open(asAfterKill(folder));
    let steps = 0;
    while (history.index()) steps++;
    expect(steps).toBe(2);
    expect(found(history, 'text').map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, i) => i + 282));
  });

  it('the history on disk tells which ids it has deleted because of their age, also after a restart', () => {
    const first = open(folder);
    first.commit(...Array.from({ length: 10 }, (_, i) => message(i + 1)));
    expect(first.history.forgottenId()).toBe(0);
    const fifth = first.history.read('lobby', { after: 4, before: 6, limit: 1, keep: 'oldest' })[0];
    while (first.history.trim(fifth?.at ?? 0) !== null) void 0;
    expect(first.history.forgottenId()).toBe(4);
    expect(open(asAfterKill(folder)).history.forgottenId()).toBe(4);
  });

  it('the history on disk of an older version has forgotten nothing', () => {
    openDatabase(folder, migrations.slice(0, 7)).close();
    expect(open(folder).history.forgottenId()).toBe(0);
  });

  it('the history on disk is read and indexed from a file of the first schema', () => {
    const old = openDatabase(folder, migrations.slice(0, 1));
    old.database.exec("INSERT INTO rooms VALUES (1, 'lobby', 'lobby')");
    old.database.exec("INSERT INTO messages VALUES (7, 1000, 1, 'ann', 'from long ago')");
    old.close();
    const { history } = open(folder);
    expect(history.lastId()).toBe(7);
    expect(found(history, 'AGO').map(({ id, text }) => [id, text])).toEqual([[7, 'from long ago']]);
    expect(history.index()).toBe(true);
    expect(found(history, 'AGO').map(({ id }) => id)).toEqual([7]);
  });

  it('the history on disk is indexed anew from a file whose index has words that are folded otherwise now', () => {
    const old = openDatabase(folder, migrations.slice(0, 4));
    old.database.exec(`INSERT INTO rooms VALUES (1, 'lobby', 'lobby');
      INSERT INTO messages VALUES (7, 1000, 1, 'ann', 'İstanbul'), (8, 1001, 1, 'ann', 'Ankara');
      INSERT INTO message_words (rowid, words) VALUES (7, '1:0:i\u0307stanbul'), (8, '1:0:ankara');
      UPDATE indexed SET last_id = 8;`);
    old.close();
    const { history, store } = open(folder);
    for (let step = 0; step < 2; step++) {
      expect(found(history, 'istanbul').map(({ id }) => id)).toEqual([7]);
      expect(found(history, 'ankara').map(({ id }) => id)).toEqual([8]);
      expect(history.index()).toBe(step === 0);
    }
    while (history.trim(2000) !== null) void 0;
    const terms = store.database.prepareValue('SELECT count(*) FROM message_words(\'"1:0:ankara"\')');
    expect(terms.get()).toBe(0);
    store.database.exec("INSERT INTO message_words (message_words) VALUES ('integrity-check')");
    const config = store.database.prepareValue("SELECT v FROM message_words_config WHERE k = 'automerge'");
    expect(config.get()).toBe(0);
  });
});
