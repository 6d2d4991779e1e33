/** Reads and writes packs in the data file. Every message in a pack is newer than every message with a row of its own. */
import type { RoomName } from '../core/text/text.js';
import type { HistoryRange } from '../core/message.js';
import type { Migration } from '../database/migrate.js';
import type { Database } from '../database/sqlite.js';
import { bodyWithout, type Pack, type PackedMessage, unpacked } from './pack.js';

export const packTable: Migration = {
  description: 'messages that have no row of their own yet, several in a row',
  sql: `
    CREATE TABLE packs (
      last_id INTEGER PRIMARY KEY,
      room INTEGER NOT NULL,
      segment INTEGER NOT NULL,
      first_id INTEGER NOT NULL,
      first_at INTEGER NOT NULL,
      count INTEGER NOT NULL,
      body TEXT NOT NULL
    );
    CREATE INDEX packs_by_room ON packs (room);
  `,
};

/** A pack with the number of its room. */
export interface StoredPack extends Pack {
  readonly room: number;
}

const COLUMNS = 'last_id AS lastId, room, segment, first_id AS firstId, first_at AS firstAt, count, body';

type Range = Pick<HistoryRange, 'after' | 'before'>;

/** Reads the packs of one room. Packs of a room follow each other without an overlap. */
export class PackReader {
  readonly #selectBelow;
  readonly #selectAbove;
  readonly #selectNewest;

  constructor(database: Database) {
    this.#selectBelow = database.prepare<[number, number], StoredPack>(
      `SELECT ${COLUMNS} FROM packs WHERE room = ? AND last_id < ? ORDER BY last_id DESC LIMIT 1`,
    );
    this.#selectAbove = database.prepare<[number, number], StoredPack>(
      `SELECT ${COLUMNS} FROM packs WHERE room = ? AND last_id > ? ORDER BY last_id LIMIT 1`,
    );
    this.#selectNewest = database.prepare<[], StoredPack>(
      `SELECT ${COLUMNS} FROM packs ORDER BY last_id DESC LIMIT 1`,
    );
  }

  /** The newest message of all rooms. */
  newest(): PackedMessage | null {
    const pack = this.#selectNewest.get();
    return pack === undefined ? null : (unpacked(pack).at(-1) ?? null);
  }

  /** Messages of a room, oldest first. */
  read(room: number, { after, before, limit, keep }: HistoryRange): PackedMessage[] {
    const range = { after, before };
    if (keep === 'oldest') {
      const found: PackedMessage[] = [];
      for (const pack of this.#upward(room, range)) {
        for (const message of inRange(pack, range)) found.push(message);
        if (found.length >= limit) break;
      }
      return found.slice(0, limit);
    }
    const parts: PackedMessage[][] = [];
    let count = 0;
    for (const pack of this.#downward(room, range)) {
      const part = inRange(pack, range);
      parts.push(part);
      count += part.length;
      if (count >= limit) break;
    }
    const found = parts.reverse().flat();
    return found.slice(Math.max(0, found.length - limit));
  }

  /** The number of messages of a room, up to `limit`, and the first id counted. */
  count(room: number, range: Range, limit: number): { readonly count: number; readonly firstId: number } {
    let count = 0;
    let firstId = range.before;
    for (const pack of this.#downward(room, range)) {
      const isWhole = pack.firstId > range.after && pack.lastId < range.before;
      count += isWhole ? pack.count : inRange(pack, range).length;
      firstId = Math.max(pack.firstId, range.after + 1);
      if (count >= limit) return { count: limit, firstId };
    }
    return { count, firstId };
  }

  /** The packs with messages in a range, the newest first. */
  *#downward(room: number, { after, before }: Range): Generator<StoredPack> {
    // One pack may begin in the range and end behind it.
    const across = this.#selectAbove.get(room, before - 1);
    if (across !== undefined && across.firstId < before) yield across;
    for (let end = before; ;) {
      const pack = this.#selectBelow.get(room, end);
      if (pack === undefined || pack.lastId <= after) return;
      yield pack;
      end = pack.firstId;
    }
  }

  /** The same, the oldest first. */
  *#upward(room: number, { after, before }: Range): Generator<StoredPack> {
    for (let start = after; ;) {
      const pack = this.#selectAbove.get(room, start);
      if (pack === undefined || pack.firstId >= before) return;
      yield pack;
      start = pack.lastId;
    }
  }
}

function inRange(pack: Pack, { after, before }: Range): PackedMessage[] {
  const messages = unpacked(pack);
  if (pack.firstId > after && pack.lastId < before) return messages;
  return messages.filter(({ id }) => id > after && id < before);
}

/** A message of a pack, and its room. */
interface RoomMessage extends PackedMessage, RoomName {}

interface Segment {
  readonly firstId: number;
  readonly lastId: number;
  /** In the order of their ids. */
  messages(): RoomMessage[];
}

/** Reads the messages of all rooms, one segment after the other. */
export class SegmentReader {
  readonly #selectSegment;
  readonly #selectNewestId;

  constructor(database: Database) {
    this.#selectSegment = database.prepare<[{ readonly id: number }], StoredPack & RoomName>(
      `SELECT ${COLUMNS}, fold, shown FROM packs JOIN rooms ON rooms.id = packs.room WHERE last_id > @id
       AND last_id <= (SELECT segment FROM packs WHERE last_id > @id ORDER BY last_id LIMIT 1)`,
    );
    this.#selectNewestId = database.prepareValue<[], number | null>('SELECT max(last_id) FROM packs');
  }

  /** 0 without packs. */
  newestId(): number {
    return this.#selectNewestId.get() ?? 0;
  }

  /** The first segment behind this id; null if there is none. */
  after(id: number): Segment | null {
    const packs = this.#selectSegment.all({ id });
    const [first] = packs;
    if (first === undefined) return null;
    return {
      firstId: Math.min(...packs.map(({ firstId }) => firstId)),
      lastId: first.segment,
      messages: () =>
        packs
          .flatMap((pack) =>
            unpacked(pack).map((message) => ({ ...message, fold: pack.fold, shown: pack.shown })),
          )
          .sort((one, other) => one.id - other.id),
    };
  }
}

/** Adds packs, takes them out, and deletes single messages from them. All of it must run in a transaction. */
export class PackWriter {
  readonly #insert;
  readonly #selectSizes;
  readonly #selectUpTo;
  readonly #deleteUpTo;
  readonly #selectAcross;
  readonly #update;
  readonly #delete;
  readonly #selectFirstTime;

  constructor(database: Database) {
    this.#selectFirstTime = database.prepareValue<[], number>(
      'SELECT first_at FROM packs ORDER BY last_id LIMIT 1',
    );
    this.#insert = database.prepare<(number | string)[]>('INSERT INTO packs VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#selectSizes = database.prepare<[number], Pick<StoredPack, 'segment' | 'count'>>(
      `SELECT segment, sum(count) AS count FROM (SELECT segment, count FROM packs ORDER BY last_id LIMIT ?)
       GROUP BY segment ORDER BY segment`,
    );
    this.#selectUpTo = database.prepare<[number], StoredPack>(
      `SELECT ${COLUMNS} FROM packs WHERE last_id <= ?`,
    );
    this.#deleteUpTo = database.prepare<[number]>('DELETE FROM packs WHERE last_id <= ?');
    this.#selectAcross = database.prepare<[{ readonly id: number }], StoredPack>(
      // Packs of several rooms overlap, but only within a segment.
      `SELECT ${COLUMNS} FROM packs WHERE last_id >= @id AND first_id <= @id
       AND last_id <= (SELECT segment FROM packs WHERE last_id >= @id ORDER BY last_id LIMIT 1)`,
    );
    this.#update = database.prepare<[number, string, number]>(
      'UPDATE packs SET count = ?, body = ? WHERE last_id = ?',
    );
    this.#delete = database.prepare<[number]>('DELETE FROM packs WHERE last_id = ?');
  }

  add(room: number, { segment, firstId, lastId, firstAt, count, body }: Pack): void {
    this.#insert.run(lastId, room, segment, firstId, firstAt, count, body);
  }

  get hasAny(): boolean {
    return this.#selectFirstTime.get() !== undefined;
  }

  /** Whether the oldest pack begins before this time. */
  mayHaveOlder(at: number): boolean {
    const firstAt = this.#selectFirstTime.get();
    return firstAt !== undefined && firstAt < at;
  }

  /** Takes out the oldest segments: as many as have at most `most` messages together, but at least one. */
  takeOldest(most: number): readonly StoredPack[] {
    let end = 0;
    let total = 0;
    // A pack has a message or more, so a segment that is cut off here is too much.
    for (const { segment, count } of this.#selectSizes.all(most + 1)) {
      total += count;
      if (end > 0 && total > most) break;
      end = segment;
    }
    const packs = this.#selectUpTo.all(end);
    this.#deleteUpTo.run(end);
    return packs;
  }

  /** Deletes a message. Returns its room; null if it is in no pack. */
  removeMessage(id: number): number | null {
    for (const pack of this.#selectAcross.all({ id })) {
      const body = bodyWithout(pack, id);
      if (body === null) continue;
      if (pack.count === 1) this.#delete.run(pack.lastId);
      else this.#update.run(pack.count - 1, body, pack.lastId);
      return pack.room;
    }
    return null;
  }
}
