/** History on disk: every message there ever was, in the data file. A turn is one transaction. */
import type { HistoryStore, Search } from '../core/ports.js';
import type { HistoryRange, Message, SearchQuery } from '../core/message.js';
import { cleanText, type RoomName } from '../core/text/text.js';
import type { Database } from '../database/sqlite.js';
import { inTransaction } from '../database/transaction.js';
import { IdSequence } from './id-sequence.js';
import { RoomTable } from './room-table.js';
import { scan } from './scan.js';
import { type Indexable, SearchIndex } from './search-index.js';
import { TimeBudget } from './time-budget.js';

/** Rows in one statement. More of them gain nothing: what a statement costs is spread over enough by then. */
const ROWS_PER_STATEMENT = 32;
/** A step of some milliseconds, even if each is of another room. */
const MESSAGES_TRIMMED_PER_STEP = 64;

const COLUMNS = 5;

export interface SqliteHistoryOptions {
  /** Messages are stored again, after some were not. */
  readonly onRecovery?: () => void;
}

export class SqliteHistory implements HistoryStore {
  readonly #database: Database;
  readonly #onRecovery: () => void;
  readonly #rooms: RoomTable;
  readonly #ids: IdSequence;
  readonly #index: SearchIndex;
  readonly #budget = new TimeBudget();
  readonly #addOne;
  readonly #addSome;
  readonly #newest;
  readonly #count;
  readonly #oldest;
  readonly #eldest;
  readonly #forget;
  readonly #values: unknown[] = Array.from({ length: ROWS_PER_STATEMENT * COLUMNS });
  #uncommitted: Message[] = [];
  #spent = 0;
  #failing = false;

  constructor(database: Database, { onRecovery = () => {} }: SqliteHistoryOptions = {}) {
    this.#database = database;
    this.#onRecovery = onRecovery;
    this.#rooms = new RoomTable(database);
    this.#ids = new IdSequence(database);
    this.#index = new SearchIndex(database);
    this.#addOne = database.prepare<unknown[]>('INSERT INTO messages VALUES (?, ?, ?, ?, ?)');
    const places = Array.from({ length: ROWS_PER_STATEMENT }, () => '(?, ?, ?, ?, ?)').join(', ');
    this.#addSome = database.prepare<unknown[]>(`INSERT INTO messages VALUES ${places}`);
    this.#count = database.prepare<[number, number, number, number], number>(COUNTING).pluck();
    this.#newest = database.prepare<[number, number, number, number], Stored>(reading('DESC'));
    this.#oldest = database.prepare<[number, number, number, number], Stored>(reading('ASC'));
    this.#eldest = database.prepare<[number], Indexable & { readonly at: number }>(
      'SELECT id, at, room, text FROM messages ORDER BY id LIMIT ?',
    );
    this.#forget = database.prepare<[number]>('DELETE FROM messages WHERE id <= ?');
  }

  append(message: Message): void {
    this.#uncommitted.push(message);
  }

  consumeId(id: number): void {
    this.#spent = id;
  }

  commit(): void {
    const messages = this.#uncommitted;
    this.#uncommitted = [];
    const newest = messages.at(-1);
    const lastId = Math.max(newest?.id ?? 0, this.#spent);
    if (newest !== undefined || !this.#ids.isReserved(lastId)) this.#write(messages, lastId);
    this.#ids.advance(lastId, newest?.at ?? 0);
  }

  read(fold: string, { after, before, limit, keep }: HistoryRange): readonly Message[] {
    const room = this.#rooms.find(fold);
    if (room === null) return [];
    const rows = (keep === 'newest' ? this.#newest : this.#oldest).all(room.id, after, before, limit);
    if (keep === 'newest') rows.reverse();
    return rows.map((row) => messageOf(row, { shown: room.shown, fold }));
  }

  /** What is indexed is looked up, what is not is read. */
  *search(query: SearchQuery): Search {
    const { room: fold, words, limit } = query;
    const room = this.#rooms.find(fold);
    if (room === null || words.length === 0) return [];
    const read = (range: HistoryRange) => this.read(fold, range);
    const after = this.#index.lastId;
    const found = [...(yield* scan(read, { ...query, after }, this.#budget))];
    let before = Math.min(query.before, after + 1);
    while (found.length < limit) {
      if (this.#budget.isOver) {
        yield;
        continue;
      }
      const part = this.#budget.spendOn(() => this.#index.find(room.id, words, before, limit - found.length));
      if (part === null) break;
      for (const match of part.matches) found.unshift(messageOf(match, { shown: room.shown, fold }));
      before = part.before;
    }
    return found;
  }

  /** Makes some more messages quick to find. False if all are. */
  index(): boolean {
    if (!this.#index.isBehind) return false;
    this.#inTransactionThatMayBeLost(() => this.#index.extend());
    return true;
  }

  /** Forgets some of the messages that are older than `at`. False if none is. */
  trim(at: number): boolean {
    const old = this.#eldest.all(MESSAGES_TRIMMED_PER_STEP).filter((message) => message.at < at);
    const last = old.at(-1);
    if (last === undefined) return false;
    this.#inTransactionThatMayBeLost(() => {
      for (const message of old) this.#index.remove(message);
      this.#index.tidy();
      this.#forget.run(last.id);
      for (const room of new Set(old.map(({ room }) => room))) this.#rooms.removeIfEmpty(room);
    });
    return true;
  }

  countBetween(fold: string, after: number, before: number, most: number): number {
    const room = this.#rooms.find(fold);
    return room === null ? 0 : (this.#count.get(room.id, after, before, most) ?? 0);
  }

  lastId(): number {
    return this.#ids.lastId;
  }

  lastAt(): number {
    return this.#ids.lastAt;
  }

  /** The database itself belongs to whoever opened it. */
  close(): void {
    try {
      inTransaction(this.#database, () => this.#ids.finish());
    } catch {
      // As after a crash: a few ids are left out.
    }
  }

  /** What is made again after a power cut need not wait for the disk. */
  #inTransactionThatMayBeLost(work: () => void): void {
    this.#database.pragma('synchronous = NORMAL');
    try {
      inTransaction(this.#database, work);
    } catch (error) {
      this.#rooms.forget();
      throw error;
    } finally {
      this.#index.refresh();
      this.#database.pragma('synchronous = FULL');
    }
  }

  #write(messages: readonly Message[], lastId: number): void {
    try {
      inTransaction(this.#database, () => {
        this.#add(messages);
        this.#ids.reserve(lastId);
      });
    } catch (error) {
      this.#rooms.forget();
      this.#ids.discardReservation();
      this.#failing = true;
      throw error;
    }
    if (!this.#failing) return;
    this.#failing = false;
    this.#onRecovery();
  }

  #add(messages: readonly Message[]): void {
    let next = 0;
    for (; next + ROWS_PER_STATEMENT <= messages.length; next += ROWS_PER_STATEMENT) {
      for (let row = 0; row < ROWS_PER_STATEMENT; row++) this.#put(row, messages[next + row]);
      this.#addSome.run(this.#values);
    }
    for (; next < messages.length; next++) {
      this.#put(0, messages[next]);
      this.#addOne.run(this.#values.slice(0, COLUMNS));
    }
  }

  /** As a row of the next statement. The array is used again and again: a third of a turn's cost was in arrays. */
  #put(row: number, message: Message | undefined): void {
    if (message === undefined) return;
    const values = this.#values;
    const start = row * COLUMNS;
    values[start] = message.id;
    values[start + 1] = message.at;
    values[start + 2] = this.#rooms.numberOf(message.room);
    values[start + 3] = message.from;
    values[start + 4] = message.text;
  }
}

interface Stored {
  readonly id: number;
  readonly at: number;
  readonly name: string;
  readonly text: string;
}

function messageOf({ id, at, name, text }: Stored, room: RoomName): Message {
  return { id, at, room, from: name, text: cleanText(text) };
}

const COUNTING = 'SELECT count(*) FROM (SELECT 1 FROM messages WHERE room = ? AND id > ? AND id < ? LIMIT ?)';

function reading(order: 'ASC' | 'DESC'): string {
  return `SELECT id, at, name, text FROM messages WHERE room = ? AND id > ? AND id < ? ORDER BY id ${order} LIMIT ?`;
}
