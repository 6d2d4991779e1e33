/** Webhooks in the store of accounts: kept names, hashed secrets, and what a failed turn undoes. */
import { expect, it } from 'vitest';
import { AccountStore } from '../../src/accounts/account-store.js';
import { sqliteAccounts } from '../../src/accounts/sqlite.js';
import { parseUserName } from '../../src/core/text/text.js';
import { openDatabase } from '../../src/database/open.js';
import { migrations } from '../../src/server/migrations.js';
import { temporaryFolder } from '../support/folders.js';

const OPS = { shown: 'Ops', fold: 'ops' };

function nameOf(text: string) {
  const name = parseUserName(text);
  if (name === null) throw new Error(`invalid user name: ${text}`);
  return name;
}

it('a hook is found by its secret, and its name is kept in any case', () => {
  const { hooks } = AccountStore.inMemory();
  const { secret, row } = hooks.newHook(OPS, nameOf('grafana'), 1);
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(JSON.stringify(row)).not.toContain(secret);
  hooks.add(row);
  expect(hooks.hookFor(secret)).toBe(row);
  expect(hooks.hookFor(`${secret}x`)).toBeUndefined();
  expect(['Grafana', 'grafana_'].map((name) => hooks.keepsName(nameOf(name)))).toEqual([true, false]);
  hooks.remove(row.id);
  expect([hooks.hookFor(secret), hooks.keepsName(nameOf('grafana'))]).toEqual([undefined, false]);
});

it('hooks that could not be stored, or removed, are as before', () => {
  const accounts = AccountStore.inMemory();
  const { hooks } = accounts;
  const { secret, row } = hooks.newHook(OPS, nameOf('ci'), 1);
  hooks.add(row);
  accounts.takeChanges().onFailed();
  expect(hooks.hookFor(secret)).toBeUndefined();
  hooks.add(row);
  accounts.commit();
  hooks.remove(row.id);
  accounts.takeChanges().onFailed();
  expect(hooks.hookFor(secret)).toBe(row);
});

it('hooks are read from the data file again, also of one that was migrated', () => {
  const folder = temporaryFolder();
  openDatabase(folder, migrations.slice(0, 7)).close();
  const file = openDatabase(folder, migrations);
  const accounts = sqliteAccounts(file.database);
  const { secret, row } = accounts.hooks.newHook(OPS, nameOf('ci'), 1);
  accounts.hooks.add(row);
  accounts.commit();
  expect(sqliteAccounts(file.database).hooks.hookFor(secret)).toEqual(row);
  file.close();
});
