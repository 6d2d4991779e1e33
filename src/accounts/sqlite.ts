/** The account store on the tables of the data file. */
import { Journal, RowWriter } from '../database/journal.js';
import type { Database, SqlValue } from '../database/sqlite.js';
import { inTransaction } from '../database/transaction.js';
import { SqliteExternalChanges } from './sqlite-external-changes.js';
import { AccountStore, type AccountTables } from './account-store.js';
import { SqlitePostKeys } from './post-keys.js';
import { SqliteOfflineMessages } from './sqlite-offline-messages.js';
import { SqliteTable, type TableOptions } from './sqlite-table.js';

export function sqliteAccounts(database: Database): AccountStore {
  const journal = new Journal();
  const table = <Row extends { readonly [Column in keyof Row]: SqlValue }>(
    name: string,
    options: TableOptions<Row>,
  ) => new SqliteTable<Row>(database, journal, name, options);
  const tables: AccountTables = {
    accounts: table('accounts', {
      key: ['fold'],
      others: ['shown', 'passwordHash', 'isOperator', 'registeredAt', 'lastIdBefore'],
    }),
    tokens: table('tokens', {
      key: ['id'],
      others: ['fold', 'hash', 'createdAt', 'expiresAt', 'isPage'],
      account: OWNER,
    }),
    ignores: table('ignores', { key: ['fold', 'other'], others: [], account: OWNER }),
    bans: table('restraints', { key: ['kind', 'target'], others: ['shown', 'until', 'by', 'reason'] }),
    rooms: table('kept_rooms', {
      key: ['fold'],
      others: [
        'shown',
        'founder',
        'keyHash',
        'topic',
        'topicBy',
        'topicAt',
        'madeAt',
        'modes',
        'isTemporary',
      ],
      account: { column: 'founder', isOptional: true },
    }),
    readMarkers: table('marks', {
      key: ['fold'],
      others: ['room', 'id', 'at', 'isHere'],
      account: OWNER,
    }),
    cloak: table('cloak', { key: ['id'], others: ['key', 'isAgreed'] }),
    hooks: table('hooks', { key: ['id'], others: ['hash', 'room', 'roomFold', 'name', 'createdAt'] }),
    readPositions: table('read_positions', {
      key: ['fold', 'room'],
      others: ['id', 'at'],
      account: OWNER,
    }),
    leftPositions: table('left_positions', {
      key: ['fold', 'room'],
      others: ['id', 'at'],
      account: OWNER,
    }),
  };
  const writer = new RowWriter(database);
  return new AccountStore({
    journal,
    tables,
    offlineMessages: new SqliteOfflineMessages(database, journal),
    postKeys: new SqlitePostKeys(database, journal),
    externalChanges: new SqliteExternalChanges(database, journal),
    write: (rows) => inTransaction(database, () => writer.write(rows)),
  });
}

const OWNER = { column: 'fold', isOptional: false } as const;
