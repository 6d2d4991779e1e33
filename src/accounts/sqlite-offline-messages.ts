/** Direct messages for offline users in the data file. */
import type { Forgotten } from '../core/message.js';
import type { Journal } from '../database/journal.js';
import type { Database, SqlValue } from '../database/sqlite.js';
import { inTransaction } from '../database/transaction.js';
import type { OfflineMessageRow, OfflineMessages } from './offline.js';

/** A change in the journal, as it changes what was read from the file. Made twice, it has the effect of once. */
interface PendingChange {
  /** Null for the messages of all. */
  readonly fold: string | null;
  readonly apply: (rows: readonly OfflineMessageRow[]) => readonly OfflineMessageRow[];
}

export class SqliteOfflineMessages implements OfflineMessages {
  readonly #database: Database;
  readonly #journal: Journal;
  readonly #select;
  readonly #selectOne;
  readonly #selectOld;
  readonly #deleteBefore;
  /** In the order of the journal. */
  readonly #pending: PendingChange[] = [];

  constructor(database: Database, journal: Journal) {
    this.#database = database;
    this.#journal = journal;
    this.#select = database.prepare<[string], OfflineMessageRow>(
      'SELECT * FROM mail WHERE fold = ? ORDER BY id',
    );
    this.#selectOne = database.prepare<[number], OfflineMessageRow>('SELECT * FROM mail WHERE id = ?');
    this.#selectOld = database.prepare<[number], { readonly count: number; readonly upTo: number | null }>(
      'SELECT count(*) AS count, max(at) AS upTo FROM mail WHERE at < ?',
    );
    this.#deleteBefore = database.prepare<[number]>('DELETE FROM mail WHERE at < ?');
  }

  add(row: OfflineMessageRow): void {
    this.#record(INSERT, { ...row }, row.fold, (rows) =>
      rows.some(({ id }) => id === row.id) ? rows : [...rows, row],
    );
  }

  of(fold: string): readonly OfflineMessageRow[] {
    let rows: readonly OfflineMessageRow[] = this.#select.all(fold);
    for (const change of this.#pending)
      if (change.fold === null || change.fold === fold) rows = change.apply(rows);
    return rows;
  }

  find(id: number): OfflineMessageRow | undefined {
    const folds = new Set(this.#pending.map(({ fold }) => fold));
    const stored = this.#selectOne.get(id);
    for (const fold of [...folds, stored?.fold]) {
      const row = fold == null ? undefined : this.of(fold).find((one) => one.id === id);
      if (row !== undefined) return row;
    }
    return undefined;
  }

  removeOne(fold: string, id: number): void {
    this.#record('DELETE FROM mail WHERE fold = @fold AND id = @id', { fold, id }, fold, (rows) =>
      rows.filter((row) => row.id !== id),
    );
  }

  remove(fold: string, lastId: number): void {
    this.#record('DELETE FROM mail WHERE fold = @fold AND id <= @lastId', { fold, lastId }, fold, (rows) =>
      rows.filter(({ id }) => id > lastId),
    );
  }

  removeBefore(at: number): Forgotten | null {
    const old = this.#selectOld.get(at);
    if (old === undefined || old.upTo === null) return null;
    inTransaction(this.#database, () => this.#deleteBefore.run(at));
    return { count: old.count, upTo: old.upTo };
  }

  forgetBefore(before: number): void {
    this.#record('DELETE FROM mail WHERE at < @before', { before }, null, (rows) =>
      rows.filter(({ at }) => at >= before),
    );
  }

  /** The foreign key would delete the rows with their account; until that is stored, they must not be read. */
  forget(fold: string): () => void {
    this.#record('DELETE FROM mail WHERE fold = @fold', { fold }, fold, () => []);
    return () => {};
  }

  lastId(): number {
    return this.#database.prepareValue<[], number | null>('SELECT max(id) FROM mail').get() ?? 0;
  }

  #record(
    sql: string,
    values: Record<string, SqlValue>,
    fold: string | null,
    apply: PendingChange['apply'],
  ): void {
    this.#pending.push({ fold, apply });
    this.#journal.record({ sql, values }, () => this.#pending.shift());
  }
}

/** Without effect if another program has removed the account a moment ago. */
const INSERT = `INSERT INTO mail (id, fold, at, name, text, form, account)
  SELECT @id, @fold, @at, @name, @text, @form, @account
  WHERE EXISTS (SELECT 1 FROM accounts WHERE fold = @fold)`;
