/** A `Table` on an SQLite table whose columns are named like the fields of its rows. */
import type { Database } from '../database/sqlite.js';
import { inTransaction } from '../database/transaction.js';
import type { Table } from './table.js';

type Value = string | number | null;

export function tableIn<Row extends { readonly [Column in keyof Row]: Value }>(
  database: Database,
  name: string,
  {
    key,
    others,
  }: { readonly key: readonly (keyof Row & string)[]; readonly others: readonly (keyof Row & string)[] },
): Table<Row> {
  const columns = [...key, ...others];
  const onConflict =
    others.length === 0 ? 'NOTHING' : `UPDATE SET ${others.map((column) => `${column} = @${column}`).join()}`;
  const put = database.prepare<[Row]>(
    `INSERT INTO ${name} (${columns.join()}) VALUES (${columns.map((column) => `@${column}`).join()})
     ON CONFLICT (${key.join()}) DO ${onConflict}`,
  );
  return {
    rows: (where = {}) =>
      database
        .prepare<[Partial<Row>], Row>(`SELECT ${columns.join()} FROM ${name} ${whereClause(where)}`)
        .all(where),
    put: (row) => inTransaction(database, () => void put.run(row)),
    update(where, values) {
      const update = `UPDATE ${name} SET ${assignments(values).join()} ${whereClause(where)}`;
      inTransaction(database, () => database.prepare<[Partial<Row>]>(update).run({ ...where, ...values }));
    },
    remove(where) {
      const remove = `DELETE FROM ${name} ${whereClause(where)}`;
      inTransaction(database, () => database.prepare<[Partial<Row>]>(remove).run(where));
    },
  };
}

function whereClause(where: object): string {
  const conditions = assignments(where);
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}

function assignments(values: object): string[] {
  return Object.keys(values).map((column) => `${column} = @${column}`);
}
