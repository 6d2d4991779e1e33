/** Measures the end of many connections at once, as after a network failure: how long the clients that stay wait. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Dialect, Step } from '../dialects/dialect.js';
import { inParallel, userName } from './audience.js';
import { LoadClient } from './client.js';
import { sourceAddress } from './crowd.js';
import type { LeavingJob, Order, Report } from './job.js';
import { Pinging } from './pinging.js';
import { moment, rates } from './usage.js';

/** A member of the room is told of each end in it. */
const membersPerRoom = 100;

export async function leaving(
  order: Order,
  job: LeavingJob,
  dialect: Dialect,
  lost: (why: string) => void,
): Promise<Report> {
  const pinging = await Pinging.start(order, job.pingers);
  const watcher = await login(job.pingers);
  watcher.onLost(lost);
  const crowd: LoadClient[] = [];
  await inParallel(job.clients, order.loginsAtOnce, async (index) => {
    const client = await login(job.pingers + 1 + index);
    client.onLost(lost);
    await client.ask({ send: `JOIN crowd${Math.floor(index / membersPerRoom)}\n`, until: /^OK\n/m });
    crowd.push(client);
  });
  await sleep(500);
  await pinging.reset();

  const before = moment(order);
  for (const client of crowd) client.reset();
  while ((await watcher.ask(rooms)).includes(' crowd')) await sleep(20);
  const after = moment(order);
  const longestMs = await pinging.longestMs();
  return { values: { ...rates(job.clients, before, after), longestMs }, remarks: [] };

  async function login(number: number): Promise<LoadClient> {
    const client = await LoadClient.open(userName(number), order, sourceAddress(order, number));
    await client.ask(dialect.login(client.name));
    return client;
  }
}

const rooms: Step = { send: 'ROOMS\n', until: /^OK\n/m };
