/** Measures a restart with many clients, which all come back at once: the logins, and how long those that are in wait. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Dialect } from '../dialects/dialect.js';
import { inParallel, userName } from './audience.js';
import { LoadClient } from './client.js';
import { sourceAddress } from './crowd.js';
import type { Order, Report, ReturningJob } from './job.js';
import { Pinging } from './pinging.js';
import { moment, rates } from './usage.js';

/** The load opens this many connections between two looks at the answers, so that it does not stall itself. */
const openedAtOnce = 20;

export async function returning(
  order: Order,
  job: ReturningJob,
  dialect: Dialect,
  lost: (why: string) => void,
): Promise<Report> {
  const pinging = await Pinging.start(order, job.pingers);
  await sleep(500);
  await pinging.reset();

  const before = moment(order);
  let opened = 0;
  await inParallel(job.clients, job.atOnce, async (index) => {
    if (++opened % openedAtOnce === 0) await new Promise((resolve) => setImmediate(resolve));
    const number = job.pingers + index;
    const client = await LoadClient.open(userName(number), order, sourceAddress(order, number));
    client.onLost(lost);
    await client.ask(dialect.login(client.name));
  });
  const after = moment(order);
  const longestMs = await pinging.longestMs();
  return { values: { ...rates(job.clients, before, after), longestMs }, remarks: [] };
}
