/**
 * Remembers the highest id and time across restarts, so that both only grow. Direct messages use ids but are not stored;
 * a transaction for each would be expensive. So the file reserves a thousand ids at a time, and after a crash the unused
 * ones are skipped.
 */
import type { Database } from '../database/sqlite.js';

const RESERVED_IDS = 1000;

export class IdSequence {
  lastId: number;
  lastAt: number;
  #reservedUpTo: number;
  readonly #update;

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
    this.#update = database.prepare<[number, number]>('UPDATE numbering SET last_id = ?, last_at = ?');
  }

  isReserved(id: number): boolean {
    return id <= this.#reservedUpTo;
  }

  /** Must run in a transaction. Reserves this id and the next thousand, unless it is reserved. */
  reserve(id: number): void {
    if (this.isReserved(id)) return;
    this.#reservedUpTo = id + RESERVED_IDS;
    this.#update.run(this.#reservedUpTo, this.lastAt);
  }

  /** The transaction of `reserve` failed: the next id is reserved again. */
  discardReservation(): void {
    this.#reservedUpTo = 0;
  }

  /** The transaction succeeded: these are the highest id and time now. */
  advance(id: number, at: number): void {
    this.lastId = Math.max(this.lastId, id);
    this.lastAt = Math.max(this.lastAt, at);
  }

  /** Must run in a transaction, as the last call: releases the reserved ids, so that a clean stop skips none. */
  finish(): void {
    this.#update.run(this.lastId, this.lastAt);
  }
}
