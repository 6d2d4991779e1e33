/** Direct messages for offline users in the data file. */
import type { Forgotten } from '../core/message.js';
import type { Database } from '../database/sqlite.js';
import { inTransaction } from '../database/transaction.js';
import type { OfflineMessageRow, OfflineMessages } from './offline.js';

export class SqliteOfflineMessages implements OfflineMessages {
  readonly #database: Database;
  readonly #insert;
  readonly #count;
  readonly #select;
  readonly #deleteUpTo;
  readonly #selectOld;
  readonly #deleteBefore;

  constructor(database: Database) {
    this.#database = database;
    this.#insert = database.prepare<[OfflineMessageRow]>(
      'INSERT INTO mail VALUES (@id, @fold, @at, @name, @text)',
    );
    this.#count = database.prepareValue<[string], number>('SELECT count(*) FROM mail WHERE fold = ?');
    this.#select = database.prepare<[string], OfflineMessageRow>(
      'SELECT * FROM mail WHERE fold = ? ORDER BY id',
    );
    this.#deleteUpTo = database.prepare<[string, number]>('DELETE FROM mail WHERE fold = ? AND id <= ?');
    this.#selectOld = database.prepare<[number], { readonly count: number; readonly upTo: number | null }>(
      'SELECT count(*) AS count, max(at) AS upTo FROM mail WHERE at < ?',
    );
    this.#deleteBefore = database.prepare<[number]>('DELETE FROM mail WHERE at < ?');
  }

  add(row: OfflineMessageRow): void {
    inTransaction(this.#database, () => this.#insert.run(row));
  }

  count(fold: string): number {
    return this.#count.get(fold) ?? 0;
  }

  of(fold: string): readonly OfflineMessageRow[] {
    return this.#select.all(fold);
  }

  remove(fold: string, lastId: number): void {
    inTransaction(this.#database, () => this.#deleteUpTo.run(fold, lastId));
  }

  removeBefore(at: number): Forgotten | null {
    const old = this.#selectOld.get(at);
    if (old === undefined || old.upTo === null) return null;
    inTransaction(this.#database, () => this.#deleteBefore.run(at));
    return { count: old.count, upTo: old.upTo };
  }

  /** Nothing to do: the foreign key deletes the rows with their account. */
  forget(): void {}

  lastId(): number {
    return this.#database.prepareValue<[], number | null>('SELECT max(id) FROM mail').get() ?? 0;
  }
}
