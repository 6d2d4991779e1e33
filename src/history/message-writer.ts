/**
 * Writes messages into the data file. A turn is stored as packs, which cost little; the index step later gives each of
 * their messages a row of its own. Reading them is sqlite.ts's.
 */
import type { Forgotten } from '../core/message.js';
import type { Database, SqlValue } from '../database/sqlite.js';
import type { Numbering } from './id-sequence.js';
import { RoomTable } from './room-table.js';
import { type Indexable, SearchIndex } from './search-index.js';
import { type DamagedPack, DamagedPacks } from './damaged-packs.js';
import type { RoomPack } from './pack.js';
import { PackWriter } from './pack-table.js';
import { Trimmer } from './trimmer.js';
import { inTransaction } from '../database/transaction.js';

/** Rows inserted by one statement. More gain nothing: the statement's fixed cost is small compared to them. */
const ROWS_PER_STATEMENT = 32;
const COLUMNS = 6;
/** Messages that get their rows in one step, and are then indexed: together some milliseconds. */
const MESSAGES_PER_STEP = 128;

/** A message, and the number of its room. */
interface MessageRow extends Indexable {
  readonly at: number;
  readonly name: string;
  readonly form: number;
}

export interface WriterEvents {
  /** Messages were indexed or deleted. */
  onMaintained(): void;
  /** The messages of a pack cannot be read. The pack was set aside. */
  onDamaged(pack: DamagedPack): void;
}

export class MessageWriter {
  readonly #database: Database;
  readonly #events: WriterEvents;
  readonly #rooms: RoomTable;
  readonly #index: SearchIndex;
  readonly #trimmer: Trimmer;
  readonly #damaged: DamagedPacks;
  readonly #packs: PackWriter;
  readonly #insertOne;
  readonly #selectOne;
  readonly #deleteOne;
  readonly #insertMany;
  readonly #updateNumbering;
  readonly #values: SqlValue[] = Array.from({ length: ROWS_PER_STATEMENT * COLUMNS }, () => null);

  constructor(database: Database, events: WriterEvents) {
    this.#database = database;
    this.#events = events;
    this.#rooms = new RoomTable(database);
    this.#index = new SearchIndex(database);
    this.#trimmer = new Trimmer(database, this.#index, this.#rooms);
    this.#damaged = new DamagedPacks(database);
    this.#packs = new PackWriter(database, this.#damaged);
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

  /** Must run in a transaction. `steps` are the ids of messages that are older than the message before them. */
  write(packs: readonly RoomPack[], steps: readonly number[], numbering: Numbering | null): void {
    for (const pack of packs) this.#packs.add(this.#rooms.idOf(pack.room), pack);
    this.#trimmer.recordSteps(steps);
    if (numbering !== null) this.#updateNumbering.run(numbering.lastId, numbering.lastAt);
  }

  /** Must run in a transaction. Deletes messages, also from the index. */
  redact(ids: readonly number[]): void {
    for (const id of ids) {
      const room = this.#removeRow(id) ?? this.#packs.removeMessage(id);
      if (room !== null) this.#rooms.removeIfEmpty(room);
    }
  }

  /** After a failed transaction, whose rooms do not exist. */
  onRollback(): void {
    this.#rooms.clearCache();
  }

  /** Indexes the next messages, which get rows of their own before. False if all are indexed. */
  index(): boolean {
    const hasRows = this.#index.hasUnindexed;
    if (!hasRows && !this.#packs.hasAny) return false;
    const damaged = this.#inUnsyncedTransaction(() => {
      const found = hasRows ? [] : this.#unpack();
      this.#index.extend();
      return found;
    });
    this.#report(damaged);
    return true;
  }

  /** Deletes some of the messages older than `at`, those in packs once they have rows. Null if there are none. */
  trim(at: number): Forgotten | null {
    let old = this.#trimmer.find(at);
    if (old.length === 0 && this.#packs.mayHaveOlder(at)) {
      this.#report(this.#inUnsyncedTransaction(() => this.#unpack()));
      old = this.#trimmer.find(at);
    }
    const last = old.at(-1);
    if (last === undefined) {
      if (this.#damaged.hasOlder(at)) this.#inUnsyncedTransaction(() => this.#damaged.trim(at));
      return null;
    }
    this.#inUnsyncedTransaction(() => this.#trimmer.delete(old));
    return { count: old.length, upTo: last.at };
  }

  /** For work that is repeated after a power cut, and so need not wait for the disk's sync. */
  #inUnsyncedTransaction<Result>(work: () => Result): Result {
    this.#database.pragma('synchronous = NORMAL');
    try {
      return inTransaction(this.#database, work);
    } catch (error) {
      this.#rooms.clearCache();
      throw error;
    } finally {
      this.#index.refresh();
      this.#database.pragma('synchronous = FULL');
      this.#events.onMaintained();
    }
  }

  /** Returns the room of the message; null if it has no row. */
  #removeRow(id: number): number | null {
    const message = this.#selectOne.get(id);
    if (message === undefined) return null;
    this.#index.remove(message);
    this.#deleteOne.run(id);
    return message.room;
  }

  /** Must run in a transaction. Gives the messages of the oldest segments their rows. Returns the damaged packs. */
  #unpack(): readonly DamagedPack[] {
    const { messages, damaged } = this.#packs.takeOldest(MESSAGES_PER_STEP);
    this.#insert(messages);
    return damaged;
  }

  #report(damaged: readonly DamagedPack[]): void {
    for (const pack of damaged) this.#events.onDamaged(pack);
  }

  #insert(messages: readonly MessageRow[]): void {
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

  /** Sets the values of one row. The array is reused: allocating arrays was a third of the cost. */
  #bind(row: number, message: MessageRow | undefined): void {
    if (message === undefined) return;
    const values = this.#values;
    const start = row * COLUMNS;
    values[start] = message.id;
    values[start + 1] = message.at;
    values[start + 2] = message.room;
    values[start + 3] = message.name;
    values[start + 4] = message.text;
    values[start + 5] = message.form;
  }
}
