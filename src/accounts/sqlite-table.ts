/** A `Table` on an SQLite table whose columns are named like the fields of its rows. */
import type { Journal } from '../database/journal.js';
import type { Database, SqlValue } from '../database/sqlite.js';
import type { Table } from './table.js';

type Columns<Row> = { readonly [Column in keyof Row]: SqlValue };

/** A change in the journal, as it changes what was read from the file. Made twice, it has the effect of once. */
type PendingChange<Row> = (rows: readonly Row[]) => readonly Row[];

export interface TableOptions<Row> {
  readonly key: readonly (keyof Row & string)[];
  readonly others: readonly (keyof Row & string)[];
  /**
   * The column of the account that a row belongs to. Another program may have removed that account a moment ago: then the
   * row is left out, or only this column with `isOptional`, and the rest of the turn is stored.
   */
  readonly account?: { readonly column: keyof Row & string; readonly isOptional: boolean };
}

export class SqliteTable<Row extends Columns<Row>> implements Table<Row> {
  readonly #database: Database;
  readonly #journal: Journal;
  readonly #name: string;
  readonly #key: TableOptions<Row>['key'];
  readonly #columns: string;
  readonly #put: string;
  readonly #pending: PendingChange<Row>[] = [];

  constructor(
    database: Database,
    journal: Journal,
    name: string,
    { key, others, account }: TableOptions<Row>,
  ) {
    this.#database = database;
    this.#journal = journal;
    this.#name = name;
    this.#key = key;
    const columns = [...key, ...others];
    this.#columns = columns.join();
    const onConflict =
      others.length === 0
        ? 'NOTHING'
        : `UPDATE SET ${others.map((column) => `${column} = excluded.${column}`).join()}`;
    const owner = account && `SELECT fold FROM accounts WHERE fold = @${account.column}`;
    const values = columns.map((column) =>
      account?.isOptional === true && column === account.column ? `(${owner})` : `@${column}`,
    );
    const condition = account?.isOptional === false ? `EXISTS (${owner})` : 'true';
    this.#put = `INSERT INTO ${name} (${this.#columns}) SELECT ${values.join()} WHERE ${condition}
     ON CONFLICT (${key.join()}) DO ${onConflict}`;
  }

  rows(where: Partial<Row> = {}): readonly Row[] {
    const sql = `SELECT ${this.#columns} FROM ${this.#name} ${whereClause(where)}`;
    const stored: readonly Row[] = this.#database.prepare<[Partial<Row>], Row>(sql).all(where);
    const rows = this.#pending.reduce((before, change) => change(before), stored);
    return rows.filter((row) => matches(row, where));
  }

  put(row: Row): void {
    const isOther = (other: Row) => this.#key.some((column) => other[column] !== row[column]);
    this.#record(this.#put, { ...row }, (rows) => [...rows.filter(isOther), row]);
  }

  update(where: Partial<Row>, values: Partial<Row>): void {
    const sql = `UPDATE ${this.#name} SET ${assignments(values).join()} ${whereClause(where)}`;
    this.#record(sql, { ...where, ...values }, (rows) =>
      rows.map((row) => (matches(row, where) ? { ...row, ...values } : row)),
    );
  }

  remove(where: Partial<Row>): void {
    this.#record(`DELETE FROM ${this.#name} ${whereClause(where)}`, { ...where }, (rows) =>
      rows.filter((row) => !matches(row, where)),
    );
  }

  #record(sql: string, values: Partial<Row>, change: PendingChange<Row>): void {
    this.#pending.push(change);
    this.#journal.record({ sql, values: { ...values } as Record<string, SqlValue> }, () =>
      this.#pending.shift(),
    );
  }
}

function matches<Row>(row: Row, where: Partial<Row>): boolean {
  for (const column in where) if (row[column] !== where[column]) return false;
  return true;
}

function whereClause(where: object): string {
  const conditions = assignments(where);
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}

function assignments(values: object): string[] {
  return Object.keys(values).map((column) => `${column} = @${column}`);
}
