/**
 * The rules of the log against what a network or another version may do to it: entries that come twice, late, or from
 * the future are put into the log of running servers. mutants.cluster.ts shows that these tests fail without the rules.
 */
import { expect, it } from 'vitest';
import { bannedAtOnce, doubledBatch, lateBatch, lockedAtOnce, namesAtOnce } from './attacks.js';
import { Cluster, describeCluster, level, loggedIn } from './cluster.js';
import { append } from './injected.js';
import { type Node, stopOf } from './node.js';
import { mutated } from './mutation.js';

describeCluster('the rules of the log', () => {
  it('a batch that comes twice is stored once', async () => {
    expect(await doubledBatch()).toEqual([]);
  });

  it('a batch of a run that has ended changes nothing', async () => {
    expect(await lateBatch()).toEqual([]);
  });

  it('a name that two servers give away at the same time has one session', async () => {
    expect(await namesAtOnce()).toEqual([]);
  });

  it('a name that is banned while it logs in on another server is not connected', async () => {
    expect(await bannedAtOnce()).toEqual([]);
  });

  it('a room that is locked while users of other servers enter it admits none afterwards', async () => {
    expect(await lockedAtOnce()).toEqual([]);
  });

  it('a batch of a newer version stops a server with code 4, and says that it must be upgraded', async () => {
    const { nodes, nats } = await Cluster.start({ lone: true, nodes: 2 });
    const [server] = nats;
    if (server === undefined) throw new Error('no nats-server');
    await append(server, { kind: 'batch', v: 99, node: 'node1', epoch: 1, n: 1, proposals: [] });
    for (const node of nodes) {
      const { code, sentence } = await stopOf(node);
      expect(sentence).toContain('upgrade');
      expect(code).toBe(4);
    }
  });

  it('servers of two versions are one chat, and the older is refused once all others have written newer batches', async () => {
    const newer = mutated([{ file: 'cluster/versions.js', from: /MAX_V = 2\b/, to: 'MAX_V = 3' }]);
    const { nodes } = await Cluster.start({
      lone: true,
      each: (index) => (index === 0 ? {} : { launch: { script: newer } }),
    });
    const [old, ...others] = nodes;
    if (old === undefined) throw new Error('no node');
    const ann = await loggedIn(old, 'ann');
    const bob = await loggedIn(others[0] as Node, 'bob');
    bob.send('MSG of the newer\n');
    await ann.until('MSG bob of the newer\n');
    ann.send('MSG of the older\n');
    await bob.until('MSG ann of the older\n');
    await old.end('SIGTERM');
    await bob.until('INFO ann disconnected\n');
    bob.send('MSG without the older\n');
    expect(await bob.fence()).toBe('');
    await level(others);
    const { code, sentence } = await stopOf(old, old.launch());
    expect(sentence).toContain('upgrade');
    expect([2, 4]).toContain(code);
  });
});
