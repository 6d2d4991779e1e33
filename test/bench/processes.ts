/** Starts the processes of a run and makes sure that none is left behind, however the run ends. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pinned } from './machine.js';
import type { Launch } from './servers/server.js';

const startTimeoutMs = 10_000;
const stopTimeoutMs = 3_000;

const running = new Set<ChildProcess>();

/** The last resort: on `process.exit`, on an uncaught error, after a signal. */
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export function track(child: ChildProcess): ChildProcess {
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.once('error', () => running.delete(child));
  return child;
}

/**
 * Starts a server and waits until it accepts connections.
 * @throws if it ends or does not listen within 10 s, with what it said
 */
export async function startServer(launch: Launch, host: string, port: number, core: number | undefined) {
  const { command, args } = pinned(core, launch.command, launch.args);
  const output = launch.output === undefined ? null : openSync(launch.output, 'w');
  const child = track(
    spawn(command, args, {
      env: { ...process.env, ...launch.env },
      cwd: launch.cwd,
      stdio: ['ignore', output ?? 'pipe', 'pipe'],
    }),
  );
  if (output !== null) closeSync(output);
  const said = lastWords(child);
  let ended: string | null = null;
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, signal) => {
    ended = `ended (${signal ?? code}): ${said()}`;
  });
  const deadline = performance.now() + startTimeoutMs;
  while (!(await accepts(host, port))) {
    if (ended !== null) throw new Error(`${launch.command} ${ended}`);
    if (performance.now() > deadline) {
      await stop(child);
      throw new Error(
        `${launch.command} did not listen on ${host}:${port} within ${startTimeoutMs} ms: ${said()}`,
      );
    }
    await sleep(20);
  }
  return child;
}

/** Ends a process: asks first, insists after 3 s. */
export async function stop(child: ChildProcess): Promise<void> {
  // Without a number it never began.
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const insist = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await ended;
  clearTimeout(insist);
}

/** Reads a child's output, so that it never blocks on a full pipe, and keeps the end of it. */
function lastWords(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-500);
    });
  }
  return () => text.trim() || 'it said nothing';
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
