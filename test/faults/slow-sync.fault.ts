/** A disk on which every sync takes 200 ms: it delays messages, and nothing that needs no disk. Needs strace. */
import { spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { launch, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { storedIn } from './check.js';

const SYNC_MS = 200;
const ROUNDS = 200;
const TALKERS = 10;
/** On a busy machine some replies take longer. If a sync delayed them, nearly all would. */
const SHARE = 0.9;

const canTrace = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0;
if (!canTrace) process.stderr.write('slow-sync tests are skipped: strace cannot be used\n');

/** Delays every sync, and costs nothing else: other system calls are not traced. */
const SLOW_SYNC = [
  ...['strace', '-D', '-f', '-qq', '--seccomp-bpf', '-o', '/dev/null', '-e', 'trace=fsync,fdatasync'],
  ...['-e', `inject=fsync,fdatasync:delay_enter=${SYNC_MS * 1000}`],
];

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The value that this share of them does not exceed. */
function percentile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN;
}

/** Sends the next message when the last one is stored, until `isOver`. Returns how many were. */
async function talk(client: SocketClient, name: string, isOver: () => boolean): Promise<number> {
  let count = 0;
  while (!isOver()) {
    client.send(`MSG ${name} ${++count}\n`);
    await client.fence();
  }
  return count;
}

it.skipIf(!canTrace)('syncs of 200 ms delay messages, and no reply that needs no disk', async () => {
  const settings = { HISTORY: 'disk', DATA_DIR: temporaryFolder(), IDLE_TIMEOUT: '0', LOG_TEXT: 'false' };
  const server = await launch({ wrapper: SLOW_SYNC, env: settings });
  const { port } = server;
  const names = Array.from({ length: TALKERS }, (_, index) => `talker${index}`);
  const talkers = await Promise.all(names.map((name) => SocketClient.login(port, name)));
  const reader = await SocketClient.login(port, 'reader');
  const cat = await SocketClient.login(port, 'cat');
  cat.send('JOIN dev\n');
  await cat.until('OK\n');
  let isOver = false;
  const talking = Promise.all(talkers.map((client, index) => talk(client, names[index] ?? '', () => isOver)));
  await delay(SYNC_MS);

  const [pings, whos, health]: number[][] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    pings?.push(await millisecondsOf(() => cat.fence()));
    cat.send('WHO dev\n');
    whos?.push(await millisecondsOf(() => cat.until('USER cat\n')));
    if (round % 10 === 0)
      health?.push(
        await millisecondsOf(async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).text()),
      );
    await delay(5);
  }
  const late = await SocketClient.connect(port);
  const loginMs = await millisecondsOf(async () => {
    late.send('LOGIN late\n');
    await late.until('OK\n');
  });
  const joinMs = await millisecondsOf(async () => {
    late.send('JOIN dev\n');
    await late.until('OK\n');
  });
  const messageMs = await millisecondsOf(async () => {
    late.send('MSG hello\n');
    await late.fence();
  });
  isOver = true;
  const counts = await talking;
  const figures = {
    ping: percentile(pings ?? [], SHARE),
    who: percentile(whos ?? [], SHARE),
    health: percentile(health ?? [], SHARE),
    loginMs,
    joinMs,
    messageMs,
  };
  process.stderr.write(`with syncs of ${SYNC_MS} ms: ${JSON.stringify(figures)}\n`);
  expect(figures.ping).toBeLessThan(20);
  expect(figures.who).toBeLessThan(20);
  expect(figures.health).toBeLessThan(50);
  for (const ms of [loginMs, joinMs]) expect(ms).toBeLessThan(3 * SYNC_MS + 100);

  const received = (await reader.fence()).split('\n').filter((line) => line.startsWith('MSG talker'));
  expect(received).toHaveLength(counts.reduce((sum, count) => sum + count, 0));
  for (const [index, name] of names.entries())
    expect(received.filter((line) => line.startsWith(`MSG ${name} `))).toEqual(
      Array.from({ length: counts[index] ?? 0 }, (_, number) => `MSG ${name} ${name} ${number + 1}`),
    );
  expect((await storedIn(port, 'lobby')).map(({ from, text }) => `MSG ${from} ${text}`)).toEqual(received);
  expect(server.stdout).not.toContain('ERROR');
  server.signal('SIGTERM');
  expect(await server.exited).toEqual({ code: 0, signal: null });
});
