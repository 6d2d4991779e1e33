/** Copies the data file while it is used. */
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { renumber } from './file-header.js';
import type { Database } from './sqlite.js';

/** Writes a consistent copy into an empty file, and syncs it. Its pages are laid out anew. */
export function backUpTo(file: string, database: Database): void {
  database.prepare('VACUUM INTO ?').run(file);
  const copy = openSync(file, 'r+');
  try {
    renumber(copy);
    fsyncSync(copy);
  } finally {
    closeSync(copy);
  }
}
