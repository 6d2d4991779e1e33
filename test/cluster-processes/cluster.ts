/** A cluster of real processes: nats-servers, servers with their own folders, and clients of every dialect on each. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { natsMissing, type NatsServer, startNats, startNatsCluster } from '../support/nats-servers.js';
import { SocketClient } from '../support/socket-client.js';
import { counts, messageFaults, sessionFaults } from './ledger.js';
import { Node, type NodeOptions } from './node.js';
import { copyOf, isStored } from './tables.js';
import { Talker } from './talker.js';
import { labels, lines, type Voice, VOICES } from './voices.js';

/** Skips its tests without nats-server. */
export const describeCluster = describe.skipIf(natsMissing !== null);
if (natsMissing !== null) process.stderr.write(`tests of several servers are skipped: ${natsMissing}\n`);

const ROOMS = ['dev', 'ops', 'art', 'den', 'zoo'];

/** Seconds: shorter than the default, so that tests wait less for the dead. */
export const LEASE_S = 6;
/** A silent server is fenced after 5/3 of its lease, on the monotonic clock of the others. */
export const FENCE_MS = (LEASE_S * 1000 * 5) / 3;
/** What a loaded machine adds to every deadline. */
export const SLACK_MS = 8000;

const LEVEL_TIMEOUT_MS = 120_000;
const CLIENT_TIMEOUT_MS = 60_000;
const POLL_MS = 100;
/** What a failed test prints. */
const MAX_FAULTS = 12;

export interface ClusterOptions {
  readonly nodes?: number;
  /** One nats-server instead of three. */
  readonly lone?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** By the index of the node. */
  readonly each?: (index: number) => NodeOptions;
}

export class Cluster {
  readonly nats: readonly NatsServer[];
  readonly nodes: readonly Node[];

  private constructor(nats: readonly NatsServer[], nodes: readonly Node[]) {
    this.nats = nats;
    this.nodes = nodes;
  }

  /** Starts everything, and waits until all nodes are ready. */
  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const cluster = await Cluster.prepare(options);
    // The first one begins the log.
    const [first, ...others] = cluster.nodes;
    await first?.start();
    await Promise.all(others.map((node) => node.start()));
    return cluster;
  }

  /** Starts the nats-servers alone. */
  static async prepare({ nodes = 3, lone = false, env, each }: ClusterOptions = {}): Promise<Cluster> {
    const nats = lone ? [await startNats()] : await startNatsCluster(3);
    const settings = {
      CLUSTER: nats.map(({ url }) => url).join(','),
      CLUSTER_REPLICAS: String(nats.length),
      CLUSTER_LEASE: String(LEASE_S),
      ...env,
    };
    const all = Array.from({ length: nodes }, (_, index) => {
      const own = each?.(index) ?? {};
      return new Node(`node${index + 1}`, { ...own, env: { ...settings, ...own.env } });
    });
    return new Cluster(nats, all);
  }

  /** The nats-server that leads the stream. */
  async leader(): Promise<NatsServer> {
    for (;;) {
      for (const server of this.nats) if (await server.leads('PARTYLINE').catch(() => false)) return server;
      await delay(POLL_MS);
    }
  }
}

/** Rejects if these clients are not all in their rooms, or not all closed, within 60 s. */
export async function all(talkers: readonly Talker[], what: 'ready' | 'closed'): Promise<void> {
  const missing = new Set(talkers);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const names = [...missing].map(({ name, server, lastLine }) => `${name} on ${server} (${lastLine})`);
      reject(new Error(`not ${what} after ${CLIENT_TIMEOUT_MS} ms: ${names.slice(0, 5).join(', ')}`));
    }, CLIENT_TIMEOUT_MS);
  });
  const each = talkers.map((talker) => talker[what].then(() => missing.delete(talker)));
  await Promise.race([Promise.all(each), late]).finally(() => clearTimeout(timer));
}

/** Waits until so many more messages of these clients are acknowledged, however slow the machine is. */
export async function spoken(talkers: readonly Talker[], count: number): Promise<void> {
  const acknowledged = () => talkers.reduce((sum, talker) => sum + talker.acknowledged(), 0);
  const goal = acknowledged() + count;
  const deadline = performance.now() + CLIENT_TIMEOUT_MS;
  while (acknowledged() < goal) {
    if (performance.now() > deadline) throw new Error(`${count} messages were not acknowledged in time`);
    await delay(POLL_MS);
  }
}

let markers = 0;

/** Waits until each of these servers has stored everything that was settled before this call. */
export async function level(nodes: readonly Node[]): Promise<void> {
  const [first] = nodes;
  if (first === undefined) return;
  const marker = `marker-${++markers}`;
  const client = await loggedIn(first, marker);
  client.send(`JOIN markers\nMSG ${marker}\n`);
  const answers = await client.fence();
  expect(answers).toMatch(/^OK$/m);
  expect(answers).not.toContain('ERR ');
  client.leave();
  const deadline = performance.now() + LEVEL_TIMEOUT_MS;
  for (const node of nodes) {
    while (!isStored(node.folder, marker)) {
      if (performance.now() > deadline) throw new Error(`${node.name} does not catch up`);
      await delay(POLL_MS);
    }
  }
}

/** Logs in to a server that may be busy for a moment. */
export async function loggedIn(node: Node, name: string, secret = ''): Promise<SocketClient> {
  const deadline = performance.now() + LEVEL_TIMEOUT_MS;
  for (;;) {
    const client = await SocketClient.connect(node.port);
    client.send(`LOGIN ${name} ${secret}\n`);
    const answer = await client.until(/^(?:OK|ERR .*)\n/m);
    if (answer.endsWith('OK\n')) return client;
    client.leave();
    if (!answer.includes('ERR busy') || performance.now() > deadline)
      throw new Error(`LOGIN ${name} on ${node.name}: ${answer}`);
    await delay(POLL_MS);
  }
}

/** One client of each dialect on a node, and more of `lines`, each with some messages in flight. */
export async function crowd(node: Node, round: number, senders: number, inFlight = 4): Promise<Talker[]> {
  const voices: Voice[] = [...VOICES];
  while (voices.length < senders) voices.push(voices.length % 2 === 0 ? lines : labels);
  const talkers = voices.map(
    (voice, index) =>
      new Talker(node, {
        name: `r${round}-${node.name}-${voice.name}-${index}`,
        room: ROOMS[index % ROOMS.length] ?? '',
        voice,
        inFlight,
      }),
  );
  await all(talkers, 'ready');
  return talkers;
}

/** Compares all clients with all servers: messages, order, ids, and sessions. Returns what it counted. */
export function expectProved(talkers: readonly Talker[], nodes: readonly Node[]): Record<string, number> {
  const copies = nodes.map(copyOf);
  const faults = messageFaults(talkers, copies);
  expect([faults.length, faults.slice(0, MAX_FAULTS)]).toEqual([0, []]);
  expect(sessionFaults(talkers)).toEqual([]);
  const stored = copies[0]?.messages.length ?? 0;
  return { ...counts(talkers), stored };
}
