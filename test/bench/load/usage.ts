/** Measures wall time, and the CPU time of the server and of the load, between two moments. */

import { cpuSeconds } from '../measure.js';
import type { Values } from './job.js';

export interface Moment {
  readonly atMs: number;
  readonly serverCpuSeconds: number | null;
  readonly loadCpuSeconds: number;
}

export function moment(serverPid: number): Moment {
  const { user, system } = process.cpuUsage();
  return {
    atMs: performance.now(),
    serverCpuSeconds: cpuSeconds(serverPid),
    loadCpuSeconds: (user + system) / 1e6,
  };
}

/** The rates of `count` events between two moments. */
export function rates(count: number, before: Moment, after: Moment): Values {
  const seconds = (after.atMs - before.atMs) / 1000;
  const always = {
    perSecond: count / seconds,
    loadCpu: (after.loadCpuSeconds - before.loadCpuSeconds) / seconds,
  };
  if (before.serverCpuSeconds === null || after.serverCpuSeconds === null) return always;
  const cpu = after.serverCpuSeconds - before.serverCpuSeconds;
  // Less than one clock tick is too little for a rate.
  return { ...always, serverCpu: cpu / seconds, ...(cpu > 0 ? { perCpuSecond: count / cpu } : {}) };
}
