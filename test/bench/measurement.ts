/** Runs one measurement: a new server, and a new load process on another core that gets one order and sends one reply. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Contender } from './contenders.js';
import type { Order, Reply } from './load/job.js';
import { type Cores, freePort, pinned, portsPerAddress } from './machine.js';
import { startServer, stop, track, untilReady } from './processes.js';
import type { Cluster } from './servers/cluster.js';
import type { Place } from './servers/server.js';

const host = '127.0.0.1';
const warmUpSeconds = 1;
/** Less than the backlog of Node and many other servers: 511 connections. */
const defaultLoginsAtOnce = 400;
/** Time for everything besides the measurement: logins, warm-up, draining, settling. */
const allowanceSeconds = 120;

const loadProcess = resolve(import.meta.dirname, 'load/main.ts');

/** The folder for configurations and logs of servers; removed when this process exits. */
const temporary = mkdtempSync(join(tmpdir(), 'partyline-bench-'));
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }));

/** Measures a contender. An error becomes a failure in the reply. */
export async function measure(contender: Contender, seconds: number, cores: Cores | null): Promise<Reply> {
  const { server, job } = contender;
  const work = { job, seconds, warmUpSeconds, portsPerAddress: portsPerAddress() };
  if ('pid' in server)
    return load({ dialect: 'lines', ...work, ...server, loginsAtOnce: defaultLoginsAtOnce }, cores);

  const folder = mkdtempSync(join(temporary, 'server-'));
  if ('nodes' in server) {
    try {
      return await measureCluster(server, folder, work, cores);
    } catch (error) {
      return { failure: error instanceof Error ? error.message : String(error) };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  try {
    const port = await freePort(host);
    const child = await startServer(server.launch({ host, port, folder }), host, port, cores?.server);
    try {
      const { dialect, loginsAtOnce = defaultLoginsAtOnce } = server;
      return await load({ ...work, dialect, loginsAtOnce, host, port, pid: child.pid ?? 0 }, cores);
    } finally {
      await stop(child);
    }
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The servers share the core of the server under test; the servers of their log share the other one with the load. */
async function measureCluster(
  { nodes, engines, engine, node }: Cluster,
  folder: string,
  work: Pick<Order, 'job' | 'seconds' | 'warmUpSeconds' | 'portsPerAddress'>,
  cores: Cores | null,
): Promise<Reply> {
  const children: ChildProcess[] = [];
  try {
    const places: Place[] = [];
    for (let index = 0; index < engines; index++) {
      places.push({ host, port: await freePort(host), folder });
    }
    const routes: number[] = [];
    for (let index = 0; index < engines; index++) routes.push(await freePort(host));
    // All of them first: they find a leader together.
    const started = await Promise.all(
      places.map((place, index) => startServer(engine(place, index, routes), host, place.port, cores?.load)),
    );
    children.push(...started);
    const members: { readonly port: number; readonly pid: number }[] = [];
    for (let index = 0; index < nodes; index++) {
      const port = await freePort(host);
      const place = { host, port, folder: join(folder, `node${index}`) };
      mkdirSync(place.folder);
      const child = await startServer(node(place, index, places), host, port, cores?.server);
      children.push(child);
      await untilReady(host, port);
      members.push({ port, pid: child.pid ?? 0 });
    }
    const [first, ...peers] = members;
    if (first === undefined) throw new Error('a cluster has at least one server');
    const enginePids = started.map(({ pid }) => pid ?? 0);
    const order = { ...work, dialect: 'lines', loginsAtOnce: defaultLoginsAtOnce, host } as const;
    return await load({ ...order, ...first, peers, enginePids }, cores);
  } finally {
    // The servers first, so that none waits for its log.
    for (const child of children.reverse()) await stop(child);
  }
}

async function load(order: Order, cores: Cores | null): Promise<Reply> {
  const { command, args } = pinned(cores?.load, process.execPath, ['--import', 'tsx', loadProcess]);
  const child = track(spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }));
  const timeoutSeconds = order.seconds + allowanceSeconds;
  const reply = await new Promise<Reply>((resolve) => {
    const timeout = setTimeout(() => {
      resolve({ failure: `not finished within ${timeoutSeconds} s` });
    }, timeoutSeconds * 1000);
    const settle = (reply: Reply) => {
      clearTimeout(timeout);
      resolve(reply);
    };
    child.once('message', (message: Reply) => settle(message));
    child.once('error', (error) => settle({ failure: error.message }));
    child.once('exit', (code) => settle({ failure: `the load process exited with code ${code}` }));
    child.send(order);
  });
  await stop(child);
  return reply;
}
