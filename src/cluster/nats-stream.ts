/** The stream that holds the log: finds it on a NATS server, or makes it, and says in one line why neither is possible. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterInfo, JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { ConfigError } from '../config/load-config.js';
import { ServerUnavailable } from './nats-dial.js';

export interface StreamWanted {
  readonly name: string;
  readonly replicas: number;
  /** The id of the log that the data file belongs to; null if it belongs to none yet. */
  readonly id: string | null;
}

/** The stream of the data file's log is not on the servers. It may appear when a server has read its files. */
export class StreamMissing extends Error {
  override readonly name = 'StreamMissing';
}

/** The stream holds something else than the log of the data file, for good. */
export class ForeignLog extends ConfigError {}

/** A log entry older than this is on every node, or in a backup that is too old. */
const MAX_AGE_DAYS = 7;
const MAX_BYTES = 10 * 1024 ** 3;
const DAY_NS = 86_400 * 1_000_000_000;
/** Of several nodes that make the stream at the same moment, each may be told that it did; the last one has. */
const MAKING_MS = 1000;
/** Before the id in the description of a stream. */
const MARK = 'partyline ';

/** The subject of all entries: one, so that the order of the stream is the order of the log. */
export function subjectOf(stream: string): string {
  return `partyline.${stream}`;
}

/**
 * The id of the log in the stream, which is made if the data file belongs to no log yet.
 *
 * @throws ConfigError, ServerUnavailable, StreamMissing.
 */
export async function findStream(
  connection: NatsConnection,
  manager: JetStreamManager,
  wanted: StreamWanted,
  warn: (text: string) => void,
): Promise<string> {
  const found = await explained(connection, wanted, () => infoOf(manager, wanted.name));
  if (found === null && wanted.id !== null)
    throw new StreamMissing(
      `partyline: the stream ${wanted.name} is missing on ${hostOf(connection)}, but the data directory belongs to the log ${wanted.id} in it; correct CLUSTER or CLUSTER_STREAM, or begin a new log with partyline cluster adopt`,
    );
  const info = found ?? (await explained(connection, wanted, () => makeWithOthers(manager, wanted)));
  const id = idOf(info);
  if (id === null)
    throw new ForeignLog(
      `partyline: the stream ${wanted.name} on ${hostOf(connection)} was not made by Partyline; choose another name with CLUSTER_STREAM`,
    );
  if (wanted.id !== null && id !== wanted.id)
    throw new ForeignLog(
      `partyline: the stream ${wanted.name} holds the log ${id} of another cluster, and the data directory belongs to the log ${wanted.id}; correct CLUSTER or CLUSTER_STREAM, or start with a backup of a node of that cluster`,
    );
  if (info.config.num_replicas < wanted.replicas) await addReplicas(manager, wanted, info, warn);
  return id;
}

/** Replaces the log by an empty one with a new id, which it returns. The other nodes refuse it: their copies differ. */
export async function replaceStream(
  connection: NatsConnection,
  manager: JetStreamManager,
  wanted: StreamWanted,
): Promise<string> {
  const info = await explained(connection, wanted, async () => {
    const found = await infoOf(manager, wanted.name);
    if (found !== null && idOf(found) !== null) await manager.streams.delete(wanted.name);
    return makeStream(manager, wanted);
  });
  const id = idOf(info);
  if (id === null) throw new Error('the new stream has no id');
  return id;
}

/** The numbers of the first and the last entry, and the id. An empty stream has `first` 1 and `last` 0. */
export async function endsOf(manager: JetStreamManager, name: string) {
  const info = await manager.streams.info(name);
  const { state, cluster } = info;
  if (cluster !== undefined && !hasMajority(cluster)) throw new ServerUnavailable(noMajority(name));
  return { first: Math.max(state.first_seq, 1), last: state.last_seq, id: idOf(info) ?? '' };
}

/** The name of the server that leads the stream, and has heard from a majority of its servers. Rejects if there is none. */
export async function leaderOf(manager: JetStreamManager, name: string): Promise<string> {
  const { cluster } = await manager.streams.info(name);
  if (cluster === undefined) return '';
  if (!hasMajority(cluster)) throw new ServerUnavailable(noMajority(name));
  return cluster.leader ?? '';
}

function noMajority(name: string): string {
  return `the stream ${name} has no majority of its NATS servers, or they are electing a leader; try again in a moment, start the others, or check that they reach each other`;
}

/** Followers answer their leader each second. */
const LEADER_ALONE_NS = 4_000_000_000;

/** A leader that was cut off answers for half a minute, with an end of the past, which would look like a lost tail. */
function hasMajority({ leader, replicas = [] }: ClusterInfo): boolean {
  const heard = replicas.filter(({ offline, active }) => offline !== true && active < LEADER_ALONE_NS);
  return Boolean(leader) && (heard.length + 1) * 2 > replicas.length + 1;
}

async function infoOf(manager: JetStreamManager, name: string): Promise<StreamInfo | null> {
  try {
    return await manager.streams.info(name);
  } catch (error) {
    if (error instanceof Error && error.name === 'StreamNotFoundError') return null;
    throw error;
  }
}

function idOf({ config }: StreamInfo): string | null {
  const { description = '' } = config;
  return description.startsWith(MARK) ? description.slice(MARK.length) : null;
}

/** Makes the stream while other nodes may do the same. */
async function makeWithOthers(manager: JetStreamManager, wanted: StreamWanted): Promise<StreamInfo> {
  await makeStream(manager, wanted);
  await delay(MAKING_MS);
  return manager.streams.info(wanted.name);
}

/** Without an id of messages for NATS to compare: its window of duplicates is not trusted, and takes memory. */
function makeStream(manager: JetStreamManager, { name, replicas }: StreamWanted): Promise<StreamInfo> {
  return manager.streams.add({
    name,
    description: `${MARK}${randomUUID()}`,
    subjects: [subjectOf(name)],
    retention: 'limits',
    storage: 'file',
    discard: 'old',
    max_age: MAX_AGE_DAYS * DAY_NS,
    max_bytes: MAX_BYTES,
    num_replicas: replicas,
    duplicate_window: 1_000_000_000,
    deny_delete: true,
  });
}

async function addReplicas(
  manager: JetStreamManager,
  { name, replicas }: StreamWanted,
  { config }: StreamInfo,
  warn: (text: string) => void,
): Promise<void> {
  try {
    await manager.streams.update(name, { num_replicas: replicas });
  } catch (error) {
    warn(
      `the stream ${name} is stored by ${config.num_replicas} NATS servers in place of CLUSTER_REPLICAS=${replicas} (${textOf(error)}); the log may be lost with one of them`,
    );
  }
}

/** Runs a request to JetStream. Its errors become those that say what to do. */
async function explained<Result>(
  connection: NatsConnection,
  { name, replicas }: StreamWanted,
  request: () => Promise<Result>,
): Promise<Result> {
  try {
    return await request();
  } catch (error) {
    const host = hostOf(connection);
    const config = (text: string) => new ConfigError(`partyline: ${text}`);
    const code = error instanceof Error && 'code' in error ? error.code : 0;
    if (error instanceof Error && /permissions violation/i.test(error.message))
      throw config(
        `${host} does not permit this user to manage streams (${error.message}); permit $JS.API.>, $JS.FC.>, _INBOX.> and ${subjectOf(name)}`,
      );
    // Without JetStream nothing answers. With it that is a moment without a leader.
    if (error instanceof Error && error.name === 'JetStreamNotEnabled') {
      const isEnabled = connection.info?.jetstream === true && code !== NOT_FOR_ACCOUNT;
      if (!isEnabled)
        throw config(
          `${host} has no JetStream, or not for this user; add jetstream { store_dir: … } to its configuration`,
        );
      throw new ServerUnavailable(`${host}: JetStream does not answer yet`);
    }
    switch (code) {
      case NOT_CLUSTERED:
        throw config(
          `${host} is not a cluster of NATS servers, so it cannot store the log ${replicas} times; set CLUSTER_REPLICAS=1, or connect the servers with cluster { routes: … }`,
        );
      case SUBJECT_TAKEN:
        throw config(
          `another stream on ${host} takes the subject ${subjectOf(name)}; choose another name with CLUSTER_STREAM`,
        );
      case NO_STORAGE:
      case NO_RESOURCES:
        throw config(
          `${host} has less than 10 GiB left for JetStream, which the log may take; raise max_file_store in its configuration (${textOf(error)})`,
        );
      case NO_PEERS:
        throw new ServerUnavailable(
          `${host}: fewer than CLUSTER_REPLICAS=${replicas} NATS servers with JetStream and 10 GiB for it are running`,
        );
      default:
        throw new ServerUnavailable(`${host}: JetStream does not answer (${textOf(error)})`);
    }
  }
}

/** Error codes of JetStream: server/errors.json of nats-server. */
const NO_PEERS = 10_005;
const NO_RESOURCES = 10_023;
const NOT_FOR_ACCOUNT = 10_039;
const NO_STORAGE = 10_047;
const SUBJECT_TAKEN = 10_065;
const NOT_CLUSTERED = 10_074;

function hostOf(connection: NatsConnection): string {
  return `the NATS server ${connection.getServer()}`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
