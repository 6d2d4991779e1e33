/** Opens the log of a cluster for a command, which waits for it for some seconds only. */
import type { NatsLog } from '../cluster/nats.js';
import { ConfigError } from '../config/load-config.js';
import type { Cluster } from '../server/cluster-files.js';

/** How long a command waits for the NATS servers. A server waits without a limit. */
const CONNECT_MS = 10_000;

export interface ClusterData {
  readonly cluster: Cluster;
  /** What the data file says of the log. */
  readonly state: string;
}

/** With `replace`, deletes the log and begins an empty one. @throws ConfigError if there is no answer, or a setting is wrong */
export async function openLog({ cluster, state }: ClusterData, replace = false): Promise<NatsLog> {
  const { openNatsLog } = await import('../cluster/nats.js');
  const { Rules } = await import('../cluster/rules.js');
  const { servers, stream, replicas, nodeName, creds, ca } = cluster;
  let waitingFor = 'the log of the cluster';
  const signal = AbortSignal.timeout(CONNECT_MS);
  try {
    return await openNatsLog({
      ...{ servers, stream, replicas, nodeName, creds, ca, replace, signal },
      id: replace ? null : Rules.fromRow(state).logId,
      log: { info: () => {}, warn: (text) => (waitingFor = text) },
    });
  } catch (error) {
    if (error instanceof ConfigError || !signal.aborted) throw error;
    throw new ConfigError(`partyline: no answer within ${CONNECT_MS / 1000} s; ${waitingFor}`);
  }
}
