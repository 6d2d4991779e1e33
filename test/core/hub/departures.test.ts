/** The users who have left: what is kept of them, and that a table has the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Departures } from '../../../src/core/hub/departures.js';
import type { Departure, DepartureRow, SessionTable } from '../../../src/core/session-table.js';

const HOUR_MS = 3_600_000;

function departure(name: string, leftAt = 0): Departure {
  const by = { name, user: 'lines', host: 'host', account: null, isBot: false, realname: name };
  return { name, dialect: 'lines', address: '192.0.2.1', since: 0, leftAt, by };
}

class Table implements SessionTable {
  readonly rows = new Map<number, DepartureRow>();

  put(): void {}
  remove(): void {}

  putDeparture(row: DepartureRow): void {
    this.rows.set(row.no, row);
  }

  removeDeparture(no: number): void {
    this.rows.delete(no);
  }
}

const inOrder = (rows: Iterable<DepartureRow>) => [...rows].sort((one, other) => one.no - other.no);

describe('users who have left', () => {
  it('a user who left is known for an hour, and one who took another name is among the last ones only', () => {
    const departures = new Departures(null);
    departures.add('ann', departure('Ann', 1000));
    departures.add('bob', departure('Bob', 1000), true);
    expect(departures.last('ann', 1000 + HOUR_MS)?.name).toBe('Ann');
    expect(departures.last('ann', 1001 + HOUR_MS)).toBe(null);
    expect(departures.last('bob', 1000)).toBe(null);
    expect(departures.recent('bob').map(({ name }) => name)).toEqual(['Bob']);
  });

  it('the last use of a name is the later one of when a user left and when a user took another name', () => {
    const departures = new Departures(null);
    departures.add('ann', departure('ann', 1000));
    departures.add('ann', departure('Ann', 2000), true);
    expect(departures.lastUse('ann', 2000 + HOUR_MS)?.leftAt).toBe(2000);
    expect(departures.lastUse('ann', 2001 + HOUR_MS)).toBe(null);
    departures.add('ann', departure('ann', 3000));
    expect(departures.lastUse('ann', 3000)?.leftAt).toBe(3000);
    expect(departures.lastUse('bob', 3000)).toBe(null);
  });

  it('the last 512 departures of all, and the last one of each of 10,000 names, are kept', () => {
    const table = new Table();
    const departures = new Departures(table);
    for (let round = 1; round <= 2; round++)
      for (let index = 0; index < 10_100; index++)
        departures.add(`user${index}`, departure(`user${index}`, round));
    expect(table.rows.size).toBe(10_000);
    expect(departures.last('user99', 2)).toBe(null);
    expect(departures.last('user100', 2)).toMatchObject({ leftAt: 2 });
    for (let index = 0; index < 600; index++) departures.add('bot', departure('bot', 3));
    expect(departures.recent('bot')).toHaveLength(512);
    expect(table.rows.size).toBe(9999 + 512);
  });

  it('a table has all that is kept, and what is restored from it goes on in the same way', () => {
    const step = fc.record({
      user: fc.nat(300),
      isRenamed: fc.boolean(),
      count: fc.integer({ min: 1, max: 200 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.nat(20), (steps, restartAt) => {
        const table = new Table();
        const otherTable = new Table();
        const one = new Departures(table);
        let other = new Departures(otherTable);
        for (const [index, { user, isRenamed, count }] of steps.entries()) {
          if (index === restartAt) {
            other = new Departures(otherTable);
            other.restore(JSON.parse(JSON.stringify([...otherTable.rows.values()])));
          }
          for (let more = 0; more < count; more++) {
            const name = `user${user + (isRenamed ? more : 0)}`;
            for (const departures of [one, other]) departures.add(name, departure(name, index), isRenamed);
          }
        }
        const rows = inOrder(one.rows());
        for (const { rows: kept } of [table, otherTable]) expect(inOrder(kept.values())).toEqual(rows);
        expect(inOrder(other.rows())).toEqual(rows);
        for (const { fold } of rows.slice(-20)) expect(other.recent(fold)).toEqual(one.recent(fold));
      }),
      { numRuns: 40 },
    );
  });
});
