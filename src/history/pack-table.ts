/** Reads and writes packs in the data file. Every message in a pack is newer than every message with a row of its own. */
import type { RoomName } from '../core/text/text.js';
import type { HistoryRange } from '../core/message.js';
import type { Migration } from '../database/migrate.js';
import type { Database } from '../database/sqlite.js';
import { type DamagedPack, damagedPack, type DamagedPacks } from './damaged-packs.js';
import { bodyWithout, type Pack, type PackedMessage, type PackText, unpacked } from './pack.js';
import { FIRST_AT_OR_ZERO, PACK_COLUMNS, SEGMENT, SIZE_COLUMNS } from './pack-columns.js';

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

/** A pack as it is in the data file. */
export interface StoredPack extends PackText {
  /** The number of its room; null if there is no such room. */
  readonly room: number | null;
  /** The time of the first message, or of one before it. */
  readonly aboutAt: number;
}

interface PackSize extends Pick<StoredPack, 'lastId' | 'firstId'> {
  readonly count: number;
}

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
      `SELECT ${SIZE_COLUMNS} FROM packs WHERE room = ? AND last_id > ? AND last_id < ?
       ORDER BY last_id DESC LIMIT ?`,
    );
    this.#selectBelow = database.prepare<[number, number], StoredPack>(
      `SELECT ${PACK_COLUMNS} FROM packs WHERE room = ? AND last_id < ? ORDER BY last_id DESC LIMIT 1`,
    );
    this.#selectAbove = database.prepare<[number, number], StoredPack>(
      `SELECT ${PACK_COLUMNS} FROM packs WHERE room = ? AND last_id > ? ORDER BY last_id LIMIT 1`,
    );
    this.#selectNewest = database.prepare<[], StoredPack>(
      `SELECT ${PACK_COLUMNS} FROM packs ORDER BY last_id DESC LIMIT 1`,
    );
  }

  /** The newest message of all rooms. A damaged pack tells its id, and about its time. */
  newest(): Pick<PackedMessage, 'id' | 'at'> | null {
    const pack = this.#selectNewest.get();
    if (pack === undefined) return null;
    return unpacked(pack)?.at(-1) ?? { id: pack.lastId, at: pack.aboutAt };
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
    let firstId = across === null ? before : Math.max(across.firstId ?? across.lastId, after + 1);
    // Each pack has a message, so no more packs are needed.
    for (const pack of this.#selectSizes.all(room, after, before, limit)) {
      if (count >= limit) break;
      const first = pack.firstId ?? pack.lastId;
      if (first > after) count += pack.count;
      else count += this.read(room, { after, before: pack.lastId + 1, limit, keep: 'newest' }).length;
      firstId = Math.max(first, after + 1);
    }
    return { count: Math.min(count, limit), firstId };
  }

  /** The pack that begins before this id, and ends with it or behind it; null if there is none. */
  #across(room: number, id: number): StoredPack | null {
    const pack = this.#selectAbove.get(room, id - 1);
    return pack !== undefined && (pack.firstId ?? pack.lastId) < id ? pack : null;
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
      // Not the first id, which may be damaged: packs do not overlap.
      end = pack.lastId;
    }
  }

  /** The same, the oldest first. */
  *#upward(room: number, { after, before }: Range): Generator<StoredPack> {
    for (let start = after; ;) {
      const pack = this.#selectAbove.get(room, start);
      if (pack === undefined || (pack.firstId ?? pack.lastId) >= before) return;
      yield pack;
      start = pack.lastId;
    }
  }
}

/** The messages of a damaged pack are missing. */
function inRange(pack: PackText, { after, before }: Range): PackedMessage[] {
  const messages = unpacked(pack) ?? [];
  if ((pack.firstId ?? 0) > after && pack.lastId < before) return messages;
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
      `SELECT ${PACK_COLUMNS}, coalesce(fold, '') AS fold, coalesce(shown, '') AS shown
       FROM packs LEFT JOIN rooms ON rooms.id = packs.room WHERE last_id > @id
       AND last_id <= (SELECT ${SEGMENT} FROM packs WHERE last_id > @id ORDER BY last_id LIMIT 1)`,
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
    if (packs.length === 0) return null;
    return {
      firstId: Math.min(...packs.map(({ firstId, lastId }) => firstId ?? lastId)),
      lastId: Math.max(...packs.map(({ lastId }) => lastId)),
      messages: () =>
        packs
          .flatMap((pack) =>
            (messagesOf(pack) ?? []).map((message) => ({ ...message, fold: pack.fold, shown: pack.shown })),
          )
          .sort((one, other) => one.id - other.id),
      damaged: () => packs.filter((pack) => messagesOf(pack) === null).map(damagedStoredPack),
    };
  }
}

/** Null if the pack is damaged. */
function messagesOf(pack: StoredPack): PackedMessage[] | null {
  return pack.room === null ? null : unpacked(pack);
}

function damagedStoredPack(pack: StoredPack & RoomName): DamagedPack {
  const { fold, shown, lastId, firstId, aboutAt, count } = pack;
  const first = firstId ?? lastId;
  return damagedPack({
    ...{ fold, shown, firstId: first, lastId, firstAt: aboutAt },
    count: count ?? lastId - first + 1,
  });
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
  readonly #selectNewestRow;
  readonly #selectRow;
  readonly #damaged;

  constructor(database: Database, damaged: DamagedPacks) {
    this.#selectFirstTime = database.prepareValue<[], number>(
      `SELECT ${FIRST_AT_OR_ZERO} FROM packs ORDER BY last_id LIMIT 1`,
    );
    this.#selectNewestRow = database.prepareValue<[], number | null>('SELECT max(id) FROM messages');
    this.#selectRow = database.prepareValue<[number], number>('SELECT 1 FROM messages WHERE id = ?');
    this.#damaged = damaged;
    this.#insert = database.prepare<(number | string)[]>('INSERT INTO packs VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#selectSizes = database.prepare<[number], Pick<Pack, 'segment' | 'count'>>(
      `SELECT segment, sum(count) AS count
       FROM (SELECT ${SEGMENT} AS segment, ${SIZE_COLUMNS} FROM packs ORDER BY last_id LIMIT ?)
       GROUP BY segment ORDER BY segment`,
    );
    this.#selectUpTo = database.prepare<[number], StoredPack>(
      `SELECT ${PACK_COLUMNS} FROM packs WHERE last_id <= ?`,
    );
    this.#deleteUpTo = database.prepare<[number]>('DELETE FROM packs WHERE last_id <= ?');
    this.#selectAcross = database.prepare<[{ readonly id: number }], StoredPack>(
      // Packs of several rooms overlap, but only within a segment.
      `SELECT ${PACK_COLUMNS} FROM packs WHERE last_id >= @id AND first_id <= @id
       AND last_id <= (SELECT ${SEGMENT} FROM packs WHERE last_id >= @id ORDER BY last_id LIMIT 1)`,
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
    for (const { pack, found } of this.#unpackedUpTo(end)) {
      const { room, lastId } = pack;
      if (found !== null && room !== null) for (const message of found) messages.push({ ...message, room });
      const aside = found === null ? this.#damaged.setAside(lastId) : null;
      if (aside !== null) damaged.push(aside);
    }
    this.#deleteUpTo.run(end);
    return { messages: messages.sort((one, other) => one.id - other.id), damaged };
  }

  /**
   * The packs with last ids up to this one, and their messages; null for a damaged pack. Where two have the same id, the
   * first id of one is damaged: probably of the one that does not end with its last id.
   */
  #unpackedUpTo(end: number): { readonly pack: StoredPack; readonly found: PackedMessage[] | null }[] {
    const packs = this.#selectUpTo.all(end).map((pack) => ({ pack, found: messagesOf(pack) }));
    const isWhole = ({ pack, found }: (typeof packs)[number]) => found?.at(-1)?.id === pack.lastId;
    const newest = this.#selectNewestRow.get() ?? 0;
    const ids = new Set<number>();
    return [...packs.filter(isWhole), ...packs.filter((each) => !isWhole(each))].map(({ pack, found }) => {
      const isTaken = ({ id }: PackedMessage) =>
        ids.has(id) || (id <= newest && this.#selectRow.get(id) !== undefined);
      if (found === null || found.some(isTaken)) return { pack, found: null };
      for (const { id } of found) ids.add(id);
      return { pack, found };
    });
  }

  /** Deletes a message. Returns its room; null if it is in no pack. */
  removeMessage(id: number): number | null {
    for (const pack of this.#selectAcross.all({ id })) {
      const body = bodyWithout(pack, id);
      if (body === null) continue;
      if (pack.count === null || pack.count === 1) this.#delete.run(pack.lastId);
      else this.#update.run(pack.count - 1, body, pack.lastId);
      return pack.room;
    }
    return null;
  }
}
