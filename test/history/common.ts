/** What every history store must do. Each implementation runs this suite. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { HistoryRange, HistoryStore, Message } from '../../src/core/ports.js';
import { cleanText, parseRoomName, type RoomName } from '../../src/core/text.js';

export function roomNamed(name: string): RoomName {
  const room = parseRoomName(name);
  if (room === null) throw new Error(`${name} is no room`);
  return room;
}

export function message(id: number, room = 'lobby', text = `text ${id}`): Message {
  return { id, at: 1_000_000 + id, room: roomNamed(room), from: 'ann', text: cleanText(text) };
}

const ALL: HistoryRange = { after: 0, before: Number.MAX_SAFE_INTEGER, limit: 500, keep: 'newest' };

export function historySuite(name: string, make: () => HistoryStore): void {
  describe(`${name} as a history`, () => {
    let store: HistoryStore;
    const ids = (room: string, range: Partial<HistoryRange> = {}) =>
      store.read(room, { ...ALL, ...range }).map(({ id }) => id);
    const keep = (...messages: readonly Message[]) => {
      for (const one of messages) store.append(one);
      store.commit();
    };

    beforeEach(() => {
      store = make();
    });

    it('is empty at first', () => {
      expect(ids('lobby')).toEqual([]);
      expect(store.lastId()).toBe(0);
    });

    it('gives back what was committed, whole', () => {
      keep(message(1));
      expect(store.read('lobby', ALL)).toEqual([message(1)]);
    });

    it('shows nothing before the commit', () => {
      store.append(message(1));
      expect(ids('lobby')).toEqual([]);
      expect(store.lastId()).toBe(0);
    });

    it('keeps the rooms apart', () => {
      keep(message(1), message(2, 'Dev'), message(3));
      expect(ids('lobby')).toEqual([1, 3]);
      expect(ids('dev')).toEqual([2]);
      expect(ids('ops')).toEqual([]);
    });

    it('reads ranges without their ends, the newest or the oldest of them, oldest first', () => {
      keep(...[2, 3, 5, 8, 9].map((id) => message(id)));
      expect(ids('lobby', { after: 3 })).toEqual([5, 8, 9]);
      expect(ids('lobby', { before: 8 })).toEqual([2, 3, 5]);
      expect(ids('lobby', { after: 2, before: 9 })).toEqual([3, 5, 8]);
      expect(ids('lobby', { limit: 2 })).toEqual([8, 9]);
      expect(ids('lobby', { limit: 2, keep: 'oldest' })).toEqual([2, 3]);
      expect(ids('lobby', { after: 4, limit: 1, keep: 'oldest' })).toEqual([5]);
      expect(ids('lobby', { after: 9 })).toEqual([]);
      expect(ids('lobby', { before: 1 })).toEqual([]);
      expect(ids('lobby', { after: 8, before: 5 })).toEqual([]);
    });

    it('knows the highest id', () => {
      keep(message(7), message(9, 'dev'));
      expect(store.lastId()).toBe(9);
    });
  });
}
