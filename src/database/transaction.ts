/** All or nothing, and safe on the disk when it returns. Everything that changes the data file goes through here. */
import type { Statement } from 'better-sqlite3';
import type { Database } from './sqlite.js';
import { countTransaction, TRANSACTION_COUNT } from './file-header.js';

interface Statements {
  readonly begin: Statement;
  readonly commit: Statement;
  readonly rollback: Statement;
  readonly count: Statement<[], number>;
}

/** Prepared once a database: a turn with messages is a transaction. */
const prepared = new WeakMap<Database, Statements>();

/** Runs `work` in a transaction of its own. If it throws, or the disk fails, nothing of it is kept. */
export function inTransaction<Result>(database: Database, work: () => Result): Result {
  const { begin, commit, rollback, count } = statementsOf(database);
  begin.run();
  try {
    const result = work();
    countTransaction(database, (count.get() ?? 0) + 1);
    commit.run();
    return result;
  } catch (error) {
    // A full disk, for one, has rolled it back already.
    if (database.inTransaction) rollback.run();
    throw error;
  }
}

function statementsOf(database: Database): Statements {
  let statements = prepared.get(database);
  if (statements === undefined) {
    statements = {
      begin: database.prepare('BEGIN IMMEDIATE'),
      commit: database.prepare('COMMIT'),
      rollback: database.prepare('ROLLBACK'),
      count: database.prepare<[], number>(TRANSACTION_COUNT).pluck(),
    };
    prepared.set(database, statements);
  }
  return statements;
}
