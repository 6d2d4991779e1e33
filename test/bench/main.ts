/**
 * `npm run bench`: measures the speed and memory of the built server, alone and beside its peers.
 *
 * Machines are noisy. Therefore each round measures all contenders of a row in turn, and only ratios within a round are
 * compared. The unit is work per second of the *server's CPU time*, which other programs disturb less than work per
 * second. All connections use loopback.
 */

import { existsSync } from 'node:fs';
import { type Contender, contenders, installedPeers, testedName, testsBuild } from './contenders.js';
import type { Reply } from './load/job.js';
import { descriptorLimit, machineFacts, twoCores } from './machine.js';
import { measure } from './measurement.js';
import { parseOptions } from './options.js';
import { benchPage, PAGE_ROW, type PageResult, pageTable } from './page.js';
import { type Result, summarize } from './results.js';
import { type Row, rowsFor } from './rows.js';
import { builtServer } from './servers/partyline.js';
import { table } from './table.js';

/** Descriptors that the load needs besides those of the crowd: for the warm-up clients and for the process itself. */
const otherDescriptors = 700;

const options = parseOptions(process.argv.slice(2));
if (testsBuild(options) && !existsSync(builtServer)) {
  console.error(`cannot find ${builtServer}; run \`npm run build\` first`);
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // The exit handlers kill all child processes and remove the temporary folder.
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
const page = await playPage();
if (options.json)
  console.log(JSON.stringify({ ...facts, results: results.map(plain), ...(page && { page }) }, null, 2));
process.exitCode = results.some(({ lines }) => lines[0]?.failed) ? 1 : 0;

/** The page in the browser has no peers; null if it is not asked for, or there is no Chromium. */
async function playPage(): Promise<readonly PageResult[] | null> {
  if (!options.only.includes(PAGE_ROW) || !testsBuild(options)) return null;
  progress('the page');
  const page = await benchPage(options.seconds);
  progress('');
  if (!options.json)
    console.log(page === null ? 'PAGE  not measured: there is no Chromium\n' : pageTable(page));
  return page;
}

/** Runs all rounds of a row. */
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

/** Shows a line of progress on a terminal; the next line replaces it. */
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
  if (cores === null)
    lines.push('The server and the load share the cores: taskset or a second core is missing.');
  if (crowd < options.clients) {
    lines.push(
      `Rows C, C2 and I-C have ${crowd} clients instead of ${options.clients}; raise \`ulimit -n\` for more.`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** A result without the fields that only the table needs. */
function plain({ row: { id, title, headline }, lines, verdicts }: Result) {
  return { id, title, headline, lines, verdicts };
}
