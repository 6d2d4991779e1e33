/** The nats-servers of a cluster that are killed, stopped and frozen: what the clients of the servers see and keep. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { SocketClient } from '../support/socket-client.js';
import {
  all,
  Cluster,
  crowd,
  describeCluster,
  expectProved,
  LEASE_S,
  level,
  loggedIn,
  SLACK_MS,
} from './cluster.js';
import { report, shortened } from './form.js';
import type { Talker } from './talker.js';

const SENDERS = 10;
/** A killed leader of the stream means seconds of silence. */
const ELECTION_MS = 12_000;

async function speakingCrowds({ nodes }: Cluster): Promise<Talker[]> {
  const talkers = (await Promise.all(nodes.map((node) => crowd(node, 0, SENDERS)))).flat();
  for (const talker of talkers) talker.talk();
  return talkers;
}

/** Waits until each of these clients has an acknowledgement more than now, so that the log goes on for all. */
async function goOn(talkers: readonly Talker[], withinMs = 60_000): Promise<number> {
  const startedAt = performance.now();
  const before = new Map(talkers.map((talker) => [talker, talker.acknowledged()]));
  for (const talker of talkers) {
    while (talker.acknowledged() <= (before.get(talker) ?? 0)) {
      if (performance.now() - startedAt > withinMs)
        throw new Error(`${talker.name} got no answer for ${withinMs} ms; last line: ${talker.lastLine}`);
      await delay(50);
    }
  }
  return performance.now() - startedAt;
}

function expectNobodyLeft(talkers: readonly Talker[]): void {
  const gone = talkers.filter(({ closedAt }) => closedAt !== null);
  expect(gone.map(({ name, farewell, lastLine }) => [name, farewell ?? lastLine])).toEqual([]);
}

describeCluster('the nats-servers of a cluster', () => {
  it('kill -9 and SIGTERM of the leading nats-server lose no message and no session', async () => {
    const cluster = await Cluster.start({ env: { CLUSTER_LEASE: '12' } });
    const talkers = await speakingCrowds(cluster);
    await delay(500);
    let longest = 0;
    for (const signal of shortened(
      ['SIGKILL', 'SIGTERM'] as const,
      ['SIGKILL', 'SIGTERM', 'SIGKILL', 'SIGTERM', 'SIGKILL', 'SIGTERM'] as const,
    )) {
      const leader = await cluster.leader();
      await leader.kill(signal);
      longest = Math.max(longest, await goOn(talkers));
      expectNobodyLeft(talkers);
      await leader.start();
      await goOn(talkers);
    }
    await Promise.all(talkers.map((talker) => talker.stop()));
    await level(cluster.nodes);
    report('killed nats-servers', {
      'ms until all go on': longest.toFixed(0),
      ...expectProved(talkers, cluster.nodes),
    });
  });

  it('a leading nats-server that is frozen and goes on loses no message and no session', async () => {
    const cluster = await Cluster.start({ env: { CLUSTER_LEASE: '12' } });
    const talkers = await speakingCrowds(cluster);
    await delay(500);
    for (let round = 0; round < shortened(1, 3); round++) {
      const leader = await cluster.leader();
      leader.signal('SIGSTOP');
      await delay(ELECTION_MS);
      leader.signal('SIGCONT');
      await goOn(talkers);
    }
    expectNobodyLeft(talkers);
    await Promise.all(talkers.map((talker) => talker.stop()));
    await level(cluster.nodes);
    report('frozen nats-server', expectProved(talkers, cluster.nodes));
  });

  it('without a majority of nats-servers, messages are refused, reading goes on, and users are closed at the end', async () => {
    const cluster = await Cluster.start();
    const { nodes, nats } = cluster;
    const talkers = await speakingCrowds(cluster);
    const reader = await loggedIn(nodes[0] as (typeof nodes)[0], 'reader');
    reader.send('JOIN dev\n');
    await reader.until('OK\n');
    await delay(500);
    // Those without anything in flight are refused; the others wait for what they sent.
    const idle = talkers.filter((_, index) => index % 2 === 0);
    await Promise.all(idle.map((talker) => talker.stop()));
    const [, second, third] = nats;
    await Promise.all([second?.kill('SIGKILL'), third?.kill('SIGTERM')]);
    await Promise.all(nodes.map((node) => node.untilStatus(503, LEASE_S * 1000 + SLACK_MS)));

    // Cut: nothing that changes shared state is done, and reading goes on.
    for (const talker of idle) talker.say();
    reader.send('MSG refused\nDM reader refused\nWHO dev\nHISTORY 5\n');
    const answers = await reader.until(/(?:^HIST .*\n){5}OK\n/m);
    expect(answers).toContain('ERR not-stored\n');
    expect(answers).toContain('USER reader\n');
    const late = await SocketClient.connect(nodes[1]?.port ?? 0);
    late.send('LOGIN late\n');
    expect(await late.until(/^.*\n/)).toBe('ERR busy\n');
    late.leave();

    // In the end the users are sent to another server, which could be reached.
    await all(talkers, 'closed');
    for (const { name, farewell } of talkers)
      expect([name, farewell]).toEqual([name, expect.stringMatching(/cut off/)]);
    expect((await reader.toEnd()).text).toContain('INFO disconnected: server cut off\n');

    await Promise.all([second?.start(), third?.start()]);
    await Promise.all(nodes.map((node) => node.untilStatus(200)));
    const again = (await Promise.all(nodes.map((node) => crowd(node, 1, SENDERS)))).flat();
    for (const talker of again) talker.talk();
    await goOn(again);
    await Promise.all(again.map((talker) => talker.stop()));
    await level(nodes);
    const counted = expectProved([...talkers, ...again], nodes);
    report('two of three nats-servers stopped', counted);
    expect(counted.refused).toBe(idle.length);
  });

  it('nats-servers that are all away for less than the lease cost messages, and no session', async () => {
    const cluster = await Cluster.start({ env: { CLUSTER_LEASE: '30' } });
    const talkers = await speakingCrowds(cluster);
    await delay(500);
    await Promise.all(cluster.nats.map((server) => server.kill('SIGKILL')));
    await delay(3000);
    await Promise.all(cluster.nats.map((server) => server.start()));
    await goOn(talkers);
    expectNobodyLeft(talkers);
    await Promise.all(talkers.map((talker) => talker.stop()));
    await level(cluster.nodes);
    report('all nats-servers killed', expectProved(talkers, cluster.nodes));
  });
});
