/** Opens the log of a cluster for a command, which waits for it for some seconds only. */
import { randomBytes } from 'node:crypto';
import type { NatsLog } from '../cluster/nats.js';
import type { ProposeOnceOptions } from '../cluster/propose-once.js';
import { ConfigError } from '../config/load-config.js';
import type { ReplicaState } from '../database/replica.js';
import type { Cluster } from '../server/cluster-files.js';
import { VERSION } from '../util/version.js';

/** How long a command waits for the NATS servers. A server waits without a limit. */
const CONNECT_MS = 10_000;
/** How long it waits until its changes come back from the log. */
const TIMEOUT_MS = 30_000;

export interface ClusterData {
  readonly cluster: Cluster;
  /** What the data file says of the log. */
  readonly state: string;
}

/**
 * `own`: the log that the data belongs to. `any`: whichever is in the stream, or an empty one. `replace`: the log that is
 * there is deleted, and an empty one begins.
 *
 * @throws ConfigError if there is no answer, or a setting is wrong
 */
export async function openLog(
  { cluster, state }: ClusterData,
  which: 'own' | 'any' | 'replace' = 'own',
): Promise<NatsLog> {
  const { openNatsLog } = await import('../cluster/nats.js');
  const { Rules } = await import('../cluster/rules.js');
  const { servers, stream, replicas, nodeName, creds, ca } = cluster;
  let waitingFor = 'the log of the cluster';
  const signal = AbortSignal.timeout(CONNECT_MS);
  try {
    return await openNatsLog({
      ...{ servers, stream, replicas, nodeName, creds, ca, replace: which === 'replace', signal },
      id: which === 'own' ? Rules.fromRow(state).logId : null,
      log: { info: () => {}, warn: (text) => (waitingFor = text) },
    });
  } catch (error) {
    if (error instanceof ConfigError || !signal.aborted) throw error;
    throw new ConfigError(`partyline: no answer within ${CONNECT_MS / 1000} s; ${waitingFor}`);
  }
}

/** Runs a command that appends to the log under a run of its own. @throws ConfigError if the log cannot be opened */
export async function proposing(
  { cluster, state, node }: ClusterData & ReplicaState,
  work: (options: ProposeOnceOptions) => Promise<void>,
): Promise<void> {
  const [{ Seal }, { systemClock }] = await Promise.all([
    import('../cluster/seal.js'),
    import('../util/clock.js'),
  ]);
  const log = await openLog({ cluster, state });
  await work({
    ...{ log, saved: { node, state }, leaseMs: cluster.leaseMs, seal: new Seal(cluster.key) },
    ...{ clock: systemClock, random: Math.random, defer: setImmediate, version: VERSION },
    newName: () => randomBytes(8).toString('hex'),
    maxWaitMs: TIMEOUT_MS,
  });
}
