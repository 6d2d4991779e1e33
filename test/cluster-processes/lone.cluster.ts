/** The proof's own test: on one server without a log of a cluster it holds too, and it finds a message that was removed. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/database/open.js';
import { DiskWriter } from '../../src/history/disk-writer.js';
import { migrations } from '../../src/server/migrations.js';
import { crowd, expectProved, spoken } from './cluster.js';
import { report, shortened } from './form.js';
import { messageFaults } from './ledger.js';
import { Node } from './node.js';
import { copyOf } from './tables.js';
import type { Talker } from './talker.js';

const SENDERS = 20;
const MESSAGES_A_ROUND = 500;

it('a lone server that is killed at full load keeps what the ledger knows, and the ledger finds a removed message', async () => {
  const node = new Node('alone');
  const talkers: Talker[] = [];
  const rounds = shortened(2, 10);
  for (let round = 0; round < rounds; round++) {
    await node.start();
    const all = await crowd(node, round, SENDERS);
    talkers.push(...all);
    for (const talker of all) talker.talk();
    await spoken(all, MESSAGES_A_ROUND);
    await delay(Math.random() * 500);
    await node.end('SIGKILL');
    await Promise.all(all.map(({ closed }) => closed));
  }
  await node.start();
  await node.end('SIGTERM');
  const counted = expectProved(talkers, [node]);
  report('a lone server', { rounds, ...counted });
  expect(counted.acknowledged).toBeGreaterThanOrEqual(rounds * MESSAGES_A_ROUND);

  const kept = talkers.flatMap(({ sent }) => sent).find(({ fate }) => fate === 'acknowledged');
  const redacted = copyOf(node).messages.flatMap(({ id, text }) => (text === kept?.text ? [id] : []));
  const { database, close } = openDatabase(node.folder, migrations);
  new DiskWriter(database, { onMaintained() {}, onDamaged() {} }).commit({
    packs: [],
    steps: [],
    redacted,
    numbering: null,
    rows: [],
  });
  close();
  expect(messageFaults(talkers, [copyOf(node)]).join()).toContain(
    `"${kept?.text}" was acknowledged and is not stored`,
  );
});
