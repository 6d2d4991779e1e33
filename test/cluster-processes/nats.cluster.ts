/** The log on NATS while servers are killed, stopped, blocked and taken out of service: one server, and a cluster of three. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError } from '../../src/config/load-config.js';
import { LogUser, numbers, readLog } from '../support/nats-log.js';
import { type NatsServer, natsMissing, startNats, startNatsCluster } from '../support/nats-servers.js';

const WAIT = { timeout: 60_000, interval: 50 };
const STREAM = 'PARTYLINE';
const MB = 1024 * 1024;

describe.skipIf(natsMissing !== null)('a log on three NATS servers', () => {
  it('goes on when the server that leads its stream is killed', async () => {
    const servers = await startNatsCluster();
    const users = await readersOn(servers);
    const stop = appendTo(users);
    await growsBy(users, 20);
    const leader = await leaderOf(servers);
    await leader.kill();

    await growsBy(users, 100);
    await leader.start();
    await growsBy(users, 20);
    await stop();
    await allEqual(users);
  });

  it('goes on when each server in turn is killed and started again', async () => {
    const servers = await startNatsCluster();
    const users = await readersOn(servers);
    const stop = appendTo(users);
    for (const server of servers) {
      await growsBy(users, 20);
      await server.kill('SIGTERM');
      await growsBy(users, 20);
      await server.start();
    }
    await growsBy(users, 20);
    await stop();
    await allEqual(users);
  });

  it('waits while two servers are stopped, does not tell its end then, and goes on after them', async () => {
    const servers = await startNatsCluster();
    const users = await readersOn(servers);
    const [user] = users;
    const stop = appendTo(users);
    await growsBy(users, 20);
    const leader = await leaderOf(servers);
    const others = servers.filter((server) => server !== leader);
    for (const server of others) server.signal('SIGSTOP');
    await expect
      .poll(() => user?.log.ends().then(String, (error: Error) => error.message), WAIT)
      .toMatch(/no majority|not connected|does not answer/);
    const settled = users.map(({ entries }) => entries.length);
    await delay(5000); // nothing shows that nothing happens
    expect(users.map(({ entries }) => entries.length)).toEqual(settled);

    for (const server of others) server.signal('SIGCONT');
    await growsBy(users, 20);
    await stop();
    await allEqual(users);
  });

  it('leaves a server that is going out of service for another one', async () => {
    const servers = await startNatsCluster();
    const [user] = await readersOn(servers);
    const used = servers.find(({ url }) => url === user?.log.server?.url);
    // The signal for lame duck mode.
    used?.signal('SIGUSR2');
    await expect
      .poll(() => user?.warnings, WAIT)
      .toContain(`left the NATS server ${used?.url}: it is shutting down`);
    const rest = servers.filter((server) => server !== used).map(({ url }) => url);
    await expect.poll(() => rest.includes(user?.log.server?.url ?? ''), WAIT).toBe(true);
    user?.append('a');
    await expect.poll(() => user?.texts, WAIT).toContain('a');
  });

  it('is stored by as many servers as CLUSTER_REPLICAS says, also when that is raised', async () => {
    const servers = await startNatsCluster();
    const urls = servers.map(({ url }) => url);
    const user = await readLog(urls, { replicas: 1 });
    expect(user.warnings[0]).toMatch(
      /^CLUSTER names 3 NATS servers, but CLUSTER_REPLICAS=1: .*set CLUSTER_REPLICAS=3$/,
    );
    user.append('a');
    await expect.poll(() => user.texts, WAIT).toEqual(['a']);
    const raised = await readLog(urls, { replicas: 3 });
    await expect.poll(() => raised.texts, WAIT).toEqual(['a']);
    const leader = await expect
      .poll(() => leaderOf(servers), WAIT)
      .toBeTruthy()
      .then(() => leaderOf(servers));
    await expect.poll(() => raised.log.ends().then(() => 'majority', String), WAIT).toBe('majority');
    await delay(2000); // a follower has the entry a moment after it is a follower
    await leader.kill();
    await expect.poll(() => raised.log.ends().then(({ last }) => last, String), WAIT).toBe(1);
  });

  it('waits for enough servers, and says so', async () => {
    const servers = await startNatsCluster(2);
    const giveUp = new AbortController();
    const user = new LogUser(
      servers.map(({ url }) => url),
      { replicas: 3, signal: giveUp.signal },
    );
    const opening = user.open();
    const outcome = opening.catch((error: unknown) => error);
    await expect
      .poll(() => user.warnings.join('\n'), WAIT)
      .toMatch(/waiting for the log: .*fewer than CLUSTER_REPLICAS=3 NATS servers/);
    giveUp.abort(new Error('enough'));
    expect(await outcome).toEqual(new Error('enough'));
  });
});

describe.skipIf(natsMissing !== null)('a log on one NATS server', () => {
  it('leaves a server that does not answer within seconds, and goes on when it answers again', async () => {
    const nats = await startNats();
    const user = await readLog([nats.url]);
    user.append('a');
    await expect.poll(() => user.texts, WAIT).toEqual(['a']);
    const stoppedAt = performance.now();
    nats.signal('SIGSTOP');
    await expect.poll(() => user.log.server, WAIT).toBe(null);
    expect(performance.now() - stoppedAt).toBeLessThan(8000);
    await expect
      .poll(() => user.warnings, WAIT)
      .toContain(`waiting for the log: ${nats.url}: no answer within 3 s`);
    await expect.poll(() => sockets(), WAIT).toBeLessThanOrEqual(2);
    nats.signal('SIGCONT');
    await expect.poll(() => user.opened, WAIT).toBe(2);
    user.append('b');
    await expect.poll(() => user.texts, WAIT).toEqual(['a', 'b']);
  });

  it('holds entries back while it is paused, also after a restart of the server, and gives all of them later', async () => {
    const nats = await startNats();
    const writer = await readLog([nats.url]);
    const reader = new LogUser([nats.url]);
    await reader.open();
    reader.log.pause();
    reader.read(0);
    const text = 'x'.repeat(MB / 4);
    for (const number of numbers(40)) {
      writer.append(text);
      await expect.poll(() => writer.entries.length, WAIT).toBe(number);
    }
    expect(reader.entries.length).toBeLessThan(40);

    await nats.kill();
    await nats.start();
    await expect.poll(() => reader.opened, WAIT).toBe(2);
    expect(reader.entries.length).toBeLessThan(40);
    reader.log.resume();
    await expect.poll(() => reader.entries.length, WAIT).toBe(40);
    expect(reader.entries.map(({ seq }) => seq)).toEqual(numbers(40));
  });

  it('is replaced by an empty log with another id, and nodes of the old one stop', async () => {
    const { url } = await startNats();
    const user = await readLog([url]);
    user.append('a');
    await expect.poll(() => user.texts, WAIT).toEqual(['a']);
    const { id } = await user.log.ends();

    const adopted = await readLog([url], { id, replace: true });
    expect(await adopted.log.ends()).toEqual({ first: 1, last: 0, id: expect.not.stringContaining(id) });
    await expect.poll(() => user.faults, WAIT).toHaveLength(1);
    expect(user.faults[0]).toMatch(
      /^partyline: the stream PARTYLINE holds the log [\da-f-]+ of another cluster, and the data directory belongs to the log [\da-f-]+; /,
    );
    expect(user.texts).toEqual(['a']);
  });

  it('cannot be opened when the stream of the data directory is missing', async () => {
    const { url } = await startNats();
    const error: unknown = await new LogUser([url], { id: 'abc' }).open().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toMatch(
      /partyline: the stream PARTYLINE is missing on the NATS server \S+, but the data directory belongs to the log abc in it; /,
    );
  });

  it('gives 50 MB of old entries to a new reader, in order', async () => {
    const { url } = await startNats();
    const writer = await readLog([url]);
    const text = 'x'.repeat(50_000);
    for (const number of numbers(1000)) {
      writer.append(text);
      if (number % 20 === 0) await expect.poll(() => writer.entries.length, WAIT).toBe(number);
    }
    const reader = await readLog([url]);
    await expect.poll(() => reader.entries.length, WAIT).toBe(1000);
    expect(reader.entries.map(({ seq }) => seq)).toEqual(numbers(1000));
    expect(reader.opened).toBe(1);
  });
});

/** A reader for each server, which begins with that one. */
function readersOn(servers: readonly NatsServer[]): Promise<LogUser[]> {
  const urls = servers.map(({ url }) => url);
  return Promise.all(
    urls.map((_, index) =>
      readLog([...urls.slice(index), ...urls.slice(0, index)], { replicas: servers.length }),
    ),
  );
}

/** Appends an entry of each user every 20 ms, until the returned function is called. */
function appendTo(users: readonly LogUser[]): () => Promise<void> {
  let count = 0;
  const timer = setInterval(() => {
    count++;
    for (const [index, user] of users.entries()) user.append(`${index} ${count}`);
  }, 20);
  onTestFinished(() => clearInterval(timer));
  return async () => {
    clearInterval(timer);
    for (const user of users) user.append('last');
    await expect.poll(() => users.every(({ texts }) => texts.at(-1) === 'last'), WAIT).toBe(true);
  };
}

async function growsBy(users: readonly LogUser[], count: number): Promise<void> {
  const goals = users.map(({ entries }) => entries.length + count);
  await expect
    .poll(() => users.every(({ entries }, index) => entries.length >= (goals[index] ?? 0)), WAIT)
    .toBe(true);
}

/** All have read the same, and the numbers have no gap. */
async function allEqual(users: readonly LogUser[]): Promise<void> {
  const [first] = users;
  const last = Math.max(...users.map(({ entries }) => entries.length));
  for (const user of users) {
    await expect.poll(() => user.entries.length, WAIT).toBe(last);
    expect(user.entries).toEqual(first?.entries);
    expect(user.faults).toEqual([]);
  }
  expect(first?.entries.map(({ seq }) => seq)).toEqual(numbers(last));
}

async function leaderOf(servers: readonly NatsServer[]): Promise<NatsServer> {
  for (const server of servers) if (await server.leads(STREAM)) return server;
  throw new Error(`no server leads ${STREAM}`);
}

/** The connections to NATS that this process holds. */
function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}
