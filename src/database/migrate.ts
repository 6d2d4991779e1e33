/** Brings a data file to the current schema, one migration after the other; the file records the number of the last. */
import { DatabaseError } from './database-error.js';
import { schemaVersion, setSchemaVersion } from './file-header.js';
import type { Database } from './sqlite.js';
import { inTransaction } from './transaction.js';

/** One change of the schema. A released migration never changes; a later one corrects it. */
export interface Migration {
  /** What it adds or changes, for the reader of the list. */
  readonly description: string;
  readonly sql: string;
}

/** Runs the missing migrations in one transaction. @throws DatabaseError if the file has more of them than the list. */
export function migrate(database: Database, migrations: readonly Migration[]): void {
  const version = schemaVersion(database);
  if (version > migrations.length) {
    throw new DatabaseError(
      `partyline: cannot use ${database.name}: written by a newer version of Partyline; run that version or restore the backup from before the upgrade`,
    );
  }
  if (version === migrations.length) return;
  inTransaction(database, () => {
    for (const { sql } of migrations.slice(version)) database.exec(sql);
    setSchemaVersion(database, migrations.length);
  });
}
