/** The history in memory: its limits per room and in total. */
import { describe, expect, it } from 'vitest';
import { MemoryHistory } from '../../src/history/memory.js';
import { historySuite, message } from './common.js';

historySuite('memory', () => new MemoryHistory());

describe('the history in memory', () => {
  const ALL = { after: 0, before: Number.MAX_SAFE_INTEGER, limit: 5000, keep: 'newest' } as const;

  it('the history in memory keeps the last 1,000 messages of each room', () => {
    const store = new MemoryHistory();
    for (let id = 1; id <= 3500; id++) {
      store.append(message(id));
      if (id % 7 === 0) store.commit();
      if (id === 10) store.append(message(100_000, 'quiet'));
    }
    store.commit();
    const ids = store.read('lobby', ALL).map(({ id }) => id);
    expect(ids).toHaveLength(1000);
    expect(ids.at(-1)).toBe(3500);
    expect(store.read('quiet', ALL)).toHaveLength(1);
  });

  it('the history in memory keeps what is said in a room after its only message was deleted', () => {
    const store = new MemoryHistory();
    for (const id of [1, 2, 3]) {
      store.append(message(id));
      store.commit();
      if (id === 3) break;
      store.redact('lobby', id);
      store.commit();
      expect(store.read('lobby', ALL)).toEqual([]);
    }
    expect(store.read('lobby', ALL).map(({ id }) => id)).toEqual([3]);
  });

  it('the history in memory drops the room with the oldest last message when the total size is too large', () => {
    const store = new MemoryHistory(10_000);
    for (let id = 1; id <= 100; id++) {
      store.append(message(id, `room${id}`, 'x'.repeat(300)));
      store.commit();
    }
    expect(store.read('room1', ALL)).toEqual([]);
    expect(store.read('room100', ALL)).toHaveLength(1);
    expect(store.read('room85', ALL)).toHaveLength(1);
  });
});
