/** What a process has cost so far, read from /proc: Linux only, elsewhere null and printed as n/a. */

import { readFileSync } from 'node:fs';

/** `times` of proc_pid_stat(5) are in USER_HZ ticks: 100 a second on every architecture that Node runs on. */
const ticksPerSecond = 100;

/** User and system time of all the process's threads, in seconds, to a hundredth; null where it cannot be read. */
export function cpuSeconds(pid: number): number | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The second field is the program's name in parentheses and may hold spaces: count from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [userTicks, systemTicks] = [Number(fields[11]), Number(fields[12])];
  return (userTicks + systemTicks) / ticksPerSecond;
}

/** Resident memory in bytes; null where it cannot be read. */
export function residentBytes(pid: number): number | null {
  const kibibytes = read(`/proc/${pid}/status`)?.match(/^VmRSS:\s+(\d+) kB$/m)?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) * 1024;
}

/** The file's text, or null: a process that has just ended, or an operating system without /proc. */
export function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
