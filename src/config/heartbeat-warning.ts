/** Detects a HEARTBEAT_INTERVAL that has no effect, because each session is closed before its first PING. */
import { PROGRAM_IDLE_MS } from '../core/limits.js';
import type { Config } from './settings.js';

/** The warning for the start; null if a client is sent PING before it counts as idle. */
export function heartbeatWarning({ heartbeatIntervalMs, idleTimeoutMs }: Config): string | null {
  const idleMs = idleTimeoutMs ?? PROGRAM_IDLE_MS;
  if (heartbeatIntervalMs === 0 || idleMs === 0 || heartbeatIntervalMs < idleMs) return null;
  return (
    `HEARTBEAT_INTERVAL=${heartbeatIntervalMs / 1000} is not below IDLE_TIMEOUT=${idleMs / 1000}: ` +
    'sessions are closed as idle before they are sent PING; set HEARTBEAT_INTERVAL to half of IDLE_TIMEOUT, or to 0 for no PING'
  );
}
