/** Measures wall time, and the CPU time of the servers, of their log and of the load, between two moments. */

import { cpuSeconds } from '../measure.js';
import type { Order, Values } from './job.js';

export interface Moment {
  readonly atMs: number;
  /** Of all servers of the chat. */
  readonly serverCpuSeconds: number | null;
  /** Of the servers of their log; null without one. */
  readonly engineCpuSeconds: number | null;
  readonly loadCpuSeconds: number;
}

export function moment({ pid, peers = [], enginePids = [] }: Order): Moment {
  const { user, system } = process.cpuUsage();
  return {
    atMs: performance.now(),
    serverCpuSeconds: sum([pid, ...peers.map((peer) => peer.pid)]),
    engineCpuSeconds: enginePids.length === 0 ? null : sum(enginePids),
    loadCpuSeconds: (user + system) / 1e6,
  };
}

/** The rates of `count` events between two moments. */
export function rates(count: number, before: Moment, after: Moment): Values {
  const seconds = (after.atMs - before.atMs) / 1000;
  const always: Values = {
    perSecond: count / seconds,
    loadCpu: (after.loadCpuSeconds - before.loadCpuSeconds) / seconds,
  };
  if (before.engineCpuSeconds !== null && after.engineCpuSeconds !== null)
    always.engineCpu = (after.engineCpuSeconds - before.engineCpuSeconds) / seconds;
  if (before.serverCpuSeconds === null || after.serverCpuSeconds === null) return always;
  const cpu = after.serverCpuSeconds - before.serverCpuSeconds;
  // Less than one clock tick is too little for a rate.
  return { ...always, serverCpu: cpu / seconds, ...(cpu > 0 ? { perCpuSecond: count / cpu } : {}) };
}

/** The CPU time of all these processes; null if one cannot be read. */
function sum(pids: readonly number[]): number | null {
  let seconds = 0;
  for (const pid of pids) {
    const own = cpuSeconds(pid);
    if (own === null) return null;
    seconds += own;
  }
  return seconds;
}
