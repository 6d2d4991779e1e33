/** Writes messages into the data file: rooms, rows, and what the trimmer needs. Reading them is sqlite.ts's. */
import type { Forgotten, Message } from '../core/message.js';
import type { Database, SqlValue } from '../database/sqlite.js';
import type { Numbering } from './id-sequence.js';
import { RoomTable } from './room-table.js';
import { type Indexable, SearchIndex } from './search-index.js';
import { storedForm } from './form.js';
import { Trimmer } from './trimmer.js';
import { inTransaction } from '../database/transaction.js';

/** Rows inserted by one statement. More gain nothing: the statement's fixed cost is small compared to them. */
const ROWS_PER_STATEMENT = 32;
const COLUMNS = 6;

export class MessageWriter {
  readonly #database: Database;
  readonly #onMaintained: () => void;
  readonly #rooms: RoomTable;
  readonly #index: SearchIndex;
  readonly #trimmer: Trimmer;
  readonly #insertOne;
  readonly #selectOne;
  readonly #deleteOne;
  readonly #insertMany;
  readonly #updateNumbering;
  readonly #values: SqlValue[] = Array.from({ length: ROWS_PER_STATEMENT * COLUMNS }, () => null);

  /** `onMaintained` is called after messages were indexed or deleted. */
  constructor(database: Database, onMaintained: () => void) {
    this.#database = database;
    this.#onMaintained = onMaintained;
    this.#rooms = new RoomTable(database);
    this.#index = new SearchIndex(database);
    this.#trimmer = new Trimmer(database, this.#index, this.#rooms);
    this.#selectOne = database.prepare<[number], Indexable>(
      'SELECT id, room, text FROM messages WHERE id = ?',
    );
    this.#deleteOne = database.prepare<[number]>('DELETE FROM messages WHERE id = ?');
    this.#insertOne = database.prepare<SqlValue[]>('INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)');
    const placeholders = Array.from({ length: ROWS_PER_STATEMENT }, () => '(?, ?, ?, ?, ?, ?)').join(', ');
    this.#insertMany = database.prepare<SqlValue[]>(`INSERT INTO messages VALUES ${placeholders}`);
    this.#updateNumbering = database.prepare<[number, number]>(
      'UPDATE numbering SET last_id = ?, last_at = ?',
    );
  }

  /** Must run in a transaction. `lastAt` is the time of the message before these. */
  write(messages: readonly Message[], lastAt: number, numbering: Numbering | null): void {
    this.#insert(messages);
    this.#trimmer.recordSteps(messages, lastAt);
    if (numbering !== null) this.#updateNumbering.run(numbering.lastId, numbering.lastAt);
  }

  /** Must run in a transaction. Deletes messages, also from the index. */
  redact(ids: readonly number[]): void {
    for (const id of ids) {
      const message = this.#selectOne.get(id);
      if (message === undefined) continue;
      this.#index.remove(message);
      this.#deleteOne.run(id);
      this.#rooms.removeIfEmpty(message.room);
    }
  }

  /** After a failed transaction, whose rooms do not exist. */
  onRollback(): void {
    this.#rooms.clearCache();
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
      this.#onMaintained();
    }
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
    values[start + 5] = storedForm(message.form);
  }
}
