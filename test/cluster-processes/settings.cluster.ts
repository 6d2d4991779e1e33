/** Servers that cannot join, or must not: each says in one line what to change, and does not disturb the others. */
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type NatsServer, startNats } from '../support/nats-servers.js';
import { run, temporaryFolder } from '../support/process.js';
import { Cluster, describeCluster, level, loggedIn } from './cluster.js';
import { Node } from './node.js';

/** The sentence of a server that exits with this code. */
async function refusal(
  node: Node,
  code: number,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const process = node.launch(env);
  const exit = await process.exited;
  expect([exit, process.stderr]).toEqual([
    { code, signal: null },
    expect.stringMatching(/^partyline: [^\n]*\n$/),
  ]);
  return process.stderr;
}

/** The files below a folder that contain this text. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = join(folder, name);
    return statSync(path).isFile() && readFileSync(path).includes(text);
  });
}

function keyFile(byte: number): string {
  const file = join(temporaryFolder(), 'key');
  writeFileSync(file, `${Buffer.alloc(32, byte).toString('base64')}\n`, { mode: 0o600 });
  return file;
}

const clusterOf = (server: NatsServer) => ({ CLUSTER: server.url, CLUSTER_REPLICAS: '1' });

describeCluster('a server of a cluster', () => {
  it('a second server of the same name, and servers with other settings, are refused beside a live one', async () => {
    const { nodes } = await Cluster.start({ lone: true, nodes: 2 });
    const [one, two] = nodes;
    if (one === undefined || two === undefined) throw new Error('no node');
    const ann = await loggedIn(one, 'ann');
    const backup = join(temporaryFolder(), 'backup.db');
    expect((await run(['backup', backup, '--data-dir', two.folder])).code).toBe(0);
    const copy = (file = backup) => {
      const folder = temporaryFolder();
      mkdirSync(folder, { recursive: true });
      cpSync(file, join(folder, 'partyline.db'));
      return folder;
    };

    // Once with the data of another node, and once with a copy of its own.
    const own = join(temporaryFolder(), 'own.db');
    expect((await run(['backup', own, '--data-dir', one.folder])).code).toBe(0);
    for (const file of [backup, own]) {
      const twin = new Node('node1', { env: one.env, folder: copy(file) });
      expect(await refusal(twin, 2)).toMatch(/node1.*NODE_NAME|NODE_NAME.*node1/);
    }
    expect(await ann.fence()).toBe('');

    for (const [name, value] of [
      ['ANNOUNCE_LOGIN', 'true'],
      ['PRESENCE_LIMIT', '17'],
      ['HISTORY_DAYS', '17'],
      ['MIN_PASSWORD_LENGTH', '17'],
    ] as const) {
      const other = new Node('node3', { env: one.env, folder: copy() });
      expect(await refusal(other, 2, { [name]: value })).toContain(name);
    }
    await level(nodes);
    expect(await ann.fence()).not.toContain('ann disconnected');
    expect([await one.status(), await two.status()]).toEqual([200, 200]);

    // What is a server's own may differ.
    const third = new Node('node3', { env: one.env, folder: copy() });
    await third.start({ SERVER_PASSWORD: 'sesame', MAX_CLIENTS: '7' });
    await level([...nodes, third]);
  });

  it('settings that contradict each other end the start with one line and code 2', async () => {
    const server = await startNats();
    const start = (env: Readonly<Record<string, string>>) =>
      refusal(new Node('node1', { env: { ...clusterOf(server), ...env } }), 2);
    expect(await start({ HISTORY: 'memory' })).toContain('HISTORY');
    expect(await start({ CLUSTER: 'http://127.0.0.1:4222' })).toContain('CLUSTER');
    expect(await start({ CLUSTER: 'nats://192.0.2.1:4222' })).toMatch(/tls:/);
    expect(await start({ CLUSTER_REPLICAS: '2' })).toContain('CLUSTER_REPLICAS');
    expect(await start({ NODE_NAME: 'a b' })).toContain('NODE_NAME');
    const key = join(temporaryFolder(), 'key');
    writeFileSync(key, 'c2hvcnQ=\n');
    expect(await start({ CLUSTER_KEY_FILE: key })).toContain('CLUSTER_KEY_FILE');
    expect(await start({ CLUSTER_KEY_FILE: join(temporaryFolder(), 'missing') })).toContain(
      'CLUSTER_KEY_FILE',
    );
  });

  it('a nats-server without JetStream and wrong credentials end the start with one line, without the password', async () => {
    const without = await startNats({ hasJetStream: false });
    expect(await refusal(new Node('node1', { env: clusterOf(without) }), 2)).toContain('JetStream');
    const guarded = await startNats({ config: 'authorization { user: "chat", password: "right-secret" }' });
    const url = guarded.url.replace('//', '//chat:wrong-secret@');
    const node = new Node('node1', { env: { ...clusterOf(guarded), CLUSTER: url } });
    const sentence = await refusal(node, 2);
    expect(sentence).toMatch(/CLUSTER/);
    expect(node.process.stdout + sentence).not.toContain('secret');
    const right = new Node('node1', {
      env: { ...clusterOf(guarded), CLUSTER: guarded.url.replace('//', '//chat:right-secret@') },
    });
    await right.start();
    expect(right.process.stdout + right.process.stderr).not.toContain('secret');
  });

  it('a server waits for a nats-server that is not there yet, and says what it waits for', async () => {
    const server = await startNats();
    await server.kill();
    const node = new Node('node1', { env: clusterOf(server) });
    const process = node.launch();
    const { port } = new URL(server.url);
    await process.log.has({ level: 'warn' });
    expect(process.stdout).toContain(port);
    await server.start();
    await node.ready();
    const ann = await loggedIn(node, 'ann');
    expect(await ann.fence()).toBe('');
  });

  it('a server that was cut off says so, and says when its log answers again', async () => {
    const server = await startNats();
    const node = new Node('node1', { env: { ...clusterOf(server), CLUSTER_LEASE: '12' } });
    await node.start();
    server.signal('SIGSTOP');
    await node.process.log.has({
      msg: 'cut off from the cluster: messages are refused until its log answers',
    });
    server.signal('SIGCONT');
    await node.process.log.has({ msg: 'the log of the cluster answers again: messages are accepted' });
    await node.untilStatus(200);
  });

  it('an encrypted log holds no text of a message, and a server with another key or none is refused', async () => {
    const [key, other] = [keyFile(1), keyFile(2)];
    const cluster = await Cluster.start({ lone: true, nodes: 2, env: { CLUSTER_KEY_FILE: key } });
    const [one, two] = cluster.nodes;
    const [server] = cluster.nats;
    if (one === undefined || two === undefined || server === undefined) throw new Error('no node');
    const [ann, bob] = [await loggedIn(one, 'ann'), await loggedIn(two, 'bob')];
    ann.send('MSG plaintextword\nDM bob plaintextword\n');
    await bob.until('DM ann plaintextword\n');
    expect(filesWith(server.folder, 'plaintextword')).toEqual([]);
    const wrong = new Node('node3', { env: { ...one.env, CLUSTER_KEY_FILE: other } });
    expect(await refusal(wrong, 2)).toContain('CLUSTER_KEY_FILE');
    const without = new Node('node3', { env: { ...one.env, CLUSTER_KEY_FILE: '' } });
    expect(await refusal(without, 2)).toContain('CLUSTER_KEY_FILE');
    for (const file of [other, '']) {
      const env = { ...one.env, NODE_NAME: 'node1', CLUSTER_KEY_FILE: file };
      const status = await run(['cluster', 'status', '--data-dir', one.folder], { env });
      expect(status).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining('CLUSTER_KEY_FILE'),
      });
    }
  });
});
