/**
 * Remembers across restarts the highest id, so that ids only grow, and the time of the newest message. Direct messages use ids but are not stored;
 * a transaction for each would be expensive. So the file reserves a thousand ids at a time, and after a crash the unused
 * ones are skipped.
 */
import type { Database } from '../database/sqlite.js';
import { PackReader } from './pack-table.js';

const RESERVED_IDS = 1000;

/** The row of the file that remembers them. */
export interface Numbering {
  readonly lastId: number;
  /** 0 if no message was ever stored. */
  readonly lastAt: number;
}

export class IdSequence {
  lastId: number;
  lastAt: number;
  #reservedUpTo: number;
  /** `lastId` and those reserved, of a transaction that has not ended. */
  #pending: { readonly id: number; readonly at: number | undefined; readonly upTo: number } | null = null;

  constructor(database: Database, lastOtherId: number) {
    const { last_id, last_at } = database
      .prepare<[], { last_id: number; last_at: number }>('SELECT last_id, last_at FROM numbering')
      .get() ?? { last_id: 0, last_at: 0 };
    const newest =
      new PackReader(database).newest() ??
      database
        .prepare<[], { id: number; at: number }>('SELECT id, at FROM messages ORDER BY id DESC LIMIT 1')
        .get();
    this.lastId = Math.max(last_id, newest?.id ?? 0, lastOtherId);
    // The row of the newest message has its time; the other is of use when all messages are deleted.
    this.lastAt = newest?.at ?? (last_at === 0 ? Number.NEGATIVE_INFINITY : last_at);
    this.#reservedUpTo = this.lastId;
  }

  /** Whether the file already has it that this id is used. */
  isReserved(id: number): boolean {
    return id <= this.#reservedUpTo;
  }

  /**
   * Begins a transaction in which ids up to this one are used, with the time of its newest message if it has one. Returns
   * what the transaction must write: null if enough ids are reserved.
   */
  begin(id: number, at: number | undefined): Numbering | null {
    const isReserved = this.isReserved(id);
    const upTo = isReserved ? this.#reservedUpTo : id + RESERVED_IDS;
    this.#pending = { id, at, upTo };
    return isReserved ? null : { lastId: upTo, lastAt: finite(this.lastAt) };
  }

  /** The transaction succeeded. */
  advance(): void {
    if (this.#pending === null) return;
    const { id, at, upTo } = this.#pending;
    this.#pending = null;
    this.#reservedUpTo = upTo;
    this.lastId = Math.max(this.lastId, id);
    if (at !== undefined) this.lastAt = at;
  }

  /** What a clean stop writes, so that it skips no ids but the ones that are consumed. */
  final(consumedId: number): Numbering {
    return { lastId: Math.max(this.lastId, consumedId), lastAt: finite(this.lastAt) };
  }
}

function finite(at: number): number {
  return Number.isFinite(at) ? at : 0;
}
