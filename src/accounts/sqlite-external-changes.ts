/** The table in which the command line records its changes of accounts; looking for new rows takes a few microseconds. */
import type { Journal } from '../database/journal.js';
import type { Database } from '../database/sqlite.js';
import type { ExternalChange, ExternalChanges } from './external-changes.js';

export class SqliteExternalChanges implements ExternalChanges {
  readonly #journal: Journal;
  readonly #selectNew;
  #lastId: number;

  constructor(database: Database, journal: Journal) {
    this.#journal = journal;
    this.#selectNew = database.prepare<[number], ExternalChange & { readonly id: number }>(
      'SELECT id, fold, what FROM account_changes WHERE id > ?',
    );
    const lastId = database.prepareValue<[], number | null>('SELECT max(id) FROM account_changes');
    this.#lastId = lastId.get() ?? 0;
  }

  add({ fold, what }: ExternalChange): void {
    this.#journal.record({
      sql: 'INSERT INTO account_changes (fold, what) VALUES (@fold, @what)',
      values: { fold, what },
    });
  }

  /** The rows are deleted with the next turn. If that fails they stay; `#lastId` excludes them from the next call. */
  takeNew(): readonly ExternalChange[] {
    const rows = this.#selectNew.all(this.#lastId);
    const last = rows.at(-1);
    if (last === undefined) return [];
    this.#lastId = last.id;
    this.#journal.record({ sql: 'DELETE FROM account_changes WHERE id <= @id', values: { id: last.id } });
    return rows.map(({ fold, what }) => ({ fold, what }));
  }
}
