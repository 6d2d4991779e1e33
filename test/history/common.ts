/** The suite that every history store passes. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CommittingHistory } from '../../src/history/direct-store.js';
import type { HistoryRange, Message } from '../../src/core/message.js';
import { cleanText, parseRoomName, type RoomName } from '../../src/core/text/text.js';
import { hasWords, wordsOf } from '../../src/core/text/search-words.js';

export function roomNamed(name: string): RoomName {
  const room = parseRoomName(name);
  if (room === null) throw new Error(`invalid room name ${name}`);
  return room;
}

export function message(id: number, room = 'lobby', text = `text ${id}`): Message {
  return { id, at: 1_000_000 + id, room: roomNamed(room), from: 'ann', text: cleanText(text) };
}

const ALL: HistoryRange = { after: 0, before: Number.MAX_SAFE_INTEGER, limit: 500, keep: 'newest' };

/** The result of a search, which may take several steps. */
export function found(
  store: CommittingHistory,
  words: string,
  room = 'lobby',
  before = Number.MAX_SAFE_INTEGER,
) {
  const search = store.search({ room, words: [...wordsOf(words)], before, limit: 20 });
  for (;;) {
    const step = search.next();
    if (step.done === true) return step.value;
  }
}

/** @param maintain runs some of the store's background work, which must not change any result */
export function historySuite(
  name: string,
  make: () => CommittingHistory,
  maintain: (store: CommittingHistory) => void = () => {},
): void {
  describe(`the history (${name})`, () => {
    let store: CommittingHistory;
    const ids = (room: string, range: Partial<HistoryRange> = {}) =>
      store.read(room, { ...ALL, ...range }).map(({ id }) => id);
    const commit = (...messages: readonly Message[]) => {
      for (const one of messages) store.append(one);
      store.commit();
    };

    beforeEach(() => {
      store = make();
    });

    it(`the history (${name}) is empty at first`, () => {
      expect(ids('lobby')).toEqual([]);
      expect(store.lastId()).toBe(0);
    });

    it(`the history (${name}) has messages that wait for the commit, and none that wait for their deletion`, () => {
      const hasMessages = (room: string, since = Number.NEGATIVE_INFINITY) => store.hasMessages(room, since);
      expect(hasMessages('lobby')).toBe(false);
      store.append(message(1));
      expect(['lobby', 'dev'].map((room) => hasMessages(room))).toEqual([true, false]);
      store.redact('lobby', 1);
      expect(hasMessages('lobby')).toBe(false);
      store.commit();
      expect(hasMessages('lobby')).toBe(false);
      const rest = Array.from({ length: 40 }, (_, index) => message(index + 2));
      commit(...rest, message(50, 'dev'));
      expect(hasMessages('lobby')).toBe(true);
      for (const { id } of rest.slice(1)) store.redact('lobby', id);
      expect(hasMessages('lobby')).toBe(true);
      store.redact('lobby', 2);
      expect(['lobby', 'dev'].map((room) => hasMessages(room))).toEqual([false, true]);
      store.append(message(51));
      expect(hasMessages('lobby')).toBe(true);
      expect(hasMessages('lobby', message(52).at)).toBe(false);
      store.commit();
      expect([51, 52].map((id) => hasMessages('lobby', message(id).at))).toEqual([true, false]);
      expect([50, 51].map((id) => hasMessages('dev', message(id).at))).toEqual([true, false]);
    });

    it(`the history (${name}) returns a committed message unchanged`, () => {
      commit(message(1));
      expect(store.read('lobby', ALL)).toEqual([message(1)]);
    });

    it(`the history (${name}) contains no message before its commit`, () => {
      store.append(message(1));
      expect(ids('lobby')).toEqual([]);
      expect(store.lastId()).toBe(0);
    });

    it(`the history (${name}) deletes single messages with the next commit, also from the search`, () => {
      commit(message(1), message(2), message(3), message(4, 'dev'));
      maintain(store);
      store.redact('lobby', 2);
      store.redact('lobby', 99);
      expect(ids('lobby')).toEqual([1, 2, 3]);
      commit(message(5));
      expect(ids('lobby')).toEqual([1, 3, 5]);
      expect(found(store, 'text').map(({ id }) => id)).toEqual([1, 3, 5]);
      store.redact('dev', 4);
      expect(store.hasUncommitted).toBe(true);
      store.commit();
      expect(ids('dev')).toEqual([]);
      expect(store.lastId()).toBe(5);
    });

    it(`the history (${name}) deletes a message of the same commit`, () => {
      store.append(message(1));
      store.append(message(2));
      store.redact('lobby', 1);
      store.commit();
      expect(ids('lobby')).toEqual([2]);
    });

    it(`the history (${name}) shows what comes after a room’s only message was deleted, in this room alone`, () => {
      commit(message(1, 'dev'));
      maintain(store);
      expect(ids('dev')).toEqual([1]);
      store.redact('dev', 1);
      store.commit();
      commit(message(2, 'ops'));
      commit(message(3, 'dev'));
      expect(ids('dev')).toEqual([3]);
      expect(ids('ops')).toEqual([2]);
    });

    it(`the history (${name}) finds messages by their time, also where times go back`, () => {
      const times = [100, 200, 200, 300, 150, 250, 400];
      commit(...times.map((at, index) => ({ ...message(2 * index + 1), at })), {
        ...message(20, 'dev'),
        at: 1,
      });
      const first = (at: number) => store.idAt('lobby', at, 'first');
      const last = (at: number) => store.idAt('lobby', at, 'last');
      expect([first(0), first(100), first(101), first(200), first(300), first(301), first(401)]).toEqual([
        ...[1, 1, 3, 3, 7, 13, Number.POSITIVE_INFINITY],
      ]);
      expect([last(99), last(100), last(149), last(150), last(249), last(250), last(1000)]).toEqual([
        ...[0, 1, 1, 9, 9, 11, 13],
      ]);
      expect(store.idAt('ops', 100, 'first')).toBe(Number.POSITIVE_INFINITY);
      expect(store.idAt('ops', 100, 'last')).toBe(0);
    });

    it(`the history (${name}) keeps the form of a message`, () => {
      commit({ ...message(1), form: 'action' }, { ...message(2), form: 'notice' }, message(3));
      expect(store.read('lobby', ALL).map(({ form }) => form)).toEqual(['action', 'notice', undefined]);
    });

    it(`the history (${name}) returns the messages of one room only`, () => {
      commit(message(1), message(2, 'Dev'), message(3));
      expect(ids('lobby')).toEqual([1, 3]);
      expect(ids('dev')).toEqual([2]);
      expect(ids('ops')).toEqual([]);
    });

    it(`the history (${name}) lists the rooms that hold messages, each once, with their last spelling`, () => {
      expect([...store.rooms()]).toEqual([]);
      commit(message(1), message(2, 'dev'), message(3), message(4, 'Dev'));
      const rooms = [...store.rooms()].toSorted((a, b) => a.fold.localeCompare(b.fold));
      expect(rooms).toEqual([roomNamed('Dev'), roomNamed('lobby')]);
      const many = Array.from({ length: 600 }, (_, index) => message(5 + index, `room${index}`));
      commit(...many);
      const folds = [...store.rooms()].map(({ fold }) => fold);
      expect(folds.toSorted()).toEqual(['dev', 'lobby', ...many.map(({ room }) => room.fold)].toSorted());
    });

    it(`the history (${name}) returns the newest or the oldest messages between two exclusive ids, oldest first`, () => {
      commit(...[2, 3, 5, 8, 9].map((id) => message(id)));
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

    it(`the history (${name}) finds messages that contain all words, whole and in any case`, () => {
      const texts = [
        'Hello World',
        'hello there',
        'HELLO, "world"!',
        'worldly hellos',
        'Straße',
        'привет Мир',
        '日本語',
      ];
      commit(
        ...texts.map((text, index) => message(index + 1, 'lobby', text)),
        message(100, 'dev', 'hello dev'),
      );
      const idsOf = (words: string, room?: string) => found(store, words, room).map(({ id }) => id);
      expect(idsOf('hello')).toEqual([1, 2, 3]);
      expect(idsOf('WORLD Hello')).toEqual([1, 3]);
      expect(idsOf('hell')).toEqual([]);
      expect(idsOf('STRASSE')).toEqual([5]);
      expect(idsOf('МИР')).toEqual([6]);
      expect(idsOf('日語')).toEqual([7]);
      expect(idsOf('hello', 'dev')).toEqual([100]);
      expect(idsOf('hello', 'ops')).toEqual([]);
      expect(idsOf('')).toEqual([]);
      expect(found(store, 'straße')).toEqual([message(5, 'lobby', 'Straße')]);
    });

    it(`the history (${name}) finds the newest committed messages before an id, oldest first`, () => {
      commit(...Array.from({ length: 50 }, (_, index) => message(index + 1, 'lobby', 'again')));
      store.append(message(51, 'lobby', 'again'));
      const idsOf = (before?: number) => found(store, 'again', 'lobby', before).map(({ id }) => id);
      expect(idsOf()).toEqual(Array.from({ length: 20 }, (_, index) => index + 31));
      expect(idsOf(10)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    it(`the history (${name}) finds İstanbul by istanbul, and istanbul by İSTANBUL`, () => {
      commit(message(1, 'lobby', 'greetings from İstanbul'), message(2, 'lobby', 'istanbul again'));
      maintain(store);
      for (const words of ['istanbul', 'İstanbul', 'ISTANBUL', 'İSTANBUL'])
        expect(
          found(store, words).map(({ id }) => id),
          words,
        ).toEqual([1, 2]);
    });

    it(`the history (${name}) finds the same messages as a scan of all texts`, () => {
      const word = fc.constantFrom(
        'a',
        'b',
        'c',
        'ab',
        'É',
        'é',
        'ß',
        'SS',
        '日',
        'Σ',
        'ς',
        '9',
        '-',
        '"',
        '*',
      );
      const text = fc.array(word, { maxLength: 6 }).map((words) => words.join(' '));
      const room = fc.constantFrom('lobby', 'dev');
      fc.assert(
        fc.property(fc.array(fc.tuple(room, text), { maxLength: 60 }), text, room, (texts, words, inRoom) => {
          const first = store.lastId() + 1;
          const messages = texts.map(([name, each], index) => message(first + index, name, each));
          commit(...messages);
          maintain(store);
          const wanted = [...wordsOf(words)];
          const expected = messages.filter(
            (each) => each.room.fold === inRoom && wanted.length > 0 && hasWords(each.text, wanted),
          );
          const actual = found(store, words, inRoom).filter(({ id }) => id >= first);
          expect(actual).toEqual(expected.slice(-20));
        }),
        { numRuns: 60 },
      );
    });

    it(`the history (${name}) counts the messages between two exclusive ids, up to a limit`, () => {
      commit(...[2, 3, 5, 8].map((id) => message(id)), message(9, 'dev'));
      expect(store.countBetween('lobby', 2, 9, 100)).toBe(3);
      expect(store.countBetween('lobby', 0, 9, 2)).toBe(2);
      expect(store.countBetween('lobby', 8, 10, 100)).toBe(0);
      expect(store.countBetween('ops', 0, 10, 100)).toBe(0);
    });

    it(`the history (${name}) remembers the highest id of all rooms`, () => {
      commit(message(7), message(9, 'dev'));
      expect(store.lastId()).toBe(9);
    });
  });
}
