/** The resources of the machine for a benchmark: cores, file descriptors, ports; and its description in the output. */

import { once } from 'node:events';
import { createServer } from 'node:net';
import os from 'node:os';
import { read } from './measure.js';
import { findProgram } from './servers/server.js';

/** The cores of the server and of the load, if they can be separated. */
export interface Cores {
  readonly server: number;
  readonly load: number;
}

/** The first two cores that this process may use; null without `taskset` or a second core. */
export function twoCores(): Cores | null {
  const allowed = read('/proc/self/status')?.match(/^Cpus_allowed_list:\s+(\S+)$/m)?.[1];
  if (allowed === undefined || findProgram('taskset') === null) return null;
  const [server, load] = coreNumbers(allowed);
  return server === undefined || load === undefined ? null : { server, load };
}

/** The command that runs `command` on this core; unchanged if no core is given. */
export function pinned(core: number | undefined, command: string, args: readonly string[]) {
  if (core === undefined) return { command, args };
  return { command: 'taskset', args: ['-c', String(core), command, ...args] };
}

/** The limit of file descriptors per process; Infinity if it cannot be read. */
export function descriptorLimit(): number {
  const soft = read('/proc/self/limits')?.match(/^Max open files\s+(\S+)/m)?.[1];
  return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}

/** The number of connections that one source address can open to one port. */
export function portsPerAddress(): number {
  const range = read('/proc/sys/net/ipv4/ip_local_port_range')?.trim().split(/\s+/).map(Number);
  const [first, last] = range ?? [];
  return first === undefined || last === undefined ? 16_384 : last - first + 1;
}

/** A port that is free at the moment. */
export async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address to listen on');
  server.close();
  await once(server, 'close');
  return address.port;
}

export function machineFacts(cores: Cores | null) {
  return {
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.cpus().length,
    system: `${os.type()} ${os.release()}`,
    node: process.version,
    pinned: cores !== null,
    loadAverage: os.loadavg()[0] ?? 0,
  };
}

/** `0-2,5` is 0, 1, 2, 5. */
function coreNumbers(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
