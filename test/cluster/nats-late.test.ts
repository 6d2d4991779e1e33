/** Entries that come late from a NATS server are compared with those of the leader of their stream. */
import { describe, expect, it } from 'vitest';
import { LateEntries, type LoggedEntry } from '../../src/cluster/nats-late.js';

/** What a leader answers, what is handed on, and a clock. */
class Bench {
  now = 1_000_000;
  /** What the leader has, by number. */
  readonly leader = new Map<number, LoggedEntry>();
  isReachable = true;
  readonly asked: number[] = [];
  readonly taken: string[] = [];
  readonly differences: number[] = [];
  waits = 0;
  onWait = () => {};
  readonly late = new LateEntries({
    ask: (seqs) => {
      this.asked.push(...seqs);
      if (!this.isReachable) return Promise.reject(new Error('no majority'));
      return Promise.resolve(seqs.map((seq) => this.leader.get(seq) ?? null));
    },
    onDifference: (seq) => this.differences.push(seq),
    onEntry: ({ seq, bytes }) => this.taken.push(`${seq} ${Buffer.from(bytes).toString()}`),
    now: () => this.now,
    wait: () => {
      this.waits++;
      this.onWait();
      return Promise.resolve();
    },
  });

  /** An entry that arrives so long after it was appended. The leader has it too, unless it has another one. */
  arrive(seq: number, text: string, tookMs = 2): void {
    const entry = entryOf(seq, text, this.now - tookMs);
    if (!this.leader.has(seq)) this.leader.set(seq, entry);
    this.late.take(entry);
  }
}

function entryOf(seq: number, text: string, at = 0): LoggedEntry {
  return { seq, at, bytes: Buffer.from(text) };
}

async function promises(): Promise<void> {
  for (let pass = 0; pass < 20; pass++) await Promise.resolve();
}

describe('entries of a NATS server', () => {
  it('entries that come at once are handed on at once, and the leader is not asked', () => {
    const bench = new Bench();
    for (let seq = 1; seq <= 5; seq++) {
      bench.now += 1000;
      bench.arrive(seq, 'a', seq % 2 === 0 ? 2 : 300);
    }
    expect(bench.taken).toEqual(['1 a', '2 a', '3 a', '4 a', '5 a']);
    expect(bench.asked).toEqual([]);
  });

  it('old entries of a log that is read from its beginning are not late', () => {
    const bench = new Bench();
    for (let seq = 1; seq <= 1000; seq++) bench.arrive(seq, 'a', 3_600_000 - seq * 1000);
    expect(bench.taken).toHaveLength(1000);
    expect(bench.asked).toEqual([]);
  });

  it('the leader’s entry counts in place of one that came late', async () => {
    const bench = new Bench();
    bench.arrive(1, 'a');
    bench.now += 16_000;
    bench.leader.set(2, entryOf(2, 'of the new leader', bench.now));
    bench.arrive(2, 'of the old leader', 16_000);
    bench.arrive(3, 'c');
    expect(bench.taken).toEqual(['1 a']);
    await promises();
    expect(bench.taken).toEqual(['1 a', '2 of the new leader', '3 c']);
    expect(bench.differences).toEqual([2]);
    bench.arrive(4, 'd');
    expect(bench.taken.at(-1)).toBe('4 d');
  });

  it('a late entry waits for a leader, and for the leader’s entry of its number', async () => {
    const bench = new Bench();
    bench.arrive(1, 'a');
    bench.now += 5000;
    bench.isReachable = false;
    const mine = entryOf(2, 'b', bench.now - 5000);
    bench.onWait = () => {
      if (bench.waits === 3) bench.isReachable = true;
      if (bench.waits === 5) bench.leader.set(2, mine);
    };
    bench.late.take(mine);
    await promises();
    await promises();
    expect(bench.waits).toBe(5);
    expect(bench.taken).toEqual(['1 a', '2 b']);
    expect(bench.differences).toEqual([]);
  });

  it('nothing is handed on after the reading has ended', async () => {
    const bench = new Bench();
    bench.arrive(1, 'a');
    bench.now += 5000;
    bench.arrive(2, 'b', 5000);
    bench.late.close();
    await promises();
    expect(bench.taken).toEqual(['1 a']);
  });
});
