/**
 * A change of the command line in a cluster: written into one data file alone, it would not be on the other servers. So
 * the server of the data file is asked to propose it, by a request in the file; while that server is stopped, the
 * command proposes it under a run of its own. Either way it is made when it comes back from the log.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { AdminChange } from '../core/admin-change.js';
import { ConfigError, loadConfig } from '../config/load-config.js';
import type { DataFile } from '../database/open.js';
import { addRequest, removeRequest, type ReplicaState, resultOf } from '../database/replica.js';
import { proposing } from './cluster-log.js';
import type { Environment } from './data-dir.js';
import { printError } from './print-error.js';

const POLL_MS = 50;
/** A server that is cut off from the cluster answers when it has found the others again. */
const TIMEOUT_MS = 30_000;

/** Returns why the change was not made; null if it was. */
export function requestChange(
  dataFile: DataFile,
  saved: ReplicaState,
  change: AdminChange,
  environment: Environment,
): Promise<string | null> {
  return dataFile.isServed ? askServer(dataFile, change) : propose(saved, change, environment);
}

async function askServer({ database }: DataFile, change: AdminChange): Promise<string | null> {
  const id = addRequest(database, JSON.stringify(change));
  const deadline = performance.now() + TIMEOUT_MS;
  try {
    while (performance.now() < deadline) {
      const result = resultOf(database, id);
      if (result !== null) return problemOf(result);
      await delay(POLL_MS);
    }
    return 'no answer from the cluster within 30 s; check whether the change was made before you repeat the command';
  } finally {
    removeRequest(database, id);
  }
}

function problemOf(result: string): string | null {
  switch (result) {
    case 'stored':
      return null;
    case 'not-registered':
      return 'the name is not registered any more';
    default:
      return 'the server could not store the change; its log states why';
  }
}

async function propose(
  saved: ReplicaState,
  change: AdminChange,
  { env, dotenv }: Environment,
): Promise<string | null> {
  const { clusterOf } = await import('../server/cluster-files.js');
  const config = loadConfig({ flags: {}, env, dotenv: await dotenv() });
  const cluster = clusterOf(config, { warn: (text: unknown) => printError(`partyline: ${String(text)}`) });
  if (cluster === null)
    return 'the data belongs to a cluster; start the server of this folder, or set CLUSTER as for the server';
  const { proposeOnce } = await import('../cluster/propose-once.js');
  try {
    await proposing({ cluster, ...saved }, (options) =>
      proposeOnce(options, [{ kind: 'admin', change, token: null }]),
    );
    return null;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}
