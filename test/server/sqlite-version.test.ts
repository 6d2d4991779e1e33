/** The server warns of an SQLite that can damage the data file. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSqlite } from '../../src/database/driver.js';
import { oldSqliteWarning, sqliteVersion } from '../../src/server/sqlite-version.js';
import { serve, temporaryFolder } from '../support/process.js';

it.each(['3.49.1', '3.51.2', '3.9.9', '2.60.60'])(
  'an SQLite with a known fault is warned of: %s',
  (version) => {
    expect(oldSqliteWarning(version)).toBe(
      `SQLite ${version} can damage the data file, in the rare case that a command and the server write at the same ` +
        'moment; use Node.js 22.22.3, 24.15 or later',
    );
  },
);

it.each(['3.51.3', '3.51.10', '3.52.0', '3.100.1', '4.0.0'])(
  'an SQLite without it is not warned of: %s',
  (version) => {
    expect(oldSqliteWarning(version)).toBeNull();
  },
);

it('a server warns of the SQLite that it uses, at the start', async () => {
  const database = openSqlite(join(temporaryFolder(), 'test.db'), { busyTimeoutMs: 0 });
  const version = sqliteVersion(database);
  database.close();
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  const { log, stop } = await serve({ HISTORY: 'disk', DATA_DIR: join(temporaryFolder(), 'data') });
  await stop();
  const warning = oldSqliteWarning(version);
  const warnings = log.events.filter(({ level }) => level === 'warn').map(({ msg }) => msg);
  expect(warnings).toEqual(warning === null ? [] : [warning]);
});
