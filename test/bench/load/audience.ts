/** Logs clients in and lets them join the room before a measurement. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Dialect, Step } from '../dialects/dialect.js';
import { LoadClient, received, type Target } from './client.js';
import type { Order } from './job.js';

const joinsAtOnce = 20;
const quietMs = 150;
const quietTimeoutMs = 20_000;

/** A name of 6 characters. */
export function userName(index: number): string {
  return `u${String(index).padStart(5, '0')}`;
}

/** Opens connections and runs the first step of each. A connection that is lost afterwards fails the run. */
export async function openAll(
  count: number,
  order: Order,
  firstStep: (name: string) => Step,
  lost: (why: string) => void,
): Promise<LoadClient[]> {
  return inParallel(count, order.loginsAtOnce, async (index) => {
    const client = await LoadClient.open(userName(index), targetOf(order, index));
    client.onLost(lost);
    await client.ask(firstStep(client.name));
    return client;
  });
}

/** The server of a client: each of several in turn. */
function targetOf(order: Order, index: number): Target {
  const ports = [order.port, ...(order.peers ?? []).map(({ port }) => port)];
  return { ...order, port: ports[index % ports.length] ?? order.port };
}

/** Joins the room. The last member joins last, so a server is likely to write to it last. */
export async function joinRoom(members: readonly LoadClient[], dialect: Dialect): Promise<void> {
  const others = members.slice(0, -1);
  await inParallel(others.length, joinsAtOnce, (index) => others[index]?.ask(dialect.join));
  await members.at(-1)?.ask(dialect.join);
  await quiet();
}

/** The senders: the first members, or separate connections if members may not publish. */
export async function openSenders(
  count: number,
  members: readonly LoadClient[],
  order: Order,
  dialect: Dialect,
  lost: (why: string) => void,
): Promise<readonly LoadClient[]> {
  const { speaker } = dialect;
  return speaker === null ? members.slice(0, count) : openAll(count, order, speaker, lost);
}

/**
 * Resolves once nothing has arrived for 150 ms.
 * @throws if bytes still arrive after 20 s
 */
export async function quiet(): Promise<void> {
  const deadline = performance.now() + quietTimeoutMs;
  let before = -1;
  while (before !== received.bytes) {
    if (performance.now() > deadline) throw new Error('the server still sends after 20 s');
    before = received.bytes;
    await sleep(quietMs);
  }
}

/** Runs a task for each index, several at once. The results are in order. */
export async function inParallel<T>(count: number, atOnce: number, task: (index: number) => Promise<T> | T) {
  const results: T[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      results[index] = await task(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
  return results;
}
