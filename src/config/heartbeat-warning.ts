/** Detects a HEARTBEAT_INTERVAL that has no effect, because each session is closed before its first PING. */
import type { Config } from './settings.js';

/** The warning for the start; null if a client is sent PING before it counts as idle. */
export function heartbeatWarning({ heartbeatIntervalMs, idleTimeoutMs }: Config): string | null {
  if (heartbeatIntervalMs === 0 || idleTimeoutMs === 0 || heartbeatIntervalMs < idleTimeoutMs) return null;
  return (
    `HEARTBEAT_INTERVAL=${heartbeatIntervalMs / 1000} is not below IDLE_TIMEOUT=${idleTimeoutMs / 1000}: ` +
    'sessions are closed as idle before they are sent PING; set HEARTBEAT_INTERVAL to half of IDLE_TIMEOUT, or to 0 for no PING'
  );
}
