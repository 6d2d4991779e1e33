/** The checks of the cluster's proof find each kind of fault: a check that finds nothing would prove nothing. */
import { describe, expect, it } from 'vitest';
import { type Copy, farewellFaults, messageFaults, sessionFaults, type Stored } from './ledger.js';
import type { ClientRecord, Fate, Seen } from './record.js';

const message = (id: number, from: string, text: string, room = 'dev'): Stored => ({
  id,
  at: id * 10,
  room,
  from,
  text,
});

/** Ann said two things and was refused a third; bob saw both. */
const MESSAGES = [message(4, 'ann', 'ann 1'), message(5, 'cat', 'cat 1', 'ops'), message(6, 'ann', 'ann 2')];

const client = (name: string, more: Partial<ClientRecord> = {}): ClientRecord => ({
  name,
  room: 'dev',
  server: 'a',
  sent: [],
  seen: [],
  seesItself: false,
  gone: new Map(),
  readyAt: 0,
  leftAt: null,
  closedAt: null,
  farewell: null,
  ...more,
});

const sent = (text: string, fate: Fate, id: number | null = null, at = 0) => ({ text, at, fate, id });
const saw = (id: number | null, text: string): Seen => ({ id, from: 'ann', text });

const ann = client('ann', {
  sent: [
    sent('ann 1', 'acknowledged', 4),
    sent('ann 2', 'acknowledged'),
    sent('ann 3', 'refused'),
    sent('ann 4', 'open'),
  ],
});
const bob = client('bob', { seen: [saw(4, 'ann 1'), saw(null, 'ann 2')] });

const copies = (change: (messages: readonly Stored[]) => readonly Stored[] = (same) => same): Copy[] => [
  { server: 'a', messages: MESSAGES },
  { server: 'b', messages: change(MESSAGES) },
];

const faultsOf = (change: (messages: readonly Stored[]) => readonly Stored[]) =>
  messageFaults([ann, bob], copies(change)).join('\n');

describe('the ledger of the cluster', () => {
  it('equal copies with all that was acknowledged and seen have no fault', () => {
    expect(messageFaults([ann, bob], copies())).toEqual([]);
  });

  it('an open message may be stored or not', () => {
    const more = [...MESSAGES, message(7, 'ann', 'ann 4')];
    expect(messageFaults([ann, bob], [{ server: 'a', messages: more }])).toEqual([]);
  });

  it.each([
    ['a lost message', 'acknowledged and is not stored', (all: readonly Stored[]) => all.slice(0, -1)],
    [
      'a seen message that is lost',
      'saw "ann 1", which is not stored',
      (all: readonly Stored[]) => all.slice(1),
    ],
    [
      'a message stored twice',
      'is stored twice, as 6 and 7',
      (all: readonly Stored[]) => [...all, message(7, 'ann', 'ann 2')],
    ],
    [
      'a refused message that is stored',
      'was refused and is stored as 7',
      (all: readonly Stored[]) => [...all, message(7, 'ann', 'ann 3')],
    ],
    [
      'another id',
      'was acknowledged as 4 and is stored as 3',
      (all: readonly Stored[]) => [message(3, 'ann', 'ann 1'), ...all.slice(1)],
    ],
    [
      'another order',
      'was sent after "ann 1" and has a lower id',
      () => [message(4, 'ann', 'ann 2'), message(6, 'ann', 'ann 1')],
    ],
    [
      'ids that do not grow',
      'id 4 follows id 5',
      (all: readonly Stored[]) => [all[1], all[0], all[2]].flatMap((one) => one ?? []),
    ],
    [
      'another room',
      'was sent to dev and is in ops',
      (all: readonly Stored[]) => [...all.slice(0, 2), message(6, 'ann', 'ann 2', 'ops')],
    ],
    [
      'a message that a reader was not shown',
      'bob saw 6 where dev has 5 (place 1)',
      (all: readonly Stored[]) => all.map((each) => ({ ...each, room: 'dev' })),
    ],
    [
      'another time on one server',
      'where b has',
      (all: readonly Stored[]) => all.map((each) => ({ ...each, at: each.at + 1 })),
    ],
    [
      'a message more on one server',
      'a has nothing where b has',
      (all: readonly Stored[]) => [...all, message(9, 'eve', 'x')],
    ],
  ])('%s is found', (_, words, change) => {
    expect(faultsOf(change)).toContain(words);
  });

  it('a message that a reader saw twice is found', () => {
    const twice = client('bob', { seen: [saw(4, 'ann 1'), saw(4, 'ann 1'), saw(6, 'ann 2')] });
    expect(messageFaults([ann, twice], copies()).join()).toContain('bob saw 4 where dev has 6');
  });

  it('two sessions of a name at a time are found, and one after the other are not', () => {
    const spoke = (server: string, readyAt: number, ...times: number[]) =>
      client('ann', {
        server,
        readyAt,
        sent: times.map((at) => sent(`ann ${at}`, 'acknowledged', null, at)),
      });
    const second = spoke('b', 90, 200);
    expect(sessionFaults([spoke('a', 0, 50, 100), second])).toEqual([
      'ann has a session on b 10 ms before the one on a ended',
    ]);
    expect(sessionFaults([second, spoke('a', 0, 60)])).toEqual([]);
    const refused = client('ann', { sent: [sent('ann 1', 'refused', null, 100)] });
    expect(sessionFaults([refused, second])).toEqual([]);
  });

  it('an end that a watcher was not told, was told twice or late is found', () => {
    const told = (...times: number[]) => client('bob', { gone: new Map([['ann', times]]) });
    const faults = (watcher: ClientRecord) =>
      farewellFaults([watcher], ['ann'], { since: 1000, withinMs: 500 }).join();
    expect(faults(told(900, 1400))).toBe('');
    expect(faults(told(900))).toContain('told 0 times');
    expect(faults(told(1100, 1200))).toContain('told 2 times');
    expect(faults(told(1600))).toContain('told after 600 ms');
  });
});
