import { PROGRAM_IDLE_MS } from '../core/limits.js';

/**
 * The interval of a WebSocket's own pings, in milliseconds (0 = none). A page that listens sends no line, but its browser
 * answers a ping, so there are pings without HEARTBEAT_INTERVAL too.
 *
 * @param idleTimeoutMs null for the default of programs
 */
export function pingIntervalMs(heartbeatIntervalMs: number, idleTimeoutMs: number | null): number {
  return heartbeatIntervalMs === 0 ? (idleTimeoutMs ?? PROGRAM_IDLE_MS) / 2 : heartbeatIntervalMs;
}
