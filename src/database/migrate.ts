/** Brings a data file to the form that this program knows, step by step; the file carries the number of the last. */
import type { Database } from './sqlite.js';
import { schemaVersion, setSchemaVersion } from './file-header.js';
import { DatabaseError } from './database-error.js';
import { inTransaction } from './transaction.js';

/** One step. A step that was ever released never changes: what comes after it is another step. */
export interface Migration {
  /** What it brings, for whoever reads the list. */
  readonly brings: string;
  readonly sql: string;
}

/** Takes the steps that are still to come, all or none. @throws DatabaseError if the file has seen more than there are. */
export function migrate(database: Database, migrations: readonly Migration[]): void {
  const version = schemaVersion(database);
  if (version > migrations.length) {
    throw new DatabaseError(
      'partyline: the history was written by a newer Partyline; run that one, or put back the backup from before it',
    );
  }
  if (version === migrations.length) return;
  inTransaction(database, () => {
    for (const { sql } of migrations.slice(version)) database.exec(sql);
    setSchemaVersion(database, migrations.length);
  });
}
