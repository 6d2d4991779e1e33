/** The accounts in the data file. */
import type { Database } from '../database/open.js';
import { change } from '../database/nested-transaction.js';
import { Changes } from './sqlite-external-changes.js';
import { AccountKeep, type AccountTables } from './account-store.js';
import { StoredMail } from './sqlite-mail.js';
import { tableIn } from './sqlite-table.js';

export function storedAccounts(database: Database): AccountKeep {
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
    restraints: tableIn(database, 'restraints', {
      key: ['kind', 'target'],
      others: ['shown', 'until', 'by', 'reason'],
    }),
    rooms: tableIn(database, 'kept_rooms', {
      key: ['fold'],
      others: ['shown', 'founder', 'keyHash', 'topic'],
    }),
    marks: tableIn(database, 'marks', { key: ['fold'], others: ['room', 'id', 'at', 'isHere'] }),
  };
  return new AccountKeep({
    tables,
    mail: new StoredMail(database),
    notes: new Changes(database),
    inOne: (work) => change(database, work),
  });
}
