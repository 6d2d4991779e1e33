/** The table in which the command line records its changes of accounts; looking for new rows takes a few microseconds. */
import type { Database } from '../database/sqlite.js';
import { inTransaction } from '../database/transaction.js';
import type { ExternalChange, ExternalChanges } from './external-changes.js';

export class SqliteExternalChanges implements ExternalChanges {
  readonly #database: Database;
  readonly #insert;
  readonly #selectNew;
  readonly #deleteUpTo;
  #lastId: number;

  constructor(database: Database) {
    this.#database = database;
    this.#insert = database.prepare<[ExternalChange]>(
      'INSERT INTO account_changes (fold, what) VALUES (@fold, @what)',
    );
    this.#selectNew = database.prepare<[number], ExternalChange & { readonly id: number }>(
      'SELECT id, fold, what FROM account_changes WHERE id > ?',
    );
    this.#deleteUpTo = database.prepare<[number]>('DELETE FROM account_changes WHERE id <= ?');
    const lastId = database.prepareValue<[], number | null>('SELECT max(id) FROM account_changes');
    this.#lastId = lastId.get() ?? 0;
  }

  add(change: ExternalChange): void {
    inTransaction(this.#database, () => this.#insert.run(change));
  }

  takeNew(): readonly ExternalChange[] {
    const rows = this.#selectNew.all(this.#lastId);
    const last = rows.at(-1);
    if (last === undefined) return [];
    this.#lastId = last.id;
    try {
      inTransaction(this.#database, () => this.#deleteUpTo.run(last.id));
    } catch {
      // On a full disk the rows stay; `#lastId` excludes them from the next call.
    }
    return rows.map(({ fold, what }) => ({ fold, what }));
  }
}
