/** An upgrade and the way back, as docs/operating.md describes them: backup, newer data file, restore. */
import { copyFileSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSqlite } from '../../src/database/driver.js';
import { schemaVersion, setSchemaVersion } from '../../src/database/file-header.js';
import { launch, run, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

it(
  'a server refuses a newer data file with one line, and runs on the restored backup',
  { timeout: 60_000 },
  async () => {
    const folder = temporaryFolder();
    const data = join(folder, 'data');
    const file = join(data, 'partyline.db');
    const first = await launch({ flags: ['--data-dir', data] });
    const ann = await SocketClient.login(first.port, 'ann');
    ann.send('MSG before the upgrade\n');
    await ann.fence();
    const backup = join(folder, 'before-upgrade.db');
    expect(await run(['backup', backup, '--data-dir', data])).toMatchObject({ code: 0 });
    first.signal('SIGTERM');
    await first.exited;

    migrateToNewer(file);
    const newer = readFileSync(file);
    const { code, stdout, stderr } = await run(['--port', '0', '--data-dir', data]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^partyline: cannot use [^\n]*: written by a newer version of Partyline; run that version or restore the backup [^\n]*\n$/,
    );
    expect(readFileSync(file).equals(newer)).toBe(true);

    renameSync(data, join(folder, 'data.broken'));
    mkdirSync(data, { mode: 0o700 });
    copyFileSync(backup, file);
    const restored = await launch({ flags: ['--data-dir', data] });
    const bob = await SocketClient.login(restored.port, 'bob');
    bob.send('HISTORY\n');
    expect(await bob.fence()).toMatch(/^HIST 1 \S+ ann before the upgrade\nOK\n$/);
  },
);

/** Marks a data file as that of a version with one more migration. */
function migrateToNewer(file: string): void {
  const database = openSqlite(file, { busyTimeoutMs: 1000 });
  setSchemaVersion(database, schemaVersion(database) + 1);
  database.close();
}
