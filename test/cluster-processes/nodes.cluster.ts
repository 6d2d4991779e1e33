/** Servers of a cluster that are killed, frozen and stopped at full load: what clients on all of them see and keep. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { SocketClient } from '../support/socket-client.js';
import {
  all,
  Cluster,
  crowd,
  describeCluster,
  expectProved,
  FENCE_MS,
  level,
  loggedIn,
  SLACK_MS,
  spoken,
} from './cluster.js';
import { report, shortened } from './form.js';
import { farewellFaults } from './ledger.js';
import type { Node } from './node.js';
import { tableFaults } from './tables.js';
import { Talker } from './talker.js';
import { lines } from './voices.js';

const SENDERS = 12;
const MESSAGES_A_ROUND = 300;
/** For 20 rounds on a machine that is loaded by others: 20 s each are usual there. */
const ROUNDS_TIMEOUT_MS = 1_800_000;

/** Clients that are told of every end on the cluster, on the servers that go on. */
function watchersOf(talkers: readonly Talker[]): Talker[] {
  return talkers.filter(({ voice }) => ['lines', 'labels', 'telnet', 'web'].includes(voice.name));
}

const namesOf = (talkers: readonly Talker[]) => talkers.map(({ name }) => name);

/** A crowd on each node that speaks from now on. */
async function speakingCrowds(nodes: readonly Node[], round: number): Promise<Talker[][]> {
  const crowds = await Promise.all(nodes.map((node) => crowd(node, round, SENDERS)));
  for (const talker of crowds.flat()) talker.talk();
  return crowds;
}

async function stopAll(talkers: readonly Talker[]): Promise<void> {
  await Promise.all(talkers.map((talker) => talker.stop()));
}

/** Waits until these watchers were told of these ends, or the time is over; the check follows. */
async function told(watchers: readonly Talker[], names: readonly string[], withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  const isTold = () => watchers.every(({ gone }) => names.every((name) => gone.has(name)));
  while (!isTold() && performance.now() < deadline) await delay(50);
}

describeCluster('a server of a cluster at full load', () => {
  it(
    'kill -9 of a server loses, repeats and reorders nothing, and it catches up on its file',
    async () => {
      const { nodes } = await Cluster.start();
      const talkers: Talker[] = [];
      const rounds = shortened(3, 20);
      for (let round = 0; round < rounds; round++) {
        const crowds = await speakingCrowds(nodes, round);
        talkers.push(...crowds.flat());
        await spoken(crowds.flat(), MESSAGES_A_ROUND);
        await delay(Math.random() * 500);
        const killed = round % nodes.length;
        const victim = nodes[killed];
        const others = crowds.filter((_, index) => index !== killed).flat();
        const dead = crowds[killed] ?? [];
        const killedAt = performance.now();
        await victim?.end('SIGKILL');
        await delay(300);
        await victim?.start();
        // Its next run ends the sessions of the former one at once.
        await told(watchersOf(others), namesOf(dead), SLACK_MS);
        await stopAll(others);
        await level(nodes);
        expect(
          farewellFaults(watchersOf(others), namesOf(dead), {
            since: killedAt,
            withinMs: performance.now() - killedAt,
          }),
        ).toEqual([]);
        for (const talker of others) expect([talker.name, talker.closedAt]).toEqual([talker.name, null]);
        expectProved(crowds.flat(), nodes);
        for (const talker of others) talker.leave();
      }
      await level(nodes);
      const counted = expectProved(talkers, nodes);
      report('kill -9 of a server', { rounds, ...counted });
      expect(counted.acknowledged).toBeGreaterThanOrEqual(rounds * MESSAGES_A_ROUND);
      await Promise.all(nodes.map((node) => node.end('SIGKILL')));
      for (const node of nodes) await node.start();
      await level(nodes);
    },
    ROUNDS_TIMEOUT_MS,
  );

  it('the users of a killed server are told to the others within the fence, once, and their names are free', async () => {
    const { nodes } = await Cluster.start();
    const crowds = await speakingCrowds(nodes, 0);
    await delay(500);
    const [dead = [], ...living] = crowds;
    const [victim, ...others] = nodes;
    const killedAt = performance.now();
    await victim?.end('SIGKILL');
    await told(watchersOf(living.flat()), namesOf(dead), FENCE_MS + SLACK_MS);
    const toldAfterMs = performance.now() - killedAt;
    // Those who come back elsewhere have their names.
    const again = dead.map(({ name, room }, index) => {
      const node = others[index % others.length];
      if (node === undefined) throw new Error('no other node');
      return new Talker(node, { name, room, voice: lines });
    });
    await all(again, 'ready');
    for (const talker of again) talker.talk();
    await delay(500);
    const everyone = [...living.flat(), ...again];
    await stopAll(everyone);
    expect(
      farewellFaults(watchersOf(living.flat()), namesOf(dead), {
        since: killedAt,
        withinMs: FENCE_MS + SLACK_MS,
      }),
    ).toEqual([]);
    await victim?.start();
    await level(nodes);
    // The one that was fenced before has nothing more to end.
    expect(
      farewellFaults(watchersOf(living.flat()), namesOf(dead), {
        since: killedAt,
        withinMs: FENCE_MS + SLACK_MS,
      }),
    ).toEqual([]);
    report('fence', { ms: toldAfterMs.toFixed(0), ...expectProved([...everyone, ...dead], nodes) });
  });

  it('a server that was frozen past its lease closes its users and goes on with a new run', async () => {
    const { nodes } = await Cluster.start();
    const crowds = await speakingCrowds(nodes, 0);
    await delay(500);
    const [frozen = [], ...living] = crowds;
    const [victim, ...others] = nodes;
    const frozenAt = performance.now();
    victim?.signal('SIGSTOP');
    await told(watchersOf(living.flat()), namesOf(frozen), FENCE_MS + SLACK_MS);
    const again = frozen.map(({ name, room }, index) => {
      const node = others[index % others.length];
      if (node === undefined) throw new Error('no other node');
      return new Talker(node, { name, room, voice: lines });
    });
    await all(again, 'ready');
    for (const talker of again) talker.talk();
    victim?.signal('SIGCONT');
    await all(frozen, 'closed');
    for (const talker of frozen) expect(talker.farewell).toMatch(/cut off/);
    await victim?.untilStatus(200);
    const joins = () => victim?.process.log.events.filter(({ msg }) => msg === 'joined the cluster as node1');
    await expect.poll(joins, { timeout: SLACK_MS }).toHaveLength(2);
    const [node = null] = nodes;
    if (node === null) throw new Error('no node');
    const fresh = await crowd(node, 1, 7);
    for (const talker of fresh) talker.talk();
    await delay(500);
    const everyone = [...living.flat(), ...again, ...fresh];
    await stopAll(everyone);
    await level(nodes);
    expect(
      farewellFaults(watchersOf(living.flat()), namesOf(frozen), {
        since: frozenAt,
        withinMs: FENCE_MS + SLACK_MS,
      }),
    ).toEqual([]);
    report('frozen past the lease', expectProved([...everyone, ...frozen], nodes));
  });

  it('a server that was frozen for less than its lease loses no session and no message', async () => {
    const { nodes } = await Cluster.start({ env: { CLUSTER_LEASE: '12' } });
    const crowds = await speakingCrowds(nodes, 0);
    for (const node of shortened(nodes.slice(0, 1), nodes)) {
      await delay(300);
      node.signal('SIGSTOP');
      await delay(4000);
      node.signal('SIGCONT');
    }
    await delay(2000);
    const everyone = crowds.flat();
    await stopAll(everyone);
    await level(nodes);
    for (const { name, closedAt } of everyone) expect([name, closedAt]).toEqual([name, null]);
    report('frozen for 4 s', expectProved(everyone, nodes));
  });

  it('SIGTERM of a server notifies its clients, and the others see them leave at once', async () => {
    const { nodes } = await Cluster.start();
    const crowds = await speakingCrowds(nodes, 0);
    await delay(500);
    const [gone = [], ...living] = crowds;
    const [victim] = nodes;
    const stoppedAt = performance.now();
    expect(await victim?.end('SIGTERM')).toEqual({ code: 0, signal: null });
    await all(gone, 'closed');
    for (const { farewell } of gone) expect(farewell).toMatch(/server shutting down/);
    await told(watchersOf(living.flat()), namesOf(gone), 5000);
    await stopAll(living.flat());
    expect(
      farewellFaults(watchersOf(living.flat()), namesOf(gone), { since: stoppedAt, withinMs: 4000 }),
    ).toEqual([]);
    await victim?.start();
    await level(nodes);
    report('SIGTERM of a server', expectProved(crowds.flat(), nodes));
    await Promise.all(nodes.map((node) => node.end('SIGKILL')));
    expect(
      tableFaults(nodes).filter((fault) => /^(?:messages|rooms|accounts|mail|marks)/.test(fault)),
    ).toEqual([]);
  });

  it('of clients that want one name at the same time on three servers, one gets it', async () => {
    const { nodes } = await Cluster.start();
    const names = Array.from({ length: shortened(20, 100) }, (_, index) => `wanted${index}`);
    let [won, taken] = [0, 0];
    for (const name of names) {
      const clients = await Promise.all(nodes.map(({ port }) => SocketClient.connect(port)));
      for (const client of clients) client.send(`LOGIN ${name}\n`);
      const answers = await Promise.all(clients.map((client) => client.until(/^(?:OK|ERR \S+)\n/m)));
      won += answers.filter((text) => text.endsWith('OK\n')).length;
      taken += answers.filter((text) => text.endsWith('ERR username-taken\n')).length;
      expect([name, answers.filter((text) => text.endsWith('OK\n')).length]).toEqual([name, 1]);
      const [first] = nodes;
      if (first === undefined) throw new Error('no node');
      for (const client of clients) client.leave();
    }
    report('one name on three servers', { won, taken });
    expect(taken).toBe(2 * names.length);
    const last = await loggedIn(nodes[0] as Node, 'last');
    last.leave();
  });
});
