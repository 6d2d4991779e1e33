/** Measures fan-out in a closed loop: the rate of deliveries, and the effect of readers that stop reading. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Dialect } from '../dialects/dialect.js';
import { ownBytes } from '../measure.js';
import { joinRoom, openAll, openSenders } from './audience.js';
import { received } from './client.js';
import { ClosedLoop } from './closed-loop.js';
import { EvictionWatch } from './eviction-watch.js';
import type { FanOutJob, Order, Report, Values } from './job.js';
import { moment, rates } from './usage.js';

const memorySampleMs = 20;

/** The deliveries are the received bytes divided by the mean size of what the observer receives at the same time. */
export async function fanOut(
  order: Order,
  job: FanOutJob,
  dialect: Dialect,
  lost: (why: string) => void,
): Promise<Report> {
  const members = await openAll(job.readers, order, (name) => dialect.login(name), lost);
  await joinRoom(members, dialect);
  const authors = await openSenders(job.senders, members, order, dialect, lost);
  const watch = job.stopped > 0 ? await EvictionWatch.open(order, dialect, lost) : null;
  const loop = new ClosedLoop(job, dialect, members, authors);
  await loop.countCopies();
  const countedFrom = received.bytes;
  loop.start();
  await sleep(order.warmUpSeconds * 1000);

  const before = moment(order);
  const bytesBefore = received.bytes;
  const observedBefore = loop.observed();
  const memory = job.timed > 0 ? watchMemory(order.pid) : null;
  loop.startTimes();
  // The observer is the last member. Before it are the members that measure times, and before these the ones that stop.
  const stopped = members.slice(-1 - job.timed - job.stopped, -1 - job.timed);
  for (const reader of stopped) reader.stopReading();
  const [evicted] = await Promise.all([watch?.allGone(stopped), sleep(order.seconds * 1000)]);
  const after = moment(order);
  const deliveries = (received.bytes - bytesBefore) / loop.bytesEach(observedBefore);
  const growth = memory?.();

  loop.stop();
  const remarks = loop.disorder();
  if (stopped.length === 0) remarks.push(...(await loop.losses(countedFrom)));
  const values = rates(deliveries, before, after);
  const messagesPerSecond = (values.perSecond ?? 0) / loop.copies;
  return { values: { ...values, messagesPerSecond, ...loop.times(), ...growth, ...evicted }, remarks };
}

/** The largest growth of the server's memory from now on. */
function watchMemory(pid: number): () => Values {
  const first = ownBytes(pid);
  let largest = first ?? 0;
  const timer = setInterval(() => {
    largest = Math.max(largest, ownBytes(pid) ?? 0);
  }, memorySampleMs);
  return () => {
    clearInterval(timer);
    return first === null ? {} : { rssGrowthBytes: largest - first };
  };
}
