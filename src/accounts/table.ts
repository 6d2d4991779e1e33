/**
 * The port through which the stores of this folder write their rows: to the data file (sqlite-table.ts), or nowhere. The
 * stores hold all rows in memory; they read the table at the start and after a change by another program.
 */

/** A change is recorded in the journal of the store, which stores it with its turn. */
export interface Table<Row> {
  /** The rows with these values; all rows by default. Changes that are only in the journal are included. */
  rows(where?: Partial<Row>): readonly Row[];
  /** Inserts a row, or replaces the one with the same key. */
  put(row: Row): void;
  /** Sets some columns of existing rows; another program may have changed the other columns. */
  update(where: Partial<Row>, values: Partial<Row>): void;
  remove(where: Partial<Row>): void;
}

/** A table that stores nothing, for HISTORY=memory and the library. */
export function nowhere<Row>(): Table<Row> {
  return { rows: () => [], put() {}, update() {}, remove() {} };
}
