/** The messages of a place, in the order of their ids whatever order they come in. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Item, Log } from '../../src/page/model/log.js';
import { RowMaker } from '../../src/page/model/rows.js';

function item(id: number): Extract<Item, { kind: 'message' }> {
  const message = {
    key: `${id}`,
    id,
    at: id * 1000,
    from: `u${id % 3}`,
    text: `text ${id}`,
    isAction: false,
    isOwn: false,
    isMention: false,
    state: 'stored',
    failure: '',
    isKept: false,
  } as const;
  return { kind: 'message', message, group: null };
}

const options = { showsPresence: true, newAfter: null, dayOf: (at: number) => Math.floor(at / 86_400_000) };

function idsOf(log: Log): readonly (number | null)[] {
  return [...log.messages()].map(({ id }) => id);
}

describe('the log of a place', () => {
  it('messages are in the order of their ids, each once, in whatever order they come', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 300 }), (ids) => {
        const log = new Log();
        for (const id of ids) log.add(item(id));
        expect(idsOf(log)).toEqual([...new Set(ids)].sort((one, other) => one - other));
        expect(log.size).toBe(new Set(ids).size);
        for (const { items } of log.segments) expect(items.length).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
  });

  it('a page of older messages, gaps and deletions keep the order', () => {
    const log = new Log();
    for (let id = 500; id <= 600; id++) log.add(item(id));
    log.prepend([
      ...Array.from({ length: 100 }, (_, at) => item(at + 300)),
      { kind: 'gap', key: 'g', after: 399, before: 500, isLoading: false },
    ]);
    log.prepend([item(299), item(300)]);
    log.fillGap(
      'g',
      Array.from({ length: 110 }, (_, at) => item(at + 395)),
    );
    log.removeId(450);
    const expected = Array.from({ length: 302 }, (_, at) => at + 299).filter((id) => id !== 450);
    expect(idsOf(log)).toEqual(expected);
    expect([log.firstId, log.lastId, log.has(450), log.has(451)]).toEqual([299, 600, false, true]);
    expect(log.trim(100, 'oldest')).toBe(true);
    expect(log.size).toBeLessThan(160);
    expect(log.lastId).toBe(600);
    expect(log.trim(100, 'oldest')).toBe(false);
  });

  it('a new message makes a new object of the last chunk alone', () => {
    const log = new Log();
    const rows = new RowMaker();
    for (let id = 1; id <= 220; id++) log.add(item(id));
    const before = rows.chunksOf(log.segments, [], options);
    log.add(item(221));
    const after = rows.chunksOf(log.segments, [], options);
    expect(before.length).toBe(5);
    expect(after.slice(0, 4).every((chunk, at) => chunk === before[at])).toBe(true);
    expect(after[4]).not.toBe(before[4]);
    // Of it, the rows that were there are the same objects.
    expect(after[4]?.rows.slice(0, -1)).toSatisfy((same: readonly unknown[]) =>
      same.every((row, at) => row === before[4]?.rows[at]),
    );
    // Older ones above change the first of the chunks that were there, whose day rule may go.
    log.prepend([item(-2), item(-1)]);
    const older = rows.chunksOf(log.segments, [], options);
    expect(older.slice(2).every((chunk, at) => chunk === after[at + 1])).toBe(true);
  });

  it('the messages of one name within five minutes are a group, and a day has a rule', () => {
    const log = new Log();
    const at = (id: number, time: number, from: string) => {
      const { message } = item(id);
      log.add({ kind: 'message', message: { ...message, at: time, from }, group: null });
    };
    at(1, 0, 'ann');
    at(2, 60_000, 'ann');
    at(3, 400_000, 'ann');
    at(4, 401_000, 'bob');
    at(5, 86_400_000, 'bob');
    at(7, 86_400_000, 'carl');
    at(8, 86_400_000, 'carl');
    const [chunk] = new RowMaker().chunksOf(log.segments, [], { ...options, newAfter: 3 });
    expect(chunk?.rows.map((row) => ('isFirst' in row ? `${row.kind} ${row.isFirst}` : row.kind))).toEqual([
      'day',
      'message true',
      'message false',
      'message true',
      'new',
      'message true',
      'day',
      'message true',
      'paste true',
    ]);
  });
});
