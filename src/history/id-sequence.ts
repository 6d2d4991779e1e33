/**
 * Remembers across restarts the highest id, so that ids only grow, and the time of the newest message. Direct messages use ids but are not stored;
 * a transaction for each would be expensive. So the file reserves a thousand ids at a time, and after a crash the unused
 * ones are skipped.
 */
import type { Database } from '../database/sqlite.js';

const RESERVED_IDS = 1000;

export class IdSequence {
  lastId: number;
  lastAt: number;
  reservedUpTo: number;
  readonly #update;

  constructor(database: Database) {
    const { last_id, last_at } = database
      .prepare<[], { last_id: number; last_at: number }>('SELECT last_id, last_at FROM numbering')
      .get() ?? { last_id: 0, last_at: 0 };
    const newest = database
      .prepare<[], { id: number; at: number }>('SELECT id, at FROM messages ORDER BY id DESC LIMIT 1')
      .get();
    this.lastId = Math.max(last_id, newest?.id ?? 0);
    // The row of the newest message has its time; the other is of use when all messages are deleted.
    this.lastAt = newest?.at ?? (last_at === 0 ? Number.NEGATIVE_INFINITY : last_at);
    this.reservedUpTo = this.lastId;
    this.#update = database.prepare<[number, number]>('UPDATE numbering SET last_id = ?, last_at = ?');
  }

  isReserved(id: number): boolean {
    return id <= this.reservedUpTo;
  }

  /**
   * Must run in a transaction. Reserves this id and the next thousand, unless it is reserved. If the transaction fails,
   * set `reservedUpTo` back.
   */
  reserve(id: number): void {
    if (this.isReserved(id)) return;
    this.reservedUpTo = id + RESERVED_IDS;
    this.#store(this.reservedUpTo);
  }

  /** The transaction succeeded: this is the highest id now, and the time of the newest message, if it had one. */
  advance(id: number, at: number | undefined): void {
    this.lastId = Math.max(this.lastId, id);
    if (at !== undefined) this.lastAt = at;
  }

  /** Must run in a transaction, as the last call: releases the reserved ids, so that a clean stop skips none. */
  finish(): void {
    this.#store(this.lastId);
  }

  #store(lastId: number): void {
    this.#update.run(lastId, Number.isFinite(this.lastAt) ? this.lastAt : 0);
  }
}
