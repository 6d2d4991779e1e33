/** Reads and writes packs in the data file. Every message in a pack is newer than every message with a row of its own. */
import type { RoomName } from '../core/text/text.js';
import type { HistoryRange } from '../core/message.js';
import type { Migration } from '../database/migrate.js';
import type { Database } from '../database/sqlite.js';
import { type DamagedPack, damagedPack, type DamagedPacks } from './damaged-packs.js';
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

type PackSize = Pick<StoredPack, 'lastId' | 'firstId' | 'count'>;

const COLUMNS = 'last_id AS lastId, room, segment, first_id AS firstId, first_at AS firstAt, count, body';

type Range = Pick<HistoryRange, 'after' | 'before'>;

/** Reads the packs of one room. Packs of a room follow each other without an overlap. */
export class PackReader {
  readonly #selectBelow;
  readonly #selectAbove;
  readonly #selectNewest;
  readonly #selectSizes;

  constructor(database: Database) {
    this.#selectSizes = database.prepare<[number, number, number, number], PackSize>(
      // Without the body, which is most of a pack.
      `SELECT last_id AS lastId, first_id AS firstId, count FROM packs WHERE room = ? AND last_id > ? AND last_id < ?
       ORDER BY last_id DESC LIMIT ?`,
    );
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

  /** The newest message of all rooms. A damaged pack tells its id, and about its time. */
  newest(): Pick<PackedMessage, 'id' | 'at'> | null {
    const pack = this.#selectNewest.get();
    if (pack === undefined) return null;
    return unpacked(pack)?.at(-1) ?? { id: pack.lastId, at: pack.firstAt };
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

  /** The number of messages of a room, up to `limit`, and the first id counted. Reads at most two bodies. */
  count(room: number, range: Range, limit: number): { readonly count: number; readonly firstId: number } {
    const { after, before } = range;
    const across = this.#across(room, before);
    let count = across === null ? 0 : inRange(across, range).length;
    let firstId = across === null ? before : Math.max(across.firstId, after + 1);
    // Each pack has a message, so no more packs are needed.
    for (const pack of this.#selectSizes.all(room, after, before, limit)) {
      if (count >= limit) break;
      if (pack.firstId > after) count += pack.count;
      else count += this.read(room, { after, before: pack.lastId + 1, limit, keep: 'newest' }).length;
      firstId = Math.max(pack.firstId, after + 1);
    }
    return { count: Math.min(count, limit), firstId };
  }

  /** The pack that begins before this id, and ends with it or behind it; null if there is none. */
  #across(room: number, id: number): StoredPack | null {
    const pack = this.#selectAbove.get(room, id - 1);
    return pack !== undefined && pack.firstId < id ? pack : null;
  }

  /** The packs with messages in a range, the newest first. */
  *#downward(room: number, { after, before }: Range): Generator<StoredPack> {
    // One pack may begin in the range and end behind it.
    const across = this.#across(room, before);
    if (across !== null) yield across;
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

/** The messages of a damaged pack are missing. */
function inRange(pack: Pack, { after, before }: Range): PackedMessage[] {
  const messages = unpacked(pack) ?? [];
  if (pack.firstId > after && pack.lastId < before) return messages;
  return messages.filter(({ id }) => id > after && id < before);
}

/** A message of a pack, and its room. */
interface RoomMessage extends PackedMessage, RoomName {}

interface Segment {
  readonly firstId: number;
  readonly lastId: number;
  /** In the order of their ids, without those of damaged packs. */
  messages(): RoomMessage[];
  /** Its packs that are damaged. */
  damaged(): DamagedPack[];
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
            (unpacked(pack) ?? []).map((message) => ({ ...message, fold: pack.fold, shown: pack.shown })),
          )
          .sort((one, other) => one.id - other.id),
      damaged: () => packs.filter((pack) => unpacked(pack) === null).map(damagedPack),
    };
  }
}

/** A message of a pack, and the number of its room. */
interface NumberedMessage extends PackedMessage {
  readonly room: number;
}

interface Taken {
  /** In the order of their ids. */
  readonly messages: readonly NumberedMessage[];
  readonly damaged: readonly DamagedPack[];
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
  readonly #damaged;

  constructor(database: Database, damaged: DamagedPacks) {
    this.#selectFirstTime = database.prepareValue<[], number>(
      'SELECT first_at FROM packs ORDER BY last_id LIMIT 1',
    );
    this.#damaged = damaged;
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

  /**
   * Takes out the oldest segments: as many as have at most `most` messages together, but at least one. Damaged packs of
   * them are set aside.
   */
  takeOldest(most: number): Taken {
    let end = 0;
    let total = 0;
    // A pack has a message or more, so a segment that is cut off here is too much.
    for (const { segment, count } of this.#selectSizes.all(most + 1)) {
      total += count;
      if (end > 0 && total > most) break;
      end = segment;
    }
    const messages: NumberedMessage[] = [];
    const damaged: DamagedPack[] = [];
    for (const pack of this.#selectUpTo.all(end)) {
      const { room } = pack;
      const texts = unpacked(pack);
      for (const message of texts ?? []) messages.push({ ...message, room });
      const aside = texts === null ? this.#damaged.setAside(pack.lastId) : null;
      if (aside !== null) damaged.push(aside);
    }
    this.#deleteUpTo.run(end);
    return { messages: messages.sort((one, other) => one.id - other.id), damaged };
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
