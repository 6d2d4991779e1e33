/** A change of the data file, on its own or as a part of a larger one. */
import type { Database } from './sqlite.js';
import { inTransaction } from './transaction.js';

/** All or nothing together with what it is a part of; safe when the outermost of them returns. */
export function change<Outcome>(database: Database, work: () => Outcome): Outcome {
  return database.inTransaction ? work() : inTransaction(database, work);
}
