/** The rules that the cluster's settings must keep together. Each error names the setting and what to do. */
import { type ClusterServer, isLoopback, isNodeName } from './cluster-types.js';
import { ConfigError } from './load-config.js';
import type { Config } from './settings.js';

export interface ClusterSettings {
  /** At least one. */
  readonly servers: readonly ClusterServer[];
  readonly nodeName: string;
  readonly stream: string;
  readonly credsFile: string | null;
  readonly caFile: string | null;
  readonly keyFile: string | null;
  readonly replicas: number;
  readonly leaseMs: number;
}

/**
 * The settings of the cluster; null on a server that is alone. `hostName` is the name of a node without NODE_NAME.
 *
 * @throws ConfigError for settings that contradict each other, or that would show secrets to the network.
 */
export function clusterSettings(config: Config, hostName: string): ClusterSettings | null {
  const problem = problemOf(config, hostName);
  if (problem !== null) throw new ConfigError(`partyline: ${problem}`);
  if (config.cluster.length === 0) return null;
  return {
    servers: config.cluster,
    nodeName: config.nodeName ?? hostName,
    stream: config.clusterStream,
    credsFile: config.clusterCreds,
    caFile: config.clusterCa,
    keyFile: config.clusterKeyFile,
    replicas: config.clusterReplicas,
    leaseMs: config.clusterLeaseMs,
  };
}

function problemOf(config: Config, hostName: string): string | null {
  const { cluster, clusterCreds, clusterCa, clusterKeyFile } = config;
  if (cluster.length === 0) return problemWithoutCluster(config);
  if (config.history === 'memory')
    return 'CLUSTER needs HISTORY=disk, because each node stores the messages of all; remove HISTORY=memory';
  if (config.nodeName === null && !isNodeName(hostName))
    return `the host name ${JSON.stringify(hostName)} cannot be the name of a node; set NODE_NAME`;
  if (clusterCreds !== null && cluster.some(({ login }) => login !== null))
    return 'CLUSTER_CREDS is set, and CLUSTER contains a user; use one of the two';
  if (clusterCa !== null && !cluster.every(({ isTls }) => isTls))
    return 'CLUSTER_CA is set, but CLUSTER has nats:// URLs, which are not checked; write tls:// in CLUSTER';
  const remote = cluster.find((server) => !isLoopback(server));
  if (remote === undefined) return null;
  const reason = `${remote.url} in CLUSTER is another machine`;
  const plain = cluster.find(({ isTls }) => !isTls);
  if (plain !== undefined)
    return `${reason}, so all connections must be encrypted; write tls:// in place of ${plain.url}`;
  if (clusterCreds === null && cluster.some(({ login }) => login === null))
    return `${reason}, so credentials are needed; set CLUSTER_CREDS to a NATS credentials file, or write tls://user:password@host:port in CLUSTER`;
  if (clusterKeyFile === null)
    return `${reason}, so the log must be encrypted; write 32 bytes to a file with openssl rand -base64 32, and set CLUSTER_KEY_FILE to it on all nodes`;
  return null;
}

/** A node that was meant for a cluster must not start as a chat of its own. */
function problemWithoutCluster({ clusterCreds, clusterCa, clusterKeyFile }: Config): string | null {
  const given = { CLUSTER_CREDS: clusterCreds, CLUSTER_CA: clusterCa, CLUSTER_KEY_FILE: clusterKeyFile };
  const [name] = Object.entries(given).find(([, file]) => file !== null) ?? [];
  return name === undefined
    ? null
    : `${name} is set, but CLUSTER is not; set CLUSTER to the URLs of the NATS servers, or remove ${name}`;
}
