/** The command of the npm package, in which the packages of NATS are bundled: the other tests run it unbundled. */
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../support/process.js';
import { Cluster, describeCluster, loggedIn } from './cluster.js';

const script = resolve(import.meta.dirname, '../../dist/bundle/partyline.mjs');

describeCluster('the command of the npm package', () => {
  it('joins a cluster, and shows its state', async () => {
    const cluster = await Cluster.start({
      lone: true,
      nodes: 2,
      each: (index) => (index === 0 ? { launch: { script } } : {}),
    });
    const [one, two] = cluster.nodes;
    if (one === undefined || two === undefined) throw new Error('no node');
    const bob = await loggedIn(two, 'bob');
    const ann = await loggedIn(one, 'ann');
    ann.send('MSG from the package\n');
    await bob.until('MSG ann from the package\n');
    const env = { ...one.env, NODE_NAME: one.name };
    const status = await run(['cluster', 'status', '--data-dir', one.folder], { env, script });
    expect(status).toMatchObject({ code: 0, stderr: '' });
    expect(status.stdout.match(/ live /g)).toHaveLength(2);
  });
});
