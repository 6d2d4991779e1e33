/**
 * How far ids and times have come, so that both grow on over a restart. Ids of what is not stored (direct messages) are
 * spent too, and to write each of them down would cost a transaction: the file is told a thousand ids ahead, and after
 * a crash these are left out.
 */
import type { Database } from '../database/sqlite.js';

const RESERVED_IDS = 1000;

export class IdSequence {
  lastId: number;
  lastAt: number;
  #reservedUpTo: number;
  readonly #write;

  constructor(database: Database) {
    const { last_id, last_at } = database
      .prepare<[], { last_id: number; last_at: number }>('SELECT last_id, last_at FROM numbering')
      .get() ?? { last_id: 0, last_at: 0 };
    const newest = database
      .prepare<[], { id: number; at: number }>('SELECT id, at FROM messages ORDER BY id DESC LIMIT 1')
      .get();
    this.lastId = Math.max(last_id, newest?.id ?? 0);
    this.lastAt = Math.max(last_at, newest?.at ?? 0);
    this.#reservedUpTo = this.lastId;
    this.#write = database.prepare<[number, number]>('UPDATE numbering SET last_id = ?, last_at = ?');
  }

  /** Whether the file has been told of this id. */
  isReserved(id: number): boolean {
    return id <= this.#reservedUpTo;
  }

  /** Within a transaction. */
  reserve(id: number): void {
    if (this.isReserved(id)) return;
    this.#reservedUpTo = id + RESERVED_IDS;
    this.#write.run(this.#reservedUpTo, this.lastAt);
  }

  /** What was promised in a transaction that failed is not. */
  discardReservation(): void {
    this.#reservedUpTo = 0;
  }

  /** The transaction succeeded. */
  advance(id: number, at: number): void {
    this.lastId = Math.max(this.lastId, id);
    this.lastAt = Math.max(this.lastAt, at);
  }

  /** Within a transaction, the last: nothing will be spent any more, so that no id need be left out. */
  finish(): void {
    this.#write.run(this.lastId, this.lastAt);
  }
}
