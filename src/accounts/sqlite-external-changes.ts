/**
 * How the server learns what the command line did to names while it runs: who changes one from outside leaves a note
 * in the data file, and the server looks there twice a second. A look costs a few microseconds.
 */
import type { Database } from '../database/sqlite.js';
import { inTransaction } from '../database/transaction.js';
import type { ExternalChange, ExternalChanges } from './account-store.js';

export class SqliteExternalChanges implements ExternalChanges {
  readonly #database: Database;
  readonly #leave;
  readonly #since;
  readonly #clear;
  #lastId: number;

  constructor(database: Database) {
    this.#database = database;
    this.#leave = database.prepare<[ExternalChange]>(
      'INSERT INTO account_changes (fold, what) VALUES (@fold, @what)',
    );
    this.#since = database.prepare<[number], ExternalChange & { readonly id: number }>(
      'SELECT id, fold, what FROM account_changes WHERE id > ?',
    );
    this.#clear = database.prepare<[number]>('DELETE FROM account_changes WHERE id <= ?');
    const last = database.prepare<[], number | null>('SELECT max(id) FROM account_changes').pluck();
    this.#lastId = last.get() ?? 0;
  }

  add(note: ExternalChange): void {
    inTransaction(this.#database, () => this.#leave.run(note));
  }

  /** What was done since the last look. */
  poll(): readonly ExternalChange[] {
    const notes = this.#since.all(this.#lastId);
    const last = notes.at(-1);
    if (last === undefined) return [];
    this.#lastId = last.id;
    try {
      inTransaction(this.#database, () => this.#clear.run(last.id));
    } catch {
      // The disk is full: a note that stays was looked at all the same.
    }
    return notes.map(({ fold, what }) => ({ fold, what }));
  }
}
