/** The migrations of the data file, oldest first. A released one never changes; new ones are appended. */
import { cloakTable } from '../accounts/cloak.js';
import { postKeys } from '../accounts/post-keys.js';
import {
  accountChanges,
  accountTables,
  authorship,
  hookTable,
  leftPositions,
  mailForms,
  pageTables,
  roomModes,
  roomsMadeAt,
} from '../accounts/schema.js';
import type { Migration } from '../database/migrate.js';
import { departureTable, replicaTables } from '../database/replica.js';
import { damagedPackTable } from '../history/damaged-packs.js';
import { messageForms } from '../history/form.js';
import { packTable } from '../history/pack-table.js';
import { clockSteps, forgottenId, historyTables } from '../history/schema.js';
import { searchRebuild, searchTables } from '../history/search-index.js';

export const migrations: readonly Migration[] = [
  historyTables,
  searchTables,
  accountTables,
  accountChanges,
  clockSteps,
  searchRebuild,
  replicaTables,
  cloakTable,
  forgottenId,
  hookTable,
  postKeys,
  pageTables,
  roomModes,
  messageForms,
  leftPositions,
  packTable,
  mailForms,
  roomsMadeAt,
  damagedPackTable,
  departureTable,
  authorship,
];
