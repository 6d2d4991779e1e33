/** The history in the data file: all messages that were not deleted as too old. A turn is one transaction. */
import type { HistoryStore, Search } from '../core/ports.js';
import type { Forgotten, HistoryRange, Message, SearchQuery } from '../core/message.js';
import { cleanText, type RoomName } from '../core/text/text.js';
import type { Database, SqlValue } from '../database/sqlite.js';
import { inTransaction } from '../database/transaction.js';
import { IdSequence } from './id-sequence.js';
import { RoomTable } from './room-table.js';
import { scan } from './scan.js';
import { SearchIndex } from './search-index.js';
import { TimeBudget } from './time-budget.js';
import { Trimmer } from './trimmer.js';

/** Rows inserted by one statement. More gain nothing: the statement's fixed cost is small compared to them. */
const ROWS_PER_STATEMENT = 32;
const COLUMNS = 5;

export interface SqliteHistoryOptions {
  /** A commit succeeded after a failed one. */
  readonly onRecovery?: () => void;
}

export class SqliteHistory implements HistoryStore {
  readonly #database: Database;
  readonly #onRecovery: () => void;
  readonly #rooms: RoomTable;
  readonly #ids: IdSequence;
  readonly #index: SearchIndex;
  readonly #budget = new TimeBudget();
  readonly #insertOne;
  readonly #insertMany;
  readonly #countRange;
  readonly #selectNewest;
  readonly #selectOldest;
  readonly #trimmer: Trimmer;
  readonly #values: SqlValue[] = Array.from({ length: ROWS_PER_STATEMENT * COLUMNS }, () => null);
  #uncommitted: Message[] = [];
  #consumedId = 0;
  #isFailing = false;

  constructor(database: Database, { onRecovery = () => {} }: SqliteHistoryOptions = {}) {
    this.#database = database;
    this.#onRecovery = onRecovery;
    this.#rooms = new RoomTable(database);
    this.#ids = new IdSequence(database);
    this.#index = new SearchIndex(database);
    this.#insertOne = database.prepare<SqlValue[]>('INSERT INTO messages VALUES (?, ?, ?, ?, ?)');
    const placeholders = Array.from({ length: ROWS_PER_STATEMENT }, () => '(?, ?, ?, ?, ?)').join(', ');
    this.#insertMany = database.prepare<SqlValue[]>(`INSERT INTO messages VALUES ${placeholders}`);
    this.#countRange = database.prepareValue<[number, number, number, number], number>(COUNT_RANGE);
    this.#selectNewest = database.prepare<[number, number, number, number], Row>(selectRange('DESC'));
    this.#selectOldest = database.prepare<[number, number, number, number], Row>(selectRange('ASC'));
    this.#trimmer = new Trimmer(database, this.#index, this.#rooms);
  }

  append(message: Message): void {
    this.#uncommitted.push(message);
  }

  consumeId(id: number): void {
    if (!this.#ids.isReserved(id)) this.#write([], id);
    this.#consumedId = id;
  }

  commit(): void {
    const messages = this.#uncommitted;
    this.#uncommitted = [];
    const newest = messages.at(-1);
    const lastId = Math.max(newest?.id ?? 0, this.#consumedId);
    if (newest !== undefined) this.#write(messages, lastId);
    this.#ids.advance(lastId, newest?.at);
  }

  read(fold: string, { after, before, limit, keep }: HistoryRange): readonly Message[] {
    const room = this.#rooms.find(fold);
    if (room === null) return [];
    const rows = (keep === 'newest' ? this.#selectNewest : this.#selectOldest).all(
      room.id,
      after,
      before,
      limit,
    );
    if (keep === 'newest') rows.reverse();
    return rows.map((row) => messageOf(row, { shown: room.shown, fold }));
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

  /** Indexes the next messages. False if all are indexed. */
  index(): boolean {
    if (!this.#index.hasUnindexed) return false;
    this.#inUnsyncedTransaction(() => this.#index.extend());
    return true;
  }

  /** Deletes some of the messages older than `at`. Null if there are none. */
  trim(at: number): Forgotten | null {
    const old = this.#trimmer.find(at);
    const last = old.at(-1);
    if (last === undefined) return null;
    this.#inUnsyncedTransaction(() => this.#trimmer.delete(old));
    return { count: old.length, upTo: last.at };
  }

  countBetween(fold: string, after: number, before: number, limit: number): number {
    const room = this.#rooms.find(fold);
    return room === null ? 0 : (this.#countRange.get(room.id, after, before, limit) ?? 0);
  }

  lastId(): number {
    return this.#ids.lastId;
  }

  lastAt(): number {
    return this.#ids.lastAt;
  }

  /** The caller that opened the database closes it. */
  close(): void {
    try {
      inTransaction(this.#database, () => this.#ids.finish());
    } catch {
      // As after a crash: the reserved ids are skipped.
    }
  }

  /** For work that is repeated after a power cut, and so need not wait for the disk's sync. */
  #inUnsyncedTransaction(work: () => void): void {
    this.#database.pragma('synchronous = NORMAL');
    try {
      inTransaction(this.#database, work);
    } catch (error) {
      this.#rooms.clearCache();
      throw error;
    } finally {
      this.#index.refresh();
      this.#database.pragma('synchronous = FULL');
    }
  }

  #write(messages: readonly Message[], lastId: number): void {
    const { reservedUpTo } = this.#ids;
    try {
      inTransaction(this.#database, () => {
        this.#insert(messages);
        this.#trimmer.recordSteps(messages, this.#ids.lastAt);
        this.#ids.reserve(lastId);
      });
    } catch (error) {
      this.#rooms.clearCache();
      this.#ids.reservedUpTo = reservedUpTo;
      this.#isFailing = true;
      throw error;
    }
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#onRecovery();
  }

  #insert(messages: readonly Message[]): void {
    let next = 0;
    for (; next + ROWS_PER_STATEMENT <= messages.length; next += ROWS_PER_STATEMENT) {
      for (let row = 0; row < ROWS_PER_STATEMENT; row++) this.#bind(row, messages[next + row]);
      this.#insertMany.run(...this.#values);
    }
    for (; next < messages.length; next++) {
      this.#bind(0, messages[next]);
      this.#insertOne.run(...this.#values.slice(0, COLUMNS));
    }
  }

  /** Sets the values of one row. The array is reused: allocating arrays was a third of a turn's cost. */
  #bind(row: number, message: Message | undefined): void {
    if (message === undefined) return;
    const values = this.#values;
    const start = row * COLUMNS;
    values[start] = message.id;
    values[start + 1] = message.at;
    values[start + 2] = this.#rooms.idOf(message.room);
    values[start + 3] = message.from;
    values[start + 4] = message.text;
  }
}

interface Row {
  readonly id: number;
  readonly at: number;
  readonly name: string;
  readonly text: string;
}

function messageOf({ id, at, name, text }: Row, room: RoomName): Message {
  return { id, at, room, from: name, text: cleanText(text) };
}

const COUNT_RANGE =
  'SELECT count(*) FROM (SELECT 1 FROM messages WHERE room = ? AND id > ? AND id < ? LIMIT ?)';

function selectRange(order: 'ASC' | 'DESC'): string {
  return `SELECT id, at, name, text FROM messages WHERE room = ? AND id > ? AND id < ? ORDER BY id ${order} LIMIT ?`;
}
