/** Runs one measurement: a new server, and a new load process on another core that gets one order and sends one reply. */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Contender } from './contenders.js';
import type { Order, Reply } from './load/job.js';
import { type Cores, freePort, pinned, portsPerAddress } from './machine.js';
import { startServer, stop, track } from './processes.js';

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
