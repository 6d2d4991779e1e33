/**
 * Where rows are kept: in the data file (sqlite-table.ts), or nowhere. Who uses a table holds its rows in memory, and
 * puts through it.
 */

/** What is put is safe when the call returns; a call that throws has changed nothing. */
export interface Table<Row> {
  /** Those with these values; all of them by default. */
  rows(where?: Partial<Row>): readonly Row[];
  /** In place of a row with the same key. */
  put(row: Row): void;
  /** Some columns of rows that are there: another program may have changed the others. */
  update(where: Partial<Row>, values: Partial<Row>): void;
  remove(where: Partial<Row>): void;
}

/** Keeps nothing. */
export function nowhere<Row>(): Table<Row> {
  return { rows: () => [], put() {}, update() {}, remove() {} };
}
