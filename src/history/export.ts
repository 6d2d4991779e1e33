/** Reads the stored messages page by page, for `partyline export`; the next page is read when the last one is printed. */
import type { Message } from '../core/message.js';
import { cleanText } from '../core/text/text.js';
import type { Database } from '../database/sqlite.js';

/** Rows in memory at a time. A read ends with its page, so a running server can checkpoint its log in between. */
const MESSAGES_PER_PAGE = 500;

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

/** Pages of messages ordered by id, up to the newest message at the first read. */
export function* exportedPages(
  database: Database,
  { room, from, to }: ExportQuery,
): Generator<readonly Message[]> {
  const rows = database.prepare<{ after: number; before: number; room: string | null }, Row>(
    `SELECT messages.id, at, fold, shown, name, text FROM messages JOIN rooms ON rooms.id = messages.room
     WHERE messages.id > :after AND messages.id < :before ${room === null ? '' : 'AND fold = :room'}
     ORDER BY messages.id LIMIT ${MESSAGES_PER_PAGE}`,
  );
  const end = newestId(database) + 1;
  const before = to === null ? end : firstIdFrom(database, to, end);
  let after = (from === null ? 0 : firstIdFrom(database, from, end)) - 1;
  for (;;) {
    const page = rows.all({ after, before, room });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page.map(toMessage);
    after = last.id;
  }
}

/** The names of the rooms with stored messages. */
export function storedRooms(database: Database): readonly string[] {
  return database.prepare<[], string>('SELECT shown FROM rooms').pluck().all();
}

export function hasStoredRoom(database: Database, fold: string): boolean {
  return database.prepare<[string], number>('SELECT 1 FROM rooms WHERE fold = ?').pluck().get(fold) === 1;
}

function toMessage({ id, at, fold, shown, name, text }: Row): Message {
  return { id, at, room: { fold, shown }, from: name, text: cleanText(text) };
}

function newestId(database: Database): number {
  return database.prepare<[], number | null>('SELECT max(id) FROM messages').pluck().get() ?? 0;
}

/** The lowest id of a message at or after `time`, by binary search: times grow with ids, so no index is needed. */
function firstIdFrom(database: Database, time: number, end: number): number {
  const timeFrom = database
    .prepare<[number], number>('SELECT at FROM messages WHERE id >= ? ORDER BY id LIMIT 1')
    .pluck();
  let low = 0;
  let high = end;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((timeFrom.get(middle) ?? Number.POSITIVE_INFINITY) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
