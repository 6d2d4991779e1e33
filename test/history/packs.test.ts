/** Messages in packs and messages with rows: whatever was unpacked so far, readers see the same. */
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Message } from '../../src/core/message.js';
import { cleanText } from '../../src/core/text/text.js';
import { openDatabase } from '../../src/database/open.js';
import type { DamagedPack } from '../../src/history/damaged-packs.js';
import { type ExportQuery, exportedPages } from '../../src/history/export.js';
import { MemoryHistory } from '../../src/history/memory.js';
import { packed, type RoomPack, unpacked } from '../../src/history/pack.js';
import { SqliteHistory } from '../../src/history/sqlite.js';
import type { Bindable, Database, Statement } from '../../src/database/sqlite.js';
import { openSqlite } from '../../src/database/driver.js';
import { migrations } from '../../src/server/migrations.js';
import { DiskHistory } from '../support/disk-history.js';
import { temporaryFolder } from '../support/folders.js';
import { found, message } from './common.js';

const ROOMS = ['lobby', 'dev', 'ops'];
const ALL = { after: 0, before: Number.MAX_SAFE_INTEGER, limit: 900, keep: 'newest' } as const;

function open() {
  const file = openDatabase(temporaryFolder(), migrations);
  onTestFinished(() => file.close());
  const { database } = file;
  const history = new DiskHistory(database);
  const count = (table: string) => database.prepareValue<[], number>(`SELECT count(*) FROM ${table}`).get();
  const commit = (...messages: readonly Message[]) => {
    for (const one of messages) history.append(one);
    history.commit();
  };
  return { database, history, count, commit };
}

type Step =
  | {
      readonly kind: 'turn';
      readonly rooms: readonly number[];
      readonly repeat: number;
      readonly skip: number;
    }
  | { readonly kind: 'index' }
  | { readonly kind: 'redact'; readonly part: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('turn' as const),
      rooms: fc.array(fc.nat({ max: ROOMS.length - 1 }), { minLength: 1, maxLength: 8 }),
      repeat: fc.constantFrom(1, 1, 2, 40),
      skip: fc.nat({ max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('index' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('redact' as const),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
);

describe('packs', () => {
  it('a pack gives back its messages', () => {
    const messages: Message[] = [
      message(5),
      { ...message(6, 'dev', 'ünïcödé\t🎉 '), form: 'action' },
      { ...message(9), at: 3, text: cleanText('') },
    ];
    const [lobby, dev, ...others] = packed(messages);
    expect(others).toEqual([]);
    expect([lobby?.room.fold, dev?.room.fold, lobby?.segment, dev?.segment]).toEqual(['lobby', 'dev', 9, 9]);
    expect(lobby && unpacked(lobby)).toEqual([
      { id: 5, at: 1_000_005, name: 'ann', text: 'text 5', form: 0 },
      { id: 9, at: 3, name: 'ann', text: '', form: 0 },
    ]);
    expect(dev && unpacked(dev)).toEqual([
      { id: 6, at: 1_000_006, name: 'ann', text: 'ünïcödé\t🎉 ', form: 1 },
    ]);
  });

  it.each<[string, (pack: RoomPack) => Partial<RoomPack>]>([
    ['lost its beginning', ({ body }) => ({ body: body.slice(3) })],
    ['lost its end', ({ body }) => ({ body: body.slice(0, -9) })],
    ['has letters for a number', ({ body }) => ({ body: body.replace('\n1\n1\n', '\nx\n1\n') })],
    ['has an id out of order', ({ body }) => ({ body: body.replace('\n1\n1\n', '\n0\n1\n') })],
    ['has an id behind its last one', ({ body }) => ({ body: body.replace('\n1\n1\n', '\n5\n1\n') })],
    ['tells another number of messages', () => ({ count: 3 })],
  ])('a pack that %s is damaged', (_, damage) => {
    const [pack] = packed([message(1), message(2)]);
    if (pack === undefined) throw new Error('no pack');
    expect(unpacked(pack)).toHaveLength(2);
    expect(unpacked({ ...pack, ...damage(pack) })).toBe(null);
  });

  it('reading, counting and the export give the same, whatever has rows so far', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), fc.nat(), fc.nat(), (steps, one, other) => {
        const { history, commit, database } = open();
        const model = new MemoryHistory();
        let lastId = 0;
        for (const each of steps) {
          if (each.kind === 'index') history.index();
          if (each.kind === 'turn') {
            const turn = Array.from({ length: each.repeat }, () => each.rooms)
              .flat()
              .map((room) => message((lastId += 1 + each.skip), ROOMS[room] ?? ''));
            commit(...turn);
            for (const one of turn) model.append(one);
            model.commit();
          }
          if (each.kind === 'redact') {
            const id = Math.ceil(each.part * lastId);
            for (const room of ROOMS) model.redact(room, id);
            model.commit();
            history.redact('', id);
            history.commit();
          }
        }
        const [after, before] = [one % (lastId + 2), other % (lastId + 2)];
        const kept: Message[] = [];
        for (const room of ROOMS) {
          for (const limit of [1, 7, 900])
            for (const keep of ['newest', 'oldest'] as const)
              for (const range of [
                { after, before },
                { after: 0, before },
                { after, before: ALL.before },
              ]) {
                const asked = { ...range, limit, keep };
                expect(history.read(room, asked)).toEqual(model.read(room, asked));
                expect(history.countBetween(room, range.after, range.before, limit)).toBe(
                  model.countBetween(room, range.after, range.before, limit),
                );
              }
          const { at } = message(after);
          expect(history.idAt(room, at, 'first')).toBe(model.idAt(room, at, 'first'));
          expect(history.idAt(room, at, 'last')).toBe(model.idAt(room, at, 'last'));
          expect(found(history, 'text', room)).toEqual(found(model, 'text', room));
          kept.push(...model.read(room, ALL));
        }
        kept.sort((a, b) => a.id - b.id);
        expect([...exportedPages(database, { room: null, from: null, to: null })].flat()).toEqual(kept);
        const [from, to] = [message(after).at, message(before).at];
        const asked = kept.filter(({ room, at }) => room.fold === 'dev' && at >= from && at < to);
        expect([...exportedPages(database, { room: 'dev', from, to })].flat()).toEqual(asked);
        expect([...history.rooms()].map(({ fold }) => fold).toSorted()).toEqual(
          ROOMS.filter((room) => kept.some((each) => each.room.fold === room)).toSorted(),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('messages get their rows step by step, oldest first', () => {
    const { history, commit, count } = open();
    commit(...Array.from({ length: 700 }, (_, index) => message(index + 1, ROOMS[index % 3])));
    expect([count('messages'), count('packs')]).toEqual([0, 18]);
    expect(history.index()).toBe(true);
    expect([count('messages'), count('packs')]).toEqual([128, 15]);
    while (history.index()) continue;
    expect([count('messages'), count('packs')]).toEqual([700, 0]);
  });

  it.each(['oldest', 'newest'] as const)(
    'a reader misses no message that gets its row between two packs (%s first)',
    (keep) => {
      const { history, commit, database } = open();
      for (let id = 1; id <= 600; id++) commit(message(id));
      const reading = openSqlite(database.name, { busyTimeoutMs: 1000 });
      onTestFinished(() => reading.close());
      let isReading = false;
      const indexing = afterEachRow(reading, () => {
        if (isReading) history.index();
      });
      const reader = new SqliteHistory(indexing);
      isReading = true;
      const range = { ...ALL, keep, after: 10 };

      expect(reader.read('lobby', range)).toHaveLength(590);
      expect(reader.countBetween('lobby', 10, 601, 1000)).toBe(590);
    },
  );

  it('old messages are deleted that have no rows yet', () => {
    const { history, commit, count } = open();
    commit(...Array.from({ length: 300 }, (_, index) => message(index + 1)));
    commit(...Array.from({ length: 300 }, (_, index) => message(index + 301)));
    const before = message(291).at;
    let deleted = 0;
    for (let more = history.trim(before); more !== null; more = history.trim(before)) deleted += more.count;
    expect(deleted).toBe(290);
    expect(history.read('lobby', ALL)[0]?.id).toBe(291);
    expect(count('packs')).toBe(3);
    expect(history.forgottenId()).toBe(290);
    expect(found(history, 'text 5')).toEqual([]);
  });

  describe('of which one is damaged', () => {
    const damage = "UPDATE packs SET body = CAST(x'610A62FF' AS TEXT) WHERE last_id = 4";
    const lost = {
      room: { fold: 'dev', shown: 'dev' },
      ...{ firstId: 3, lastId: 4, firstAt: message(3).at, count: 2 },
    };
    const openDamaged = () => {
      const opened = open();
      opened.commit(message(1), message(2));
      opened.commit(message(3, 'dev'), message(4, 'dev'));
      opened.commit(message(5, 'dev'), message(6));
      opened.database.exec(damage);
      return opened;
    };

    it('get their rows, and the damaged one is set aside with its bytes and reported once', () => {
      const { database, history, count } = openDamaged();
      while (history.index()) continue;
      expect([count('messages'), count('packs'), count('damaged_packs')]).toEqual([4, 0, 1]);
      expect(database.prepareValue('SELECT hex(body) FROM damaged_packs').get()).toBe('610A62FF');
      expect(history.damaged).toEqual([lost]);
      expect(history.read('dev', ALL)).toEqual([message(5, 'dev')]);
      expect(found(history, 'text', 'dev')).toEqual([message(5, 'dev')]);
    });

    it('are read, searched and counted before they have rows', () => {
      const { history } = openDamaged();
      expect(history.read('dev', ALL)).toEqual([message(5, 'dev')]);
      expect(history.read('dev', { ...ALL, keep: 'oldest', limit: 1 })).toEqual([message(5, 'dev')]);
      expect(found(history, 'text', 'dev')).toEqual([message(5, 'dev')]);
      expect(history.countBetween('lobby', 0, 10, 10)).toBe(3);
      expect(history.idAt('dev', 0, 'first')).toBe(5);
    });

    it('are exported, and the damaged one is named, whether it was set aside or not', () => {
      const { database, history } = openDamaged();
      const exported = (query: Partial<ExportQuery> = {}) => {
        const named: DamagedPack[] = [];
        const all = { room: null, from: null, to: null, ...query };
        const pages = [...exportedPages(database, all, (pack) => named.push(pack))];
        return { ids: pages.flat().map(({ id }) => id), named };
      };
      for (const isAside of [false, true]) {
        if (isAside) while (history.index()) continue;
        expect(exported()).toEqual({ ids: [1, 2, 5, 6], named: [lost] });
        expect(exported({ room: 'dev' })).toEqual({ ids: [5], named: [lost] });
        expect(exported({ room: 'lobby' })).toEqual({ ids: [1, 2, 6], named: [] });
        expect(exported({ to: message(3).at })).toEqual({ ids: [1, 2], named: [] });
      }
    });

    it('let a turn delete a message, and the next start find the highest id', () => {
      const { database, history, commit, count } = openDamaged();
      for (const id of [3, 5]) history.redact('dev', id);
      history.commit();
      expect(history.read('dev', ALL)).toEqual([]);
      commit(message(7));
      database.exec('UPDATE packs SET count = 9 WHERE last_id = 7');
      expect(new SqliteHistory(database).lastId()).toBeGreaterThanOrEqual(7);
      expect(new SqliteHistory(database).lastAt()).toBe(message(7).at);
      expect(count('damaged_packs')).toBe(0);
    });

    it('are deleted when they are too old, with the bytes of the damaged one', () => {
      const { history, count } = openDamaged();
      while (history.trim(message(4).at) !== null) continue;
      expect(history.read('lobby', ALL)).toEqual([message(6)]);
      expect([count('damaged_packs'), history.damaged]).toEqual([0, [lost]]);
    });
  });

  it('counting reads the texts of two packs at most', () => {
    const { history, commit, database } = open();
    for (let id = 1; id <= 300; id += 3) commit(message(id), message(id + 1), message(id + 2));
    const bodies: number[] = [];
    const watching = afterEachRow(database, (row) => {
      if (row !== null && typeof row === 'object' && 'body' in row) bodies.push(1);
    });
    const reader = new SqliteHistory(watching);
    bodies.length = 0;
    expect(reader.countBetween('lobby', 1, 300, 1000)).toBe(298);
    expect(reader.countBetween('lobby', 2, 299, 1000)).toBe(296);
    expect(reader.countBetween('lobby', 0, 301, 10)).toBe(10);
    expect(bodies.length).toBeLessThanOrEqual(6);
    expect(history.countBetween('lobby', 0, 301, 1000)).toBe(300);
  });

  it('a room is kept as long as a pack has messages of it', () => {
    const { history, commit } = open();
    commit(message(1), message(2));
    while (history.index()) continue;
    commit(message(3));
    history.redact('lobby', 1);
    history.redact('lobby', 2);
    history.commit();
    expect(history.read('lobby', ALL)).toEqual([message(3)]);
    history.redact('lobby', 3);
    history.commit();
    expect([...history.rooms()]).toEqual([]);
  });
});

/** A database that calls back after each row that is read. */
function afterEachRow(database: Database, run: (row: unknown) => void): Database {
  return {
    get name() {
      return database.name;
    },
    get inTransaction() {
      return database.inTransaction;
    },
    prepare<Parameters extends Bindable[], Row>(sql: string): Statement<Parameters, Row> {
      const statement = database.prepare<Parameters, Row>(sql);
      return {
        run: (...values) => statement.run(...values),
        all: (...values) => {
          const rows = statement.all(...values);
          for (const row of rows) run(row);
          return rows;
        },
        get: (...values) => {
          const row = statement.get(...values);
          run(row);
          return row;
        },
      };
    },
    prepareValue: (sql) => database.prepareValue(sql),
    exec: (sql) => database.exec(sql),
    pragma: (pragma) => database.pragma(pragma),
    close: () => database.close(),
  };
}
