/** History on disk: every message there ever was, in the data file. A turn is one transaction. */
import type { HistoryRange, HistoryStore, Message } from '../core/ports.js';
import { cleanText } from '../core/text.js';
import type { Database } from '../store/database.js';
import { inTransaction } from '../store/transaction.js';
import { Numbering } from './numbering.js';
import { RoomTable } from './room-table.js';

/** Rows in one statement. More of them gain nothing: what a statement costs is spread over enough by then. */
const ROWS_AT_ONCE = 16;

type Row = readonly [id: number, at: number, room: number, name: string, text: string];

export interface SqliteHistoryOptions {
  /** Messages are stored again, after some were not. */
  readonly healed?: () => void;
}

export class SqliteHistory implements HistoryStore {
  readonly #database: Database;
  readonly #healed: () => void;
  readonly #rooms: RoomTable;
  readonly #numbering: Numbering;
  readonly #addOne;
  readonly #addSome;
  readonly #newest;
  readonly #oldest;
  #uncommitted: Message[] = [];
  #spent = 0;
  #failing = false;

  constructor(database: Database, { healed = () => {} }: SqliteHistoryOptions = {}) {
    this.#database = database;
    this.#healed = healed;
    this.#rooms = new RoomTable(database);
    this.#numbering = new Numbering(database);
    this.#addOne = database.prepare<unknown[]>('INSERT INTO messages VALUES (?, ?, ?, ?, ?)');
    const places = Array.from({ length: ROWS_AT_ONCE }, () => '(?, ?, ?, ?, ?)').join(', ');
    this.#addSome = database.prepare<unknown[]>(`INSERT INTO messages VALUES ${places}`);
    this.#newest = database.prepare<[number, number, number, number], Stored>(reading('DESC'));
    this.#oldest = database.prepare<[number, number, number, number], Stored>(reading('ASC'));
  }

  append(message: Message): void {
    this.#uncommitted.push(message);
  }

  spend(id: number): void {
    this.#spent = id;
  }

  commit(): void {
    const messages = this.#uncommitted;
    this.#uncommitted = [];
    const newest = messages.at(-1);
    const lastId = Math.max(newest?.id ?? 0, this.#spent);
    if (newest !== undefined || !this.#numbering.covers(lastId)) this.#write(messages, lastId);
    this.#numbering.reached(lastId, newest?.at ?? 0);
  }

  read(fold: string, { after, before, limit, keep }: HistoryRange): readonly Message[] {
    const room = this.#rooms.find(fold);
    if (room === null) return [];
    const name = { shown: room.shown, fold };
    const rows = (keep === 'newest' ? this.#newest : this.#oldest).all(room.id, after, before, limit);
    if (keep === 'newest') rows.reverse();
    return rows.map((row) => ({
      id: row.id,
      at: row.at,
      room: name,
      from: row.name,
      text: cleanText(row.text),
    }));
  }

  lastId(): number {
    return this.#numbering.lastId;
  }

  lastAt(): number {
    return this.#numbering.lastAt;
  }

  /** The database itself belongs to whoever opened it. */
  close(): void {
    try {
      inTransaction(this.#database, () => this.#numbering.finish());
    } catch {
      // As after a crash: a few ids are left out.
    }
  }

  #write(messages: readonly Message[], lastId: number): void {
    try {
      inTransaction(this.#database, () => {
        this.#add(messages);
        this.#numbering.promise(lastId);
      });
    } catch (error) {
      this.#rooms.forget();
      this.#numbering.forget();
      this.#failing = true;
      throw error;
    }
    if (!this.#failing) return;
    this.#failing = false;
    this.#healed();
  }

  #add(messages: readonly Message[]): void {
    const rows = messages.map((message) => this.#rowOf(message));
    let next = 0;
    for (; next + ROWS_AT_ONCE <= rows.length; next += ROWS_AT_ONCE) {
      this.#addSome.run(rows.slice(next, next + ROWS_AT_ONCE).flat());
    }
    for (const row of rows.slice(next)) this.#addOne.run(row);
  }

  #rowOf({ id, at, room, from, text }: Message): Row {
    return [id, at, this.#rooms.numberOf(room), from, text];
  }
}

interface Stored {
  readonly id: number;
  readonly at: number;
  readonly name: string;
  readonly text: string;
}

function reading(order: 'ASC' | 'DESC'): string {
  return `SELECT id, at, name, text FROM messages WHERE room = ? AND id > ? AND id < ? ORDER BY id ${order} LIMIT ?`;
}
