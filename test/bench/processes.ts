/** Starts the processes of a run, and stops all of them however the run ends. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pinned } from './machine.js';
import type { Launch } from './servers/server.js';

const startTimeoutMs = 10_000;
const readyTimeoutMs = 60_000;
const stopTimeoutMs = 3_000;

const running = new Set<ChildProcess>();

/** Kills the remaining processes after `process.exit`, an uncaught error or a signal. */
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
 * @throws with its last output if it exits or does not listen within 10 s
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
  const lastOutput = outputOf(child);
  let ended: string | null = null;
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, signal) => {
    ended = `ended (${signal ?? code}): ${lastOutput()}`;
  });
  const deadline = performance.now() + startTimeoutMs;
  while (!(await accepts(host, port))) {
    if (ended !== null) throw new Error(`${launch.command} ${ended}`);
    if (performance.now() > deadline) {
      await stop(child);
      throw new Error(
        `${launch.command} did not listen on ${host}:${port} within ${startTimeoutMs} ms: ${lastOutput()}`,
      );
    }
    await sleep(20);
  }
  return child;
}

/**
 * Waits until a server says that it is ready.
 * @throws if it does not within 60 s
 */
export async function untilReady(host: string, port: number): Promise<void> {
  const deadline = performance.now() + readyTimeoutMs;
  for (;;) {
    const answer = await fetch(`http://${host}:${port}/readyz`).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    if (performance.now() > deadline) throw new Error(`${host}:${port} is not ready after 60 s`);
    await sleep(50);
  }
}

/** Stops a process with SIGTERM, and with SIGKILL after 3 s. */
export async function stop(child: ChildProcess): Promise<void> {
  // Without a process id it was never started.
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await ended;
  clearTimeout(kill);
}

/** Reads the output of a child, so that it does not block on a full pipe, and keeps the end of it. */
function outputOf(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-500);
    });
  }
  return () => text.trim() || 'no output';
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
