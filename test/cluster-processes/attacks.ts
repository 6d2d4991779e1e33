/**
 * What a rule of the log prevents, each as a short run against three servers. They return the faults that they found:
 * none with the rule, and at least one without it. The built program can be replaced by one without a rule.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { Cluster, level, loggedIn } from './cluster.js';
import { append, batchesSaying, entriesOf } from './injected.js';
import type { Node, NodeOptions } from './node.js';
import { copyOf } from './tables.js';

const NAMES = 40;
const ROOMS = 8;
const VISITORS = 8;
/** The end of a session that was banned comes within milliseconds. */
const CLOSING_MS = 8000;
const AFTER_LOCK_MS = 300;

function options(script: string | undefined) {
  const common = { lone: true, env: { RATE_LIMIT: '0' } };
  return script === undefined ? common : { ...common, each: (): NodeOptions => ({ launch: { script } }) };
}

async function cluster(script: string | undefined) {
  const { nodes, nats } = await Cluster.start(options(script));
  const [one, two, other] = nodes;
  const [server] = nats;
  if (one === undefined || two === undefined || other === undefined || server === undefined)
    throw new Error('no cluster');
  return { nodes, one, two, other, server };
}

/** The number of the newest batch of a run. */
function lastOf(
  entries: readonly Readonly<Record<string, unknown>>[],
  node: unknown,
  epoch: unknown,
): number {
  return Math.max(
    0,
    ...entries.filter((each) => each.node === node && each.epoch === epoch).map(({ n }) => Number(n ?? 0)),
  );
}

/** The engine may deliver a batch twice, and a server sends it again when it does not come back. */
export async function doubledBatch(script?: string): Promise<string[]> {
  const { nodes, one, two, server } = await cluster(script);
  const [ann, bob] = [await loggedIn(one, 'ann'), await loggedIn(two, 'bob')];
  ann.send('MSG once\n');
  await bob.until('MSG ann once\n');
  const [batch] = await batchesSaying(server, 'once');
  if (batch === undefined) throw new Error('the log has no such batch');
  await append(server, batch);
  await append(server, batch);
  await level(nodes);
  const seen = (await bob.fence()).match(/^MSG ann once$/gm)?.length ?? 0;
  return [
    ...(seen > 0 ? [`bob saw the message ${seen} times more`] : []),
    ...nodes.map(copyOf).flatMap(({ server: name, messages }) => {
      const stored = messages.filter(({ text }) => text === 'once').length;
      return stored === 1 ? [] : [`${name} has the message ${stored} times`];
    }),
  ];
}

/** A batch of a run may arrive after the run was ended: here a login, which nobody would ever end. */
export async function lateBatch(script?: string): Promise<string[]> {
  const { nodes, one, two, other, server } = await cluster(script);
  const ghost = await loggedIn(one, 'ghost');
  const bob = await loggedIn(two, 'bob');
  const entries = await entriesOf(server);
  const login = entries.find((entry) => entry.kind === 'batch' && JSON.stringify(entry).includes('"ghost"'));
  if (login === undefined) throw new Error('the log has no login');
  ghost.leave();
  await bob.until('INFO ghost disconnected\n');
  await one.end('SIGTERM');
  const { node, epoch } = login;
  // The next number of the run: only its end speaks against it.
  const next = lastOf(await entriesOf(server), node, epoch) + 1;
  for (const n of [next - 1, next, next + 1]) await append(server, { ...login, n });
  await level([two, other]);
  bob.send('WHO\n');
  const who = await bob.fence();
  await one.start();
  await level(nodes);
  return who.includes('USER ghost\n') ? ['ghost is listed, and has no connection'] : [];
}

/** Two servers each find a name free before the login of the other comes back. */
export async function namesAtOnce(script?: string): Promise<string[]> {
  const { nodes } = await cluster(script);
  const faults: string[] = [];
  for (let index = 0; index < NAMES; index++) {
    const name = `wanted${index}`;
    const clients = await Promise.all(nodes.map(({ port }) => SocketClient.connect(port)));
    for (const client of clients) client.send(`LOGIN ${name}\n`);
    const answers = await Promise.all(clients.map((client) => client.until(/^(?:OK|ERR \S+)\n/m)));
    const winners = answers.filter((text) => text.endsWith('OK\n')).length;
    if (winners !== 1) faults.push(`${winners} clients are ${name}`);
    for (const client of clients) client.leave();
    if (faults.length > 0) break;
    await delay(5);
  }
  return faults;
}

/** A server finds a name free of bans before the ban of another server comes back. */
export async function bannedAtOnce(script?: string): Promise<string[]> {
  const { one, two } = await cluster(script);
  const op = await operatorOn(one);
  for (let index = 0; index < NAMES; index++) {
    const name = `guest${index}`;
    const guest = await SocketClient.connect(two.port);
    op.send(`BAN ${name}\n`);
    guest.send(`LOGIN ${name}\n`);
    await op.until(/^OK$/m);
    const answer = await guest.until(/^(?:OK|ERR \S+)\n/m);
    // Its login may have come before the ban, which then ends it.
    const isClosed = await Promise.race([guest.toEnd().then(() => true), delay(CLOSING_MS, false)]);
    guest.leave();
    if (!isClosed) return [`${name} is banned, was told ${answer.trim()}, and is connected`];
  }
  return [];
}

/** A server finds a room open before the lock of another server comes back. */
export async function lockedAtOnce(script?: string): Promise<string[]> {
  const { one, two, other } = await cluster(script);
  const op = await operatorOn(one);
  const visitors = await Promise.all(
    Array.from({ length: VISITORS }, (_, index) =>
      loggedIn(index % 2 === 0 ? two : other, `visitor${index}`),
    ),
  );
  for (let index = 0; index < ROOMS; index++) {
    op.send(`JOIN den${index}\n`);
    await op.until(/^OK$/m);
    const visits = visitors.map(async (visitor) => {
      for (let answer = ''; !answer.includes('ERR ');) {
        visitor.send(`JOIN den${index}\nJOIN lobby\n`);
        answer = await visitor.until(/^(?:OK|ERR \S+)\n[^]*?^(?:OK|ERR \S+)\n/m);
        // One that was admitted after the lock could go on for ever.
        if (isOver) break;
      }
    });
    let isOver = false;
    // Its reply is in the order of the log.
    op.send(`LOCK key-of-den\n`);
    await op.until(/^OK$/m);
    await delay(AFTER_LOCK_MS);
    isOver = true;
    await Promise.all(visits);
    const late = (await op.fence()).match(new RegExp(`^INFO (\\S+) joined den${index}$`, 'm'));
    if (late !== null) return [`${late[1] ?? ''} joined a room that was locked`];
  }
  return [];
}

async function operatorOn(node: Node): Promise<SocketClient> {
  const op = await loggedIn(node, 'op');
  op.send('REGISTER sesame-street\n');
  await op.until(/^OK$/m);
  const env = { ...node.env, NODE_NAME: node.name };
  const { code, stderr } = await run(['user', 'grant', 'op', '--data-dir', node.folder], { env });
  if (code !== 0) throw new Error(stderr);
  await op.fence();
  return op;
}
