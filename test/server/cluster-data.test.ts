/** The data of a cluster's server without CLUSTER: no server runs on it alone unless it has left the cluster. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSqlite } from '../../src/database/driver.js';
import { dataFile, openDatabase } from '../../src/database/open.js';
import { migrations } from '../../src/server/migrations.js';
import { launch, run, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

/** A folder with a message, which belongs to a cluster. */
async function clusterData(): Promise<string> {
  const folder = join(temporaryFolder(), 'data');
  const server = await launch({ flags: ['--data-dir', folder] });
  const ann = await SocketClient.login(server.port, 'ann');
  ann.send('MSG kept\n');
  await ann.fence();
  server.signal('SIGTERM');
  await server.exited;
  const { database, close } = openDatabase(folder, migrations);
  database.exec(`INSERT INTO replica VALUES (1, 'node1', '{}')`);
  close();
  return folder;
}

it('a server without CLUSTER is refused the data of a cluster until that has left it', async () => {
  const folder = await clusterData();
  const { code, stderr } = await run(['serve', '--port', '0', '--data-dir', folder]);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: `partyline: ${folder} belongs to a cluster; set CLUSTER as on its other servers, or take the data out of the cluster with partyline cluster leave\n`,
  });

  const left = await run(['cluster', 'leave', '--data-dir', folder]);
  expect(left).toEqual({
    code: 0,
    stdout: 'the data of this folder belongs to no cluster any more; unset CLUSTER to start a server on it\n',
    stderr: 'partyline: CLUSTER is not set, so partyline cluster status goes on to list node1\n',
  });
  const server = await launch({ flags: ['--data-dir', folder] });
  const bob = await SocketClient.login(server.port, 'bob');
  bob.send('HISTORY\n');
  expect(await bob.fence()).toMatch(/^HIST 1 \S+ ann kept\nOK\n$/);
});

it('cluster leave changes nothing beside a running server, and on data of no cluster', async () => {
  const folder = join(temporaryFolder(), 'data');
  await launch({ flags: ['--data-dir', folder] });
  const none = await run(['cluster', 'leave', '--data-dir', folder]);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('belongs to no cluster')]);
  const database = openSqlite(dataFile(folder), { busyTimeoutMs: 1000, mustExist: true });
  database.exec(`INSERT INTO replica VALUES (1, 'node1', '{}')`);
  const served = await run(['cluster', 'leave', '--data-dir', folder]);
  expect([served.code, served.stderr]).toEqual([2, expect.stringContaining('a server runs on this folder')]);
  expect(database.prepare('SELECT node FROM replica').all()).toEqual([{ node: 'node1' }]);
  database.close();
});
