/** Reads the CPU time and the memory of a process from /proc. Other systems than Linux return null, printed as n/a. */

import { readFileSync } from 'node:fs';

/** The times of proc_pid_stat(5) are in USER_HZ ticks: 100 per second on every architecture that Node runs on. */
const ticksPerSecond = 100;

/** User and system time of all threads, in seconds with a resolution of 0.01 s; null if it cannot be read. */
export function cpuSeconds(pid: number): number | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The second field, the program's name in parentheses, may contain spaces: count the fields after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [userTicks, systemTicks] = [Number(fields[11]), Number(fields[12])];
  return (userTicks + systemTicks) / ticksPerSecond;
}

/**
 * Resident memory in bytes without pages of files, which are in memory once for each program, and when they are first
 * used: 6 MB of the executable during the first thousand clients. Null if it cannot be read.
 */
export function ownBytes(pid: number): number | null {
  const kibibytes = read(`/proc/${pid}/status`)?.match(/^RssAnon:\s+(\d+) kB$/m)?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) * 1024;
}

/** The text of a file; null if the process has just ended, or the system has no /proc. */
export function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
