/** The size, the start and the memory of the executable, the latter two beside the command of the npm package. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folders.js';
import { type Launch, PartylineProcess } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { built, executable, NAME } from './bare-system.js';

const ROUNDS = 9;
const MEGABYTE = 1e6;
const MEBIBYTE = 1024 * 1024;
const serve = ['--host', '127.0.0.1', '--port', '0'];
const forms = {
  executable: { wrapper: [executable], node: 'serve', script: '--host', flags: serve.slice(1) },
  'npm package': { script: resolve(import.meta.dirname, '../../dist/bundle/partyline.mjs'), flags: serve },
} as const satisfies Record<string, Launch>;

const figures: string[] = [];
afterAll(() => {
  if (figures.length > 0) process.stdout.write(`\n${figures.join('\n')}\n\n`);
});

describe.skipIf(built.reason !== '')(`the executable${built.reason}`, () => {
  it('has at most 120 MB, and at most 30 MB to transfer', () => {
    const size = statSync(executable).size / MEGABYTE;
    const compressed = statSync(`${executable}.xz`).size / MEGABYTE;
    figures.push(`size: ${size.toFixed(1)} MB, as .xz ${compressed.toFixed(1)} MB`);
    expect(size).toBeLessThanOrEqual(120);
    expect(compressed).toBeLessThanOrEqual(30);
  });

  it('is the same in a second build', () => {
    expect(sha256(join(built.again, NAME))).toBe(sha256(executable));
  });

  it('comes with the sums of all files beside it', () => {
    const lines = readFileSync(join(built.folder, 'SHA256SUMS'), 'utf8').trimEnd().split('\n');
    const files = lines.map((line) => line.split('  ')[1] ?? '');
    expect([...files, 'SHA256SUMS'].sort()).toEqual(readdirSync(built.folder).sort());
    for (const [index, file] of files.entries())
      expect(lines[index]).toBe(`${sha256(join(built.folder, file))}  ${file}`);
  });

  it('starts no slower than the npm package, and uses no more memory', { timeout: 180_000 }, async () => {
    const rounds: { readonly executable: Start; readonly npm: Start }[] = [];
    for (let round = 0; round < ROUNDS; round++)
      rounds.push({ executable: await start(forms.executable), npm: await start(forms['npm package']) });
    for (const [key, unit] of [
      ['listenMs', 'ms to LISTEN'],
      ['cpuMs', 'ms of CPU time to LISTEN'],
      ['ownMiB', 'MiB of own memory'],
    ] as const) {
      const own = median(rounds.map(({ executable }) => executable[key]));
      const other = median(rounds.map(({ npm }) => npm[key]));
      figures.push(
        `${unit}: ${own.toFixed(0)}, npm package on Node.js ${process.version} ${other.toFixed(0)}`,
      );
    }
    // Within a round both have about the same load; the margin is for the rest.
    const ratio = (key: keyof Start) =>
      median(rounds.map(({ executable, npm }) => executable[key] / npm[key]));
    expect(ratio('listenMs')).toBeLessThan(1.25);
    expect(ratio('cpuMs')).toBeLessThan(1.15);
    // Node.js 24 takes some MiB more than Node.js 20.
    expect(ratio('ownMiB')).toBeLessThan(1.35);
  });
});

interface Start {
  readonly listenMs: number;
  readonly cpuMs: number;
  readonly ownMiB: number;
}

/** Starts a server, and ends it. Memory is that after one login. */
async function start(form: Launch): Promise<Start> {
  const begun = performance.now();
  const server = new PartylineProcess({ ...form, cwd: temporaryFolder() });
  const { port } = await server.log.has({ tag: 'LISTEN' });
  const listenMs = performance.now() - begun;
  const cpuMs = cpuOf(server.pid);
  const ann = await SocketClient.login(Number(port), 'ann');
  await ann.fence();
  const ownMiB = ownMemoryOf(server.pid) / MEBIBYTE;
  server.signal('SIGKILL');
  await server.exited;
  return { listenMs, cpuMs, ownMiB };
}

/** The CPU time of the process; Linux counts it in hundredths of a second. */
function cpuOf(pid: number): number {
  const afterName = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1] ?? '';
  const [user = 0, system = 0] = afterName.split(' ').slice(11, 13).map(Number);
  return (user + system) * 10;
}

/** Without pages of files: how many of the executable's are resident depends on the page cache, not on the program. */
function ownMemoryOf(pid: number): number {
  const [, kibibytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  return Number(kibibytes) * 1024;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
