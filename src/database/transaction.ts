/**
 * Every change of the data file is made by `inTransaction`: it is applied whole or not at all, and synced to disk. What
 * is read by several statements is read by `inSnapshot`.
 */
import type { Database, Statement } from './sqlite.js';
import { setTransactionCount, TRANSACTION_COUNT } from './file-header.js';

interface Statements {
  readonly begin: Statement;
  readonly beginReading: Statement;
  readonly commit: Statement;
  readonly rollback: Statement;
  readonly count: Statement<[], number>;
}

/** Prepared once per database, since every turn with messages is a transaction. */
const prepared = new WeakMap<Database, Statements>();

/**
 * Runs `work` in a transaction, which is synced when this returns. If `work` or the disk fails, all of it is rolled back
 * and the error is thrown. Within another transaction, `work` becomes a part of that one.
 */
export function inTransaction<Result>(database: Database, work: () => Result): Result {
  if (database.inTransaction) return work();
  const { begin, commit, rollback, count } = statementsOf(database);
  begin.run();
  try {
    const result = work();
    setTransactionCount(database, (count.get() ?? 0) + 1);
    commit.run();
    return result;
  } catch (error) {
    // SQLite has already rolled back after some errors, such as a full disk.
    if (database.inTransaction) rollback.run();
    throw error;
  }
}

/** Runs `read`, whose statements all see the data file at the same moment, whatever another connection changes. */
export function inSnapshot<Result>(database: Database, read: () => Result): Result {
  if (database.inTransaction) return read();
  const { beginReading, commit } = statementsOf(database);
  beginReading.run();
  try {
    return read();
  } finally {
    commit.run();
  }
}

function statementsOf(database: Database): Statements {
  let statements = prepared.get(database);
  if (statements === undefined) {
    statements = {
      begin: database.prepare('BEGIN IMMEDIATE'),
      beginReading: database.prepare('BEGIN'),
      commit: database.prepare('COMMIT'),
      rollback: database.prepare('ROLLBACK'),
      count: database.prepareValue<[], number>(TRANSACTION_COUNT),
    };
    prepared.set(database, statements);
  }
  return statements;
}
