/**
 * `npm run bench`: how fast the built server is, alone and beside its peers.
 *
 * Machines are noisy, so every contender of a row is measured once a round, one right after the other, and what is
 * compared are ratios within a round and work per second of the *server's CPU*, which other programs disturb less
 * than work per second. Everything stays on loopback.
 */

import { existsSync } from 'node:fs';
import { type Contender, contenders, installedPeers, testedName } from './contenders.js';
import type { Reply } from './load/job.js';
import { descriptorLimit, machineFacts, twoCores } from './machine.js';
import { measure } from './measurement.js';
import { parseOptions } from './options.js';
import { type Result, summarize } from './results.js';
import { type Row, rowsFor } from './rows.js';
import { builtServer } from './servers/partyline.js';
import { table } from './table.js';

/** Descriptors that the load needs beside its crowd: those who warm the server up, and the process's own. */
const otherDescriptors = 700;

const options = parseOptions(process.argv.slice(2));
const testsBuild = options.server === undefined && options.command === undefined && !options.peersOnly;
if (testsBuild && !existsSync(builtServer)) {
  console.error(`There is no ${builtServer}: run \`npm run build\` first.`);
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // On exit all that runs is killed and the temporary folder removed.
  process.once(signal, () => process.exit(130));
}

const cores = twoCores();
const peers = options.peers ? installedPeers() : [];
const crowd = Math.min(options.clients, descriptorLimit() - otherDescriptors);
const facts = {
  ...machineFacts(cores),
  rounds: options.rounds,
  seconds: options.seconds,
  crowd,
  peers: Object.fromEntries(peers.map(({ name, version }) => [name, version])),
};
const results: Result[] = [];

if (!options.json) console.log(preface());
for (const row of rowsFor(crowd)) {
  if (!options.only.includes(row.id)) continue;
  const lineup = contenders(row, options, peers);
  if (lineup.length === 0) continue;
  const result = summarize(row, await play(row, lineup));
  results.push(result);
  if (!options.json) console.log(table(result));
}
if (options.json) console.log(JSON.stringify({ ...facts, results: results.map(plain) }, null, 2));
process.exitCode = results.some(({ lines }) => lines[0]?.failed) ? 1 : 0;

/** All rounds of a row. */
async function play(row: Row, lineup: readonly Contender[]) {
  const series = lineup.map(({ name }) => ({ name, rounds: [] as Reply[] }));
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const [index, contender] of lineup.entries()) {
      progress(`${row.id}: round ${round} of ${options.rounds}, ${contender.name}`);
      series[index]?.rounds.push(await measure(contender, options.seconds, cores));
    }
  }
  progress('');
  return series;
}

/** A line that the next one replaces, for whoever waits at a terminal. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function preface(): string {
  const { cpu, cores: count, system, node, rounds, seconds, loadAverage } = facts;
  const others = peers.map(({ name, version }) => `${name} ${version}`).join(', ') || 'no peers';
  const lines = [
    `${testedName(options)} beside ${others}`,
    `${cpu}, ${count} cores, ${system}, Node ${node}; load average ${loadAverage.toFixed(1)} before the start`,
    `${rounds} rounds of ${seconds} s: medians; ratios are medians of each round's ratio`,
  ];
  if (cores === null) lines.push('Server and load share the cores: there is no taskset, or no second core.');
  if (crowd < options.clients) {
    lines.push(`Rows C and C2 have ${crowd} clients, not ${options.clients}: raise \`ulimit -n\` for more.`);
  }
  return `${lines.join('\n')}\n`;
}

/** A result without what only the table needs. */
function plain({ row: { id, title, headline }, lines, verdicts }: Result) {
  return { id, title, headline, lines, verdicts };
}
