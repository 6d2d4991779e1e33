/** Detects settings that have no effect beside the others. A server starts with them, and logs a warning. */
import { PROGRAM_IDLE_MS } from '../core/limits.js';
import { defaultConfig } from './load-config.js';
import { type Config, settingName } from './settings.js';

/** The warnings for the start. */
export function settingWarnings(config: Config): readonly string[] {
  return [heartbeatWarning(config), retentionWarning(config), ...clusterWarnings(config)].filter(
    (warning) => warning !== null,
  );
}

/** Null if a client is sent PING before it counts as idle. */
function heartbeatWarning({ heartbeatIntervalMs, idleTimeoutMs }: Config): string | null {
  const idleMs = idleTimeoutMs ?? PROGRAM_IDLE_MS;
  if (heartbeatIntervalMs === 0 || idleMs === 0 || heartbeatIntervalMs < idleMs) return null;
  return (
    `HEARTBEAT_INTERVAL=${heartbeatIntervalMs / 1000} is not below IDLE_TIMEOUT=${idleMs / 1000}: ` +
    'sessions are closed as idle before they are sent PING; set HEARTBEAT_INTERVAL to half of IDLE_TIMEOUT, or to 0 for no PING'
  );
}

function retentionWarning({ history, historyDays }: Config): string | null {
  if (history !== 'memory' || historyDays === 0) return null;
  return (
    `HISTORY_DAYS=${historyDays} has no effect with HISTORY=memory, which keeps messages until the server stops; ` +
    'set HISTORY=disk, or remove HISTORY_DAYS'
  );
}

/** NODE_NAME is not one of them: Jenkins sets it for every job. */
function clusterWarnings(config: Config): readonly string[] {
  if (config.cluster.length > 0) return [];
  return (['clusterStream', 'clusterReplicas', 'clusterLeaseMs'] as const)
    .filter((key) => config[key] !== defaultConfig[key])
    .map(settingName)
    .map(
      (name) =>
        `${name} has no effect without CLUSTER; set CLUSTER to the URLs of the NATS servers, or remove ${name}`,
    );
}
