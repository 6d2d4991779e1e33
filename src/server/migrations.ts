/** All migrations of the data file, in the order in which they run. A new one is appended at the end. */
import { accountChanges, accountTables } from '../accounts/schema.js';
import type { Migration } from '../database/migrate.js';
import { historyTables } from '../history/schema.js';
import { searchTables } from '../history/search-index.js';

export const migrations: readonly Migration[] = [historyTables, searchTables, accountTables, accountChanges];
