/** Measures many clients: the rate of logins, and the memory of an idle client. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Dialect } from '../dialects/dialect.js';
import { ownBytes } from '../measure.js';
import { inParallel, userName } from './audience.js';
import { LoadClient } from './client.js';
import type { CrowdJob, Order, Report, Values } from './job.js';
import { moment, rates } from './usage.js';

/** These clients stay connected: memory that a server allocates once is then not counted for the later ones. */
const warmUpClients = 500;

export async function crowd(
  order: Order,
  job: CrowdJob,
  dialect: Dialect,
  lost: (why: string) => void,
): Promise<Report> {
  const arrive = (first: number, count: number) =>
    inParallel(count, order.loginsAtOnce, async (index) => {
      const number = first + index;
      const client = await LoadClient.open(userName(number), order, sourceAddress(order, number));
      client.onLost(lost);
      await client.ask(dialect.login(client.name));
    });

  await arrive(0, warmUpClients);
  await sleep(job.settleMs);
  const memoryBefore = ownBytes(order.pid);
  const before = moment(order);
  await arrive(warmUpClients, job.clients);
  const after = moment(order);
  await sleep(job.settleMs);
  const memoryAfter = ownBytes(order.pid);

  return {
    values: { ...rates(job.clients, before, after), ...each(memoryBefore, memoryAfter, job.clients) },
    remarks: [],
  };
}

function each(before: number | null, after: number | null, clients: number): Values {
  return before === null || after === null ? {} : { bytesPerClient: (after - before) / clients };
}

/** 127.0.0.1 for half of its ports, so that others remain for other programs; then 127.0.0.2 and so on. */
export function sourceAddress({ portsPerAddress }: Order, number: number): string | undefined {
  const used = Math.floor(number / (portsPerAddress / 2));
  return used === 0 ? undefined : `127.0.0.${1 + used}`;
}
