/** Parses the command line of the benchmark. */

import { isIPv4 } from 'node:net';
import { Command, InvalidArgumentError } from 'commander';
import type { DialectName } from './dialects/index.js';
import { PAGE_ROW } from './page.js';
import { rowsFor } from './rows.js';

/** A server that is already running. */
export interface RunningServer {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** The default is `lines`. */
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

const everyRow = [...rowsFor(0).map((row) => row.id), PAGE_ROW];

export function parseOptions(argv: readonly string[]): Options {
  const program = new Command('npm run --silent bench --')
    .description('Measures the built server and the installed peers on loopback.')
    .option('--only <rows>', `rows to measure, separated by commas: ${everyRow.join(', ')}`, rowIds)
    .option(
      '--rounds <n>',
      'number of measurements per row, of which the median is printed',
      between(1, 100),
      3,
    )
    .option('--seconds <n>', 'duration of each measurement after a warm-up', between(0.2, 60), 2)
    .option('--clients <n>', 'number of clients in rows C, C2 and I-C', between(100, 50_000), 10_000)
    .option('--json', 'print one JSON document instead of tables', false)
    .option('--no-peers', 'measure no peers')
    .option('--peers-only', 'measure only the peers', false)
    .option('--server <host:port,pid>', 'measure a running server with the protocol lines', runningServer)
    .option(
      '--command <command>',
      'measure the server that this shell command starts on 127.0.0.1, port {port}',
    )
    .parse(argv, { from: 'user' });
  return { only: everyRow, ...program.opts<Omit<Options, 'only'>>() };
}

function rowIds(text: string): string[] {
  const ids = text.toUpperCase().split(',').flatMap(rowsOfLetter);
  const unknown = ids.find((id) => !everyRow.includes(id));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`Unknown row ${unknown}; use ${everyRow.join(', ')}.`);
  }
  return ids;
}

/** A letter without a row of its own, such as H, stands for its numbered rows. */
function rowsOfLetter(id: string): string[] {
  if (everyRow.includes(id) || !/^[A-Z]$/.test(id)) return [id];
  const rows = everyRow.filter((row) => row.startsWith(id) && /^\d/.test(row.slice(1)));
  return rows.length === 0 ? [id] : rows;
}

function between(min: number, max: number) {
  return (text: string): number => {
    const number = Number(text);
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(`Give a number from ${min} to ${max}.`);
  };
}

function runningServer(text: string): RunningServer {
  const [, host = '', port, pid] = text.match(/^(127\.[\d.]+):(\d+),(\d+)$/) ?? [];
  if (!isIPv4(host))
    throw new InvalidArgumentError('Give a loopback address, a port and a process id: 127.0.0.1:4000,1234.');
  return { host, port: Number(port), pid: Number(pid) };
}
