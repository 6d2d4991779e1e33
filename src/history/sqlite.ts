/** The history in the data file: all messages that were not deleted as too old. `message-writer.ts` stores them. */
import type { HistoryStore, Search } from '../core/ports.js';
import type { HistoryRange, Message, SearchQuery } from '../core/message.js';
import { cleanText, type RoomName } from '../core/text/text.js';
import type { Database } from '../database/sqlite.js';
import { inSnapshot } from '../database/transaction.js';
import { formFields } from './form.js';
import { hasMessages } from './has-messages.js';
import { IdSequence, type Numbering } from './id-sequence.js';
import type { PackedMessage } from './pack.js';
import { PackReader } from './pack-table.js';
import { RoomTable } from './room-table.js';
import { scan } from './scan.js';
import { SearchIndex } from './search-index.js';
import { TimeBudget } from './time-budget.js';

/** The messages of a turn, and what is stored with them. */
export interface NewMessages {
  readonly messages: readonly Message[];
  /** The ids of messages that are deleted. */
  readonly redacted: readonly number[];
  /** The time of the message before them; -Infinity if there is none. */
  readonly lastAt: number;
  /** The ids that the transaction reserves; null if it need not. */
  readonly numbering: Numbering | null;
}

export class SqliteHistory implements HistoryStore {
  readonly #database: Database;
  readonly #rooms: RoomTable;
  readonly #ids: IdSequence;
  readonly #index: SearchIndex;
  readonly #packs: PackReader;
  readonly #budget = new TimeBudget();
  readonly #countRange;
  readonly #selectNewest;
  readonly #selectSteps;
  readonly #selectFrom;
  readonly #selectOldest;
  readonly #selectForgotten;
  #uncommitted: Message[] = [];
  #committing: readonly Message[] = [];
  /** The ids of messages that are being deleted. */
  #committingRedacted: readonly number[] = [];
  /** The ids of messages that are to be deleted. */
  #redacted: number[] = [];
  /** The last id that was consumed and that the file has as used. */
  #consumedId = 0;
  /** An id that is consumed once the next transaction has reserved it; 0 if there is none. */
  #unreservedId = 0;

  /**
   * `lastOtherId` is the highest id of a stored direct message. Earlier versions stored it before they reserved its id, so
   * after a crash it may be the only trace of the id.
   */
  constructor(database: Database, lastOtherId = 0) {
    this.#database = database;
    this.#rooms = new RoomTable(database);
    this.#ids = new IdSequence(database, lastOtherId);
    this.#index = new SearchIndex(database);
    this.#packs = new PackReader(database);
    this.#countRange = database.prepareValue<[number, number, number, number], number>(COUNT_RANGE);
    this.#selectSteps = database.prepareValue<[], number>('SELECT id FROM clock_steps ORDER BY id');
    this.#selectFrom = database.prepare<[number, number, number], Pick<PackedMessage, 'id' | 'at'>>(
      'SELECT id, at FROM messages WHERE room = ? AND id >= ? AND id < ? ORDER BY id LIMIT 1',
    );
    this.#selectNewest = database.prepare<[number, number, number, number], PackedMessage>(
      selectRange('DESC'),
    );
    this.#selectOldest = database.prepare<[number, number, number, number], PackedMessage>(
      selectRange('ASC'),
    );
    this.#selectForgotten = database.prepareValue<[], number>('SELECT forgotten_id FROM numbering');
  }

  append(message: Message): void {
    this.#uncommitted.push(message);
  }

  consumeId(id: number): boolean {
    const isReserved = this.#ids.isReserved(id);
    if (isReserved) this.#consumedId = id;
    else this.#unreservedId = id;
    return isReserved;
  }

  /** Ids are unique on the server, so the room is not needed. */
  redact(_room: string, id: number): void {
    this.#redacted.push(id);
  }

  /** Between two steps of the clock times only grow, so each such part is searched by halves. */
  idAt(fold: string, at: number, which: 'first' | 'last'): number {
    const room = this.#rooms.find(fold);
    const none = which === 'first' ? Number.POSITIVE_INFINITY : 0;
    if (room === null) return none;
    const starts = [0, ...this.#selectSteps.all()];
    const parts = starts.map((start, index) => [start, starts[index + 1] ?? this.lastId() + 1] as const);
    for (const [start, end] of which === 'first' ? parts : parts.reverse()) {
      const id =
        which === 'first'
          ? this.#firstNotOlder(room.id, at, start, end)
          : this.#lastNotNewer(room.id, at, start, end);
      if (id !== null) return id;
    }
    return none;
  }

  #firstNotOlder(room: number, at: number, start: number, end: number): number | null {
    let [low, high] = [start, end];
    let found: number | null = null;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = this.#firstFrom(room, middle, high);
      if (row === undefined) high = middle;
      else if (row.at < at) low = row.id + 1;
      else {
        found = row.id;
        high = middle;
      }
    }
    return found;
  }

  #lastNotNewer(room: number, at: number, start: number, end: number): number | null {
    const next = this.#firstNotOlder(room, at + 1, start, end) ?? end;
    const range = { after: start - 1, before: next, limit: 1, keep: 'newest' } as const;
    return this.#readRoom(room, range)[0]?.id ?? null;
  }

  /** The first message with an id from `id` up to `end`, `end` excluded. */
  #firstFrom(room: number, id: number, end: number): Pick<PackedMessage, 'id' | 'at'> | undefined {
    return inSnapshot(this.#database, () => {
      const [inPack] = this.#packs.read(room, { after: id - 1, before: end, limit: 1, keep: 'oldest' });
      return this.#selectFrom.get(room, id, inPack?.id ?? end) ?? inPack;
    });
  }

  /** Whether there is anything to store. */
  get hasUncommitted(): boolean {
    return this.#uncommitted.length > 0 || this.#unreservedId > 0 || this.#redacted.length > 0;
  }

  /** Returns what is to be stored, and begins anew. Followed by `onStored` or `onFailed`. */
  takeUncommitted(): NewMessages {
    const messages = this.#uncommitted;
    this.#uncommitted = [];
    this.#committing = messages;
    const newest = messages.at(-1);
    const lastId = Math.max(newest?.id ?? 0, this.#unreservedId);
    const { lastAt } = this.#ids;
    this.#unreservedId = 0;
    const redacted = this.#redacted;
    this.#redacted = [];
    this.#committingRedacted = redacted;
    return { messages, redacted, lastAt, numbering: this.#ids.begin(lastId, newest?.at) };
  }

  onStored(): void {
    this.#ids.advance();
    // A room without messages loses its number, which may become that of another room.
    if (this.#committingRedacted.length > 0) this.#rooms.clearCache();
    let last: RoomName | null = null;
    for (const { room } of this.#committing) {
      if (room !== last) this.#rooms.onNewMessage(room);
      last = room;
    }
    this.#committing = [];
    this.#committingRedacted = [];
  }

  onFailed(): void {
    this.#committing = [];
    this.#committingRedacted = [];
    this.#rooms.clearCache();
  }

  read(fold: string, range: HistoryRange): readonly Message[] {
    const room = this.#rooms.find(fold);
    if (room === null) return [];
    return this.#readRoom(room.id, range).map((row) => messageOf(row, { shown: room.shown, fold }));
  }

  /** The other thread gives messages of packs rows meanwhile, and takes them out of the packs. */
  #readRoom(room: number, range: HistoryRange): readonly PackedMessage[] {
    return inSnapshot(this.#database, () => this.#rowsAndPacks(room, range));
  }

  #rowsAndPacks(room: number, range: HistoryRange): readonly PackedMessage[] {
    const { after, before, limit, keep } = range;
    const inPacks = this.#packs.read(room, range);
    const end = inPacks[0]?.id ?? before;
    if (keep === 'oldest') {
      const rows = this.#selectOldest.all(room, after, end, limit);
      return rows.length === 0 ? inPacks : [...rows, ...inPacks].slice(0, limit);
    }
    if (inPacks.length >= limit) return inPacks;
    const rows = this.#selectNewest.all(room, after, end, limit - inPacks.length).reverse();
    return inPacks.length === 0 ? rows : [...rows, ...inPacks];
  }

  /** Reads the messages that are not indexed yet, then looks up the others in the index. */
  *search(query: SearchQuery): Search {
    const { room: fold, words, limit } = query;
    const room = this.#rooms.find(fold);
    if (room === null || words.length === 0) return [];
    const read = (range: HistoryRange) => this.read(fold, range);
    const after = this.#index.lastId;
    const found = [...(yield* scan(read, { ...query, after }, this.#budget))];
    let before = Math.min(query.before, after + 1);
    while (found.length < limit) {
      if (this.#budget.isSpent) {
        yield;
        continue;
      }
      const bucket = this.#budget.spendOn(() =>
        this.#index.find(room.id, words, before, limit - found.length),
      );
      if (bucket === null) break;
      for (const match of bucket.matches) found.unshift(messageOf(match, { shown: room.shown, fold }));
      before = bucket.before;
    }
    return found;
  }

  *rooms(): Generator<RoomName> {
    yield* this.#rooms.all();
  }

  countBetween(fold: string, after: number, before: number, limit: number): number {
    const room = this.#rooms.find(fold);
    if (room === null) return 0;
    return inSnapshot(this.#database, () => {
      const { count, firstId } = this.#packs.count(room.id, { after, before }, limit);
      if (count >= limit) return limit;
      return count + (this.#countRange.get(room.id, after, firstId, limit - count) ?? 0);
    });
  }

  hasMessages(fold: string, since: number): boolean {
    const messages =
      this.#committing.length === 0 ? this.#uncommitted : [...this.#committing, ...this.#uncommitted];
    const deleted = new Set([...this.#committingRedacted, ...this.#redacted]);
    return hasMessages(this, fold, since, { messages, deleted });
  }

  /** Old messages are deleted of all rooms. */
  forgottenId(): number {
    return this.#selectForgotten.get() ?? 0;
  }

  lastId(): number {
    return this.#ids.lastId;
  }

  lastAt(): number {
    return this.#ids.lastAt;
  }

  /** What a clean stop stores, so that the next start skips no ids. */
  finalNumbering(): Numbering {
    return this.#ids.final(this.#consumedId);
  }

  /** Indexing and deletion go on in the data file: reads again how far. */
  refresh(): void {
    this.#index.refresh();
    this.#rooms.clearCache();
  }
}

function messageOf({ id, at, name, text, form }: PackedMessage, room: RoomName): Message {
  return { id, at, room, from: name, text: cleanText(text), ...formFields(form) };
}

const COUNT_RANGE =
  'SELECT count(*) FROM (SELECT 1 FROM messages WHERE room = ? AND id > ? AND id < ? LIMIT ?)';

function selectRange(order: 'ASC' | 'DESC'): string {
  return `SELECT id, at, name, text, form FROM messages WHERE room = ? AND id > ? AND id < ? ORDER BY id ${order} LIMIT ?`;
}
