/** `partyline cluster status`, `adopt` and `leave`, and changes of the command line without a server. */
import { expect, it } from 'vitest';
import { run } from '../support/process.js';
import { Cluster, describeCluster, level, loggedIn } from './cluster.js';
import { deleteStream } from './injected.js';
import type { Node } from './node.js';
import { copyOf } from './tables.js';

interface Status {
  readonly stream: string;
  readonly id: string;
  readonly nodes: readonly { readonly name: string; readonly state: string; readonly lag: number }[];
}

/** Runs a command with the settings and the data directory of a node. */
function command(node: Node, ...words: readonly string[]) {
  return run([...words, '--data-dir', node.folder], { env: { ...node.env, NODE_NAME: node.name } });
}

async function statusOf(node: Node): Promise<Status> {
  const { stdout } = await command(node, 'cluster', 'status', '--json');
  return JSON.parse(stdout);
}

/** The states of the nodes, by their names. */
async function statesOf(node: Node): Promise<Record<string, string>> {
  const { nodes } = await statusOf(node);
  return Object.fromEntries(nodes.map(({ name, state }) => [name, state]));
}

describeCluster('the commands of a cluster', () => {
  it('cluster status shows which servers are live, which are silent, and which are dead', async () => {
    const cluster = await Cluster.start({ lone: true, nodes: 3 });
    const [one, two, other] = cluster.nodes;
    if (one === undefined || two === undefined || other === undefined) throw new Error('no node');
    const { stdout, stderr, code } = await command(one, 'cluster', 'status');
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout).toMatch(/^stream PARTYLINE, log \S+\nNAME +EPOCH +POSITION +LAG +STATE +VERSION\n/);
    expect(stdout.match(/ live /g)).toHaveLength(3);
    expect(stdout.match(/^node\d/gm)).toEqual(['node1', 'node2', 'node3']);
    expect(await statusOf(two)).toMatchObject({
      stream: 'PARTYLINE',
      nodes: [{ lag: expect.any(Number) }, {}, {}],
    });
    await two.end('SIGTERM');
    other.signal('SIGSTOP');
    expect(await statesOf(one)).toEqual({ node1: 'live', node2: 'fenced', node3: 'cut' });
    other.signal('SIGCONT');
  });

  it('cluster status says what is missing', async () => {
    const cluster = await Cluster.start({ lone: true, nodes: 1 });
    const [one] = cluster.nodes;
    if (one === undefined) throw new Error('no node');
    const lone = await run(['cluster', 'status', '--data-dir', one.folder]);
    expect(lone).toMatchObject({
      code: 2,
      stderr: 'partyline: CLUSTER is not set; set it as for the servers\n',
    });
    await one.end('SIGTERM');
    expect(await run(['ban', 'add', 'ted', '--data-dir', one.folder])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('start the server of this folder'),
    });
    const [nats] = cluster.nats;
    await nats?.kill();
    const { code, stderr } = await command(one, 'cluster', 'status');
    expect(code).toBe(2);
    expect(stderr).toContain('no answer within 10 s');
    // What the node with the most entries for `adopt` is found by.
    expect(stderr).toMatch(/; this folder has entries up to position [1-9]\d* of the log \S+\n$/);
  });

  it('a change of the command line beside a stopped server is made on the others', async () => {
    const cluster = await Cluster.start({ lone: true, nodes: 2 });
    const [one, two] = cluster.nodes;
    if (one === undefined || two === undefined) throw new Error('no node');
    const ted = await loggedIn(two, 'ted');
    await level(cluster.nodes);
    await one.end('SIGTERM');
    expect(await command(one, 'ban', 'add', 'ted')).toEqual({
      code: 0,
      stdout: 'ted is banned permanently\n',
      stderr: '',
    });
    expect((await ted.toEnd()).text).toContain('INFO disconnected: banned by server\n');
    await one.start();
    const { stdout } = await command(one, 'ban', 'list');
    expect(stdout).toMatch(/^ted +permanent +server$/m);
    expect(await statesOf(one)).toEqual({ node1: 'live', node2: 'live' });
  });

  it('cluster leave takes a node from the list of the others', async () => {
    const cluster = await Cluster.start({ lone: true, nodes: 2 });
    const [one, two] = cluster.nodes;
    const [nats] = cluster.nats;
    if (one === undefined || two === undefined || nats === undefined) throw new Error('no node');
    await two.end('SIGTERM');
    expect(await statesOf(one)).toEqual({ node1: 'live', node2: 'fenced' });
    const left = await command(two, 'cluster', 'leave');
    expect(left).toMatchObject({ code: 0, stderr: '' });
    expect(await statesOf(one)).toEqual({ node1: 'live' });
    await level([one]);
    // What cannot be told to the others is not done.
    await one.end('SIGTERM');
    await deleteStream(nats);
    const alone = await command(one, 'cluster', 'leave');
    expect(alone.code).toBe(2);
    expect(alone.stderr).toMatch(/is missing on .*; to leave without the other nodes, unset CLUSTER\n$/);
    expect((await command(one, 'cluster', 'leave')).stderr).not.toContain('belongs to no cluster');
    const own = await run(['cluster', 'leave', '--data-dir', one.folder]);
    expect(own).toMatchObject({ code: 0, stderr: expect.stringContaining('goes on to list node1') });
  });

  it('cluster adopt begins an empty log with the data of a server after the log was lost', async () => {
    const cluster = await Cluster.start({ lone: true, nodes: 2 });
    const [one, two] = cluster.nodes;
    const [nats] = cluster.nats;
    if (one === undefined || two === undefined || nats === undefined) throw new Error('no node');
    const ann = await loggedIn(two, 'ann');
    ann.send('MSG before the loss\n');
    await level(cluster.nodes);
    ann.leave();
    expect(await command(one, 'cluster', 'adopt')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('a server runs on this folder'),
    });
    const { id } = await statusOf(one);
    await one.end('SIGTERM');
    expect(await command(one, 'cluster', 'adopt')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'partyline: the log of the cluster has live nodes (node2); stop all of them, then adopt\n',
    });
    // It goes on.
    await level([two]);
    await two.end('SIGTERM');
    await deleteStream(nats);
    const adopted = await command(one, 'cluster', 'adopt');
    expect(adopted).toMatchObject({ code: 0, stderr: '' });
    expect(adopted.stdout).not.toContain(id);
    await one.start();
    const late = await loggedIn(one, 'bob');
    late.send('MSG after it\n');
    expect(await late.fence()).not.toContain('ERR');
    const texts = copyOf(one).messages.map(({ text }) => text);
    expect(texts).toEqual(expect.arrayContaining(['before the loss', 'after it']));
    // The data of the other server comes from the lost log.
    const refused = two.launch();
    expect([2, 4]).toContain((await refused.exited).code);
    expect(refused.stderr).toContain('backup of a node');
  });
});
