/** The account store on the tables of the data file. */
import type { Database } from '../database/sqlite.js';
import { inTransaction } from '../database/transaction.js';
import { SqliteExternalChanges } from './sqlite-external-changes.js';
import { AccountStore, type AccountTables } from './account-store.js';
import { SqliteOfflineMessages } from './sqlite-offline-messages.js';
import { tableIn } from './sqlite-table.js';

export function sqliteAccounts(database: Database): AccountStore {
  const tables: AccountTables = {
    accounts: tableIn(database, 'accounts', {
      key: ['fold'],
      others: ['shown', 'passwordHash', 'isOperator', 'registeredAt'],
    }),
    tokens: tableIn(database, 'tokens', {
      key: ['id'],
      others: ['fold', 'hash', 'createdAt', 'expiresAt'],
    }),
    ignores: tableIn(database, 'ignores', { key: ['fold', 'other'], others: [] }),
    bans: tableIn(database, 'restraints', {
      key: ['kind', 'target'],
      others: ['shown', 'until', 'by', 'reason'],
    }),
    rooms: tableIn(database, 'kept_rooms', {
      key: ['fold'],
      others: ['shown', 'founder', 'keyHash', 'topic'],
    }),
    readMarkers: tableIn(database, 'marks', { key: ['fold'], others: ['room', 'id', 'at', 'isHere'] }),
  };
  return new AccountStore({
    tables,
    offlineMessages: new SqliteOfflineMessages(database),
    externalChanges: new SqliteExternalChanges(database),
    inTransaction: (work) => inTransaction(database, work),
  });
}
