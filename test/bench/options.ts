/** The benchmark's command line. */

import { isIPv4 } from 'node:net';
import { Command, InvalidArgumentError } from 'commander';
import type { DialectName } from './dialects/index.js';
import { rowsFor } from './rows.js';

/** A server that is already running. */
export interface RunningServer {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** Lines, unless said otherwise. */
  readonly dialect?: DialectName;
}

export interface Options {
  readonly only: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly clients: number;
  readonly json: boolean;
  readonly peers: boolean;
  readonly peersOnly: boolean;
  readonly server?: RunningServer;
  readonly command?: string;
}

const everyRow = rowsFor(0).map((row) => row.id);

export function parseOptions(argv: readonly string[]): Options {
  const program = new Command('npm run --silent bench --')
    .description('Measures the built server and, where they are installed, its peers, on loopback.')
    .option('--only <rows>', `these rows only, with commas between: ${everyRow.join(', ')}`, rowIds)
    .option('--rounds <n>', 'how often each measurement is made; medians are printed', between(1, 100), 3)
    .option('--seconds <n>', 'how long each measurement takes, after a warm-up', between(0.2, 60), 2)
    .option('--clients <n>', 'how many clients rows C and C2 have', between(100, 50_000), 10_000)
    .option('--json', 'print one JSON document instead of tables', false)
    .option('--no-peers', 'leave the peers out')
    .option('--peers-only', 'measure the peers alone', false)
    .option('--server <host:port,pid>', 'measure a running server that speaks lines', runningServer)
    .option('--command <command>', 'measure what this shell command starts on 127.0.0.1, port {port}')
    .parse(argv, { from: 'user' });
  return { only: everyRow, ...program.opts<Omit<Options, 'only'>>() };
}

function rowIds(text: string): string[] {
  const ids = text.toUpperCase().split(',');
  const unknown = ids.find((id) => !everyRow.includes(id));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`No row ${unknown}; there are ${everyRow.join(', ')}.`);
  }
  return ids;
}

function between(least: number, most: number) {
  return (text: string): number => {
    const number = Number(text);
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Give a number from ${least} to ${most}.`);
  };
}

function runningServer(text: string): RunningServer {
  const [, host = '', port, pid] = text.match(/^(127\.[\d.]+):(\d+),(\d+)$/) ?? [];
  if (!isIPv4(host))
    throw new InvalidArgumentError('Give a loopback address, a port and a process: 127.0.0.1:4000,1234.');
  return { host, port: Number(port), pid: Number(pid) };
}
