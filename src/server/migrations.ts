/** Every step of the data file's form, in the order in which they are taken. A new one goes at the end. */
import { accountNotes, accountTables } from '../accounts/schema.js';
import { historyTables } from '../history/schema.js';
import { searchTables } from '../history/search-index.js';
import type { Migration } from '../database/migrate.js';

export const migrations: readonly Migration[] = [historyTables, searchTables, accountTables, accountNotes];
