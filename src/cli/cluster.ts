/** `partyline cluster`: shows the servers of a cluster, and makes a data directory the truth for all of them. */
import type { Command } from 'commander';
import { ConfigError, loadConfig } from '../config/load-config.js';
import type { DataFile } from '../database/open.js';
import type { Cluster } from '../server/cluster-files.js';
import { add, group, JSON_HELP, type ListOptions, table } from './accounts.js';
import { type DataDirOptions, type Environment, openExisting } from './data-dir.js';
import { openLog, proposing } from './cluster-log.js';
import { printError } from './print-error.js';
import { stdout } from './standard-streams.js';

export function addClusterCommands(program: Command, environment: Environment): void {
  const cluster = group(program, 'cluster', 'show the servers of a cluster, or restore one from its data');
  add(cluster, 'status', 'list the servers of the cluster: live, cut (silent) or fenced (stopped or dead)')
    .option('--json', JSON_HELP.replace('array of objects', 'object'))
    .action((options: ListOptions) => withCluster(options, environment, showStatus(options)));
  add(
    cluster,
    'adopt',
    'begin an empty log with the data of this folder, after the log was lost; all servers must be stopped',
  ).action((options: DataDirOptions) => withCluster(options, environment, adopt));
  add(
    cluster,
    'leave',
    'take the data of this folder out of the cluster, for a server without CLUSTER; it cannot come back',
  ).action((options: DataDirOptions) =>
    withReplica(options, environment, (replica) => leave(replica, environment)),
  );
}

interface OpenedReplica {
  readonly dataFile: DataFile;
  /** What the data file says of the log. */
  readonly state: string;
  readonly node: string;
}

interface Opened extends OpenedReplica {
  readonly cluster: Cluster;
}

async function withCluster(
  options: DataDirOptions,
  environment: Environment,
  work: (opened: Opened) => Promise<void>,
): Promise<void> {
  const cluster = await clusterIn(environment);
  if (cluster === null) throw new ConfigError('partyline: CLUSTER is not set; set it as for the servers');
  await withReplica(options, environment, (replica) => work({ cluster, ...replica }));
}

/** Null where CLUSTER is not set. @throws ConfigError */
async function clusterIn({ env, dotenv }: Environment): Promise<Cluster | null> {
  const { clusterOf } = await import('../server/cluster-files.js');
  const config = loadConfig({ flags: {}, env, dotenv: await dotenv() });
  return clusterOf(config, { warn: (text: unknown) => printError(`partyline: ${String(text)}`) });
}

async function withReplica(
  options: DataDirOptions,
  environment: Environment,
  work: (replica: OpenedReplica) => Promise<void> | void,
): Promise<void> {
  const dataFile = await openExisting(options, environment);
  try {
    const { readReplica } = await import('../database/replica.js');
    const replica = readReplica(dataFile.database);
    if (replica === null)
      throw new ConfigError(
        'partyline: the data of this folder belongs to no cluster; start a server on it with CLUSTER first',
      );
    await work({ dataFile, ...replica });
  } finally {
    dataFile.close();
  }
}

function showStatus({ json = false }: ListOptions): (opened: Opened) => Promise<void> {
  return async (opened) => {
    const [{ readStatus }, { Rules }, { Seal }, { systemClock }] = await Promise.all([
      import('../cluster/status.js'),
      import('../cluster/rules.js'),
      import('../cluster/seal.js'),
      import('../util/clock.js'),
    ]);
    const { cluster, state } = opened;
    const log = await openLog(opened).catch((error: unknown) => withPosition(error, state));
    try {
      const { id } = await log.ends();
      const seal = new Seal(cluster.key);
      // Without the key of the log, every node would look dead.
      const problem = Rules.fromRow(state).keyProblem(seal.keyId);
      if (problem !== null) throw new ConfigError(`partyline: ${problem}`);
      const nodes = await readStatus({ log, seal, state, leaseMs: cluster.leaseMs, clock: systemClock });
      if (json) stdout().write(`${JSON.stringify({ stream: cluster.stream, id, nodes }, null, 2)}\n`);
      else {
        const heading = ['NAME', 'EPOCH', 'POSITION', 'LAG', 'STATE', 'VERSION'];
        const rows = nodes.map((node) => Object.values(node).map(String));
        stdout().write(`stream ${cluster.stream}, log ${id}\n${table([heading, ...rows])}\n`);
      }
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      printError(`partyline: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    } finally {
      await log.close();
    }
  };
}

/** Without the log, the nodes are compared by what they have stored: `adopt` is for the one that has most. */
async function withPosition(error: unknown, state: string): Promise<never> {
  if (!(error instanceof ConfigError)) throw error;
  const { Rules } = await import('../cluster/rules.js');
  const { logId, position } = Rules.fromRow(state);
  throw new ConfigError(
    `${error.message}; this folder has entries up to position ${position} of the log ${logId}`,
  );
}

async function adopt(opened: Opened): Promise<void> {
  const { dataFile, state, node } = opened;
  if (dataFile.isServed)
    throw new ConfigError('partyline: a server runs on this folder; stop it and the others, then adopt');
  const [{ adopted }, { adoptState }, { randomBytes }] = await Promise.all([
    import('../cluster/rules.js'),
    import('../database/replica.js'),
    import('node:crypto'),
  ]);
  await refuseLive(opened);
  const log = await openLog(opened, 'replace');
  try {
    const { id } = await log.ends();
    adoptState(dataFile.database, { node, state: adopted(state, id, randomBytes(16).toString('hex')) });
    stdout().write(
      `the data of this folder begins the log ${id}; start this server first, and the others on a backup of it\n`,
    );
  } finally {
    await log.close();
  }
}

/** Refuses to delete a log that nodes append to, whichever cluster they belong to. @throws ConfigError */
async function refuseLive(opened: Opened): Promise<void> {
  const [{ listen }, { Seal }, { systemClock }] = await Promise.all([
    import('../cluster/live-nodes.js'),
    import('../cluster/seal.js'),
    import('../util/clock.js'),
  ]);
  const { key, leaseMs } = opened.cluster;
  const log = await openLog(opened, 'any');
  try {
    const listening = listen({ log, seal: new Seal(key), leaseMs, clock: systemClock });
    const { names, unreadable } = await listening.catch(() => {
      throw new ConfigError(
        'partyline: the log of the cluster does not answer, so live nodes cannot be ruled out; ' +
          'delete its stream from the NATS servers, then adopt',
      );
    });
    if (names.length === 0 && unreadable === 0) return;
    const who = names.length === 0 ? 'nodes that cannot be named' : `live nodes (${names.join(', ')})`;
    throw new ConfigError(`partyline: the log of the cluster has ${who}; stop all of them, then adopt`);
  } finally {
    await log.close();
  }
}

async function leave(replica: OpenedReplica, environment: Environment): Promise<void> {
  const { dataFile, node } = replica;
  if (dataFile.isServed)
    throw new ConfigError('partyline: a server runs on this folder; stop it, then leave');
  const cluster = await clusterIn(environment);
  if (cluster === null)
    printError(`partyline: CLUSTER is not set, so partyline cluster status goes on to list ${node}`);
  else await removeFromList({ cluster, ...replica });
  const { leaveCluster } = await import('../database/replica.js');
  leaveCluster(dataFile.database);
  stdout().write(
    'the data of this folder belongs to no cluster any more; unset CLUSTER to start a server on it\n',
  );
}

/** Has the other nodes forget this one. @throws ConfigError if they cannot be told; then nothing has changed. */
async function removeFromList({ cluster, state, node }: Opened): Promise<void> {
  const { removeNode } = await import('../cluster/propose-once.js');
  try {
    await proposing({ cluster, state, node }, removeNode);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      `${problem.startsWith('partyline: ') ? '' : 'partyline: '}${problem}; to leave without the other nodes, unset CLUSTER`,
    );
  }
}
