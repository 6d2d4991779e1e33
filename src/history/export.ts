/** Reads the stored messages page by page, for `partyline export`; the next page is read when the last one is printed. */
import type { Message } from '../core/message.js';
import { cleanText } from '../core/text/text.js';
import type { Database } from '../database/sqlite.js';
import { type DamagedPack, DamagedPacks } from './damaged-packs.js';
import { SegmentReader } from './pack-table.js';

/** Rows in memory at a time. A read ends with its page, so a running server can checkpoint its log in between. */
const MESSAGES_PER_PAGE = 500;
/** Times do not always grow with ids, so each message's time is compared; no read goes through more messages than this. */
const IDS_PER_READ = 20_000;

export interface ExportQuery {
  /** RoomName.fold; null for all rooms. */
  readonly room: string | null;
  /** Milliseconds since 1970, inclusive; null for the beginning. */
  readonly from: number | null;
  /** Milliseconds since 1970, exclusive; null for no end. */
  readonly to: number | null;
}

interface Row {
  readonly id: number;
  readonly at: number;
  readonly fold: string;
  readonly shown: string;
  readonly name: string;
  readonly text: string;
}

/**
 * Pages of messages ordered by id, up to the newest message at the first read. `onDamaged` is called for each pack that
 * cannot be read; its messages are missing.
 */
export function* exportedPages(
  database: Database,
  query: ExportQuery,
  onDamaged: (pack: DamagedPack) => void = () => {},
): Generator<readonly Message[]> {
  const { room, from, to } = query;
  const conditions = [
    'messages.id > :after AND messages.id <= :last',
    ...(room === null ? [] : ['fold = :room']),
    ...(from === null ? [] : ['at >= :from']),
    ...(to === null ? [] : ['at < :to']),
  ];
  const rows = database.prepare<[{ after: number; last: number } & ExportQuery], Row>(
    `SELECT messages.id, at, fold, shown, name, text FROM messages JOIN rooms ON rooms.id = messages.room
     WHERE ${conditions.join(' AND ')} ORDER BY messages.id LIMIT ${MESSAGES_PER_PAGE}`,
  );
  const packs = new SegmentReader(database);
  const damaged = new Map<number, DamagedPack>();
  const end = Math.max(packs.newestId(), newestId(database));
  let after = Math.min(packs.after(0)?.firstId ?? Infinity, oldestId(database)) - 1;
  while (after < end) {
    // Before the rows: in between, a running server may give these messages their rows.
    const segment = packs.after(after);
    const last = Math.min(after + IDS_PER_READ, end, (segment?.firstId ?? Infinity) - 1);
    const page = rows.all({ after, last, room, from, to });
    if (page.length > 0) yield page.map(toMessage);
    after = page.length < MESSAGES_PER_PAGE ? last : (page.at(-1)?.id ?? last);
    if (segment === null || after < segment.firstId - 1) continue;
    for (const pack of segment.damaged()) damaged.set(pack.lastId, pack);
    const packed = segment.messages().filter((row) => row.id <= end && isAsked(row, query));
    if (packed.length > 0) yield packed.map(toMessage);
    after = segment.lastId;
  }
  // A running server may have set aside, since then, one that was found above.
  for (const pack of new DamagedPacks(database).all()) damaged.set(pack.lastId, pack);
  for (const pack of damaged.values())
    if (pack.firstId <= end && isAsked({ fold: pack.room.fold, at: pack.firstAt }, query)) onDamaged(pack);
}

function isAsked({ fold, at }: Pick<Row, 'fold' | 'at'>, { room, from, to }: ExportQuery): boolean {
  return (room === null || fold === room) && (from === null || at >= from) && (to === null || at < to);
}

/** The names of the rooms with stored messages. */
export function storedRooms(database: Database): readonly string[] {
  return database.prepareValue<[], string>('SELECT shown FROM rooms').all();
}

export function hasStoredRoom(database: Database, fold: string): boolean {
  return database.prepareValue<[string], number>('SELECT 1 FROM rooms WHERE fold = ?').get(fold) === 1;
}

function toMessage({ id, at, fold, shown, name, text }: Row): Message {
  return { id, at, room: { fold, shown }, from: name, text: cleanText(text) };
}

function newestId(database: Database): number {
  return database.prepareValue<[], number | null>('SELECT max(id) FROM messages').get() ?? 0;
}

function oldestId(database: Database): number {
  return database.prepareValue<[], number | null>('SELECT min(id) FROM messages').get() ?? Infinity;
}
