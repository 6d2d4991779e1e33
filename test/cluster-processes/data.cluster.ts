/** Data files and logs that do not fit together: old copies, logs that were rolled back, full disks, other clocks. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { asAfterKill } from '../support/folders.js';
import { run, temporaryFolder } from '../support/process.js';
import { canMount, fill, smallDisk } from '../support/small-disk.js';
import { Cluster, crowd, describeCluster, expectProved, level, loggedIn } from './cluster.js';
import { isShort, report } from './form.js';
import { deleteStream, endsOf, growTo, purgeBelow } from './injected.js';
import { Node, stopOf } from './node.js';
import { copyOf } from './tables.js';
import type { Talker } from './talker.js';

/** Puts a copy of a folder in the place of the folder. */
function putBack(copy: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  cpSync(copy, folder, { recursive: true });
}

async function speak(nodes: readonly Node[], round: number, ms: number): Promise<Talker[]> {
  const talkers = (await Promise.all(nodes.map((node) => crowd(node, round, 7)))).flat();
  for (const talker of talkers) talker.talk();
  await delay(ms);
  await Promise.all(talkers.map((talker) => talker.stop()));
  return talkers;
}

const leave = (talkers: readonly Talker[]) => {
  for (const talker of talkers) talker.leave();
};

describeCluster('the data of a cluster', () => {
  it('a server that starts on an old copy of its file, or on an old backup, catches up to the same messages', async () => {
    const { nodes } = await Cluster.start({ lone: true });
    const [one, two, other] = nodes;
    if (one === undefined || two === undefined || other === undefined) throw new Error('not three nodes');
    const first = await speak(nodes, 0, 500);
    leave(first);
    await level(nodes);
    await other.end('SIGKILL');
    const copy = asAfterKill(other.folder);
    await other.start();
    const second = await speak(nodes, 1, 500);
    leave(second);
    await level(nodes);
    await other.end('SIGTERM');
    putBack(copy, other.folder);
    await other.start();

    // A backup of a peer, copied to a new server.
    const backup = join(temporaryFolder(), 'backup.db');
    expect((await run(['backup', backup, '--data-dir', one.folder])).code).toBe(0);
    const third = await speak(nodes, 2, 500);
    leave(third);
    const joining = new Node('node4', { env: one.env });
    mkdirSync(joining.folder, { recursive: true });
    cpSync(backup, join(joining.folder, 'partyline.db'));
    await joining.start();
    const fourth = await speak([joining], 3, 300);
    leave(fourth);
    const all = [...nodes, joining];
    await level(all);
    report('old copies', expectProved([...first, ...second, ...third, ...fourth], all));
  });

  it('a server is refused an empty folder where the beginning of the log is gone, and told to begin with a backup', async () => {
    const cluster = await Cluster.start({ lone: true });
    const [one] = cluster.nodes;
    const [nats] = cluster.nats;
    if (one === undefined || nats === undefined) throw new Error('no node');
    leave(await speak(cluster.nodes, 0, 200));
    await level(cluster.nodes);
    await purgeBelow(nats, (await endsOf(nats)).last - 1);
    const joining = new Node('node4', { env: one.env });
    const { code, sentence } = await stopOf(joining, joining.launch());
    expect(sentence).toMatch(/partyline backup/);
    expect([2, 4]).toContain(code);
    // The others go on.
    leave(await speak(cluster.nodes, 1, 200));
  });

  it.each(['running', 'stopped'])(
    'a log that was rolled back stops %s servers with code 4 and one sentence',
    async (state) => {
      const cluster = await Cluster.start({ lone: true, nodes: 2 });
      const { nodes } = cluster;
      const [nats] = cluster.nats;
      if (nats === undefined) throw new Error('no nats-server');
      leave(await speak(nodes, 0, 300));
      await level(nodes);
      await nats.kill('SIGTERM');
      const copy = asAfterKill(nats.folder);
      await nats.start();
      await Promise.all(nodes.map((node) => node.untilStatus(200)));
      leave(await speak(nodes, 1, 500));
      await level(nodes);
      if (state === 'stopped') for (const node of nodes) await node.end('SIGKILL');
      await nats.kill('SIGKILL');
      putBack(copy, nats.folder);
      await nats.start();
      if (state === 'stopped') for (const node of nodes) node.launch();
      for (const node of nodes) {
        const { code, sentence } = await stopOf(node);
        expect(sentence).toMatch(/log/);
        expect(code).toBe(4);
      }
    },
  );

  it('a log that was rolled back and has grown past a server again stops it with code 4', async () => {
    const cluster = await Cluster.start({ lone: true, nodes: 1 });
    const [node] = cluster.nodes;
    const [nats] = cluster.nats;
    if (nats === undefined || node === undefined) throw new Error('no node');
    leave(await speak([node], 0, 200));
    await level([node]);
    await nats.kill('SIGTERM');
    const copy = asAfterKill(nats.folder);
    await nats.start();
    await node.untilStatus(200);
    leave(await speak([node], 1, 200));
    await level([node]);
    await node.end('SIGKILL');
    const { last } = await endsOf(nats);
    await nats.kill('SIGKILL');
    putBack(copy, nats.folder);
    await nats.start();
    await growTo(nats, last + 10);
    const { code, sentence } = await stopOf(node, node.launch());
    expect(sentence).toMatch(/log/);
    expect(code).toBe(4);
  });

  it('a log that was deleted is not replaced by an empty one', async () => {
    const cluster = await Cluster.start({ lone: true, nodes: 2 });
    const [nats] = cluster.nats;
    const [one, two] = cluster.nodes;
    if (nats === undefined || one === undefined || two === undefined) throw new Error('no node');
    leave(await speak([one], 0, 200));
    await level(cluster.nodes);
    await two.end('SIGTERM');
    await deleteStream(nats);
    const { code, sentence } = await stopOf(two, two.launch());
    expect(sentence).toMatch(/CLUSTER_STREAM|cluster adopt/);
    expect([2, 4]).toContain(code);
    const { code: running } = await stopOf(one);
    expect([2, 4]).toContain(running);
  });

  it.skipIf(!canMount)(
    'a server whose disk is full closes its users, exits with code 3, and catches up after a restart',
    async () => {
      const disk = smallDisk(4);
      const cluster = await Cluster.start({
        lone: true,
        // It does not wait for its own end, however long it may.
        each: (index) => (index === 2 ? { folder: join(disk, 'data'), env: { SHUTDOWN_GRACE: '600' } } : {}),
      });
      const { nodes } = cluster;
      const [one, two, full] = nodes;
      if (one === undefined || two === undefined || full === undefined) throw new Error('not three nodes');
      const crowds = await Promise.all(nodes.map((node) => crowd(node, 0, 7)));
      const talkers = crowds.flat();
      for (const talker of talkers) talker.talk();
      await delay(300);
      const empty = fill(disk);
      const { code, sentence } = await stopOf(full);
      expect(sentence).toMatch(/full|disk/);
      expect(code).toBe(3);
      for (const { name, farewell } of crowds[2] ?? [])
        expect([name, farewell]).toEqual([name, expect.stringMatching(/cut off/)]);
      await delay(500);
      const living = [...(crowds[0] ?? []), ...(crowds[1] ?? [])];
      await Promise.all(living.map((talker) => talker.stop()));
      for (const { name, closedAt } of living) expect([name, closedAt]).toEqual([name, null]);
      empty();
      execFileSync('mount', ['-o', 'remount,size=256m', disk]);
      await full.start();
      await level(nodes);
      report('a full disk', expectProved(talkers, nodes));
    },
  );

  const faketime = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu']
    .map((folder) => join(folder, 'faketime/libfaketime.so.1'))
    .find((path) => existsSync(path));

  it.skipIf(faketime === undefined)(
    'clocks an hour apart change nothing: times are those of the log',
    async () => {
      const offsets = ['+0', '+3600', '-3600'];
      const env = (index: number) => ({
        LD_PRELOAD: faketime ?? '',
        FAKETIME: offsets[index] ?? '+0',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      });
      const { nodes } = await Cluster.start({ lone: true, each: (index) => ({ env: env(index) }) });
      const startedAt = Date.now();
      const talkers = await speak(nodes, 0, isShort ? 500 : 3000);
      await level(nodes);
      const counted = expectProved(talkers, nodes);
      for (const { at } of copyOf(nodes[0] as Node).messages) {
        expect(at).toBeGreaterThan(startedAt - 11_000);
        expect(at).toBeLessThan(Date.now() + 11_000);
      }
      for (const { name, closedAt } of talkers) expect([name, closedAt]).toEqual([name, null]);
      const ann = await loggedIn(nodes[1] as Node, 'ann');
      expect(await ann.fence()).toBe('');
      report('clocks an hour apart', counted);
    },
  );
});
