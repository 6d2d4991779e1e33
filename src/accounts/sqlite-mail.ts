/** Mail that waits, in the data file. */
import type { Database } from '../database/sqlite.js';
import { inTransaction } from '../database/transaction.js';
import type { MailRow, MailStore } from './offline.js';

export class SqliteMail implements MailStore {
  readonly #database: Database;
  readonly #add;
  readonly #count;
  readonly #of;
  readonly #remove;

  constructor(database: Database) {
    this.#database = database;
    this.#add = database.prepare<MailRow>('INSERT INTO mail VALUES (@id, @fold, @at, @name, @text)');
    this.#count = database.prepare<[string], number>('SELECT count(*) FROM mail WHERE fold = ?').pluck();
    this.#of = database.prepare<[string], MailRow>('SELECT * FROM mail WHERE fold = ? ORDER BY id');
    this.#remove = database.prepare<[string, number]>('DELETE FROM mail WHERE fold = ? AND id <= ?');
  }

  add(row: MailRow): void {
    inTransaction(this.#database, () => this.#add.run(row));
  }

  count(fold: string): number {
    return this.#count.get(fold) ?? 0;
  }

  of(fold: string): readonly MailRow[] {
    return this.#of.all(fold);
  }

  remove(fold: string, lastId: number): void {
    inTransaction(this.#database, () => this.#remove.run(fold, lastId));
  }

  removeBefore(at: number): void {
    const remove = this.#database.prepare<[number]>('DELETE FROM mail WHERE at < ?');
    inTransaction(this.#database, () => remove.run(at));
  }

  forget(): void {}

  lastId(): number {
    return this.#database.prepare<[], number | null>('SELECT max(id) FROM mail').pluck().get() ?? 0;
  }
}
