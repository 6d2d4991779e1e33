/**
 * Measures delivery times at a fixed rate. Messages are due on a schedule that does not wait for the server. The time of
 * a delivery starts when its message is due, so a stall counts for all messages that are due during it (this avoids
 * "coordinated omission"). Every reader measures every delivery.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Dialect } from '../dialects/dialect.js';
import { inParallel, joinRoom, openAll, openSenders, quiet, userName } from './audience.js';
import { LoadClient } from './client.js';
import type { OfferedRateJob, Order, Report } from './job.js';
import { Latencies } from './latencies.js';
import { MarkedCommands, MarkedTexts } from './marked-text.js';
import { moment, rates } from './usage.js';

export async function offeredRate(
  order: Order,
  job: OfferedRateJob,
  dialect: Dialect,
  lost: (why: string) => void,
): Promise<Report> {
  const members = await openAll(job.readers, order, (name) => dialect.login(name), lost);
  await joinRoom(members, dialect);
  const authors = await openSenders(job.senders, members, order, dialect, lost);
  const warmUpMessages = Math.round(order.warmUpSeconds * job.messagesPerSecond);
  const messages = warmUpMessages + Math.round(order.seconds * job.messagesPerSecond);
  const dueAt = schedule(messages, job.messagesPerSecond);
  const latencies = new Latencies();
  let deliveries = 0;
  for (const member of members) {
    let now = 0;
    const texts = new MarkedTexts(job.textBytes, (_, sequence) => {
      if (sequence < warmUpMessages) return;
      deliveries += 1;
      latencies.add(now - (dueAt[sequence] ?? now));
    });
    member.listen((buffer, length) => {
      now = performance.now();
      texts.scan(buffer, length);
    });
  }
  const offer = offers(job, dialect, authors, dueAt);
  await offer(0, warmUpMessages);
  const before = moment(order);
  await Promise.all([offer(warmUpMessages, messages), arrive(order, job, dialect, lost)]);
  const after = moment(order);
  await quiet();

  const copies = dialect.speaker === null ? job.readers - 1 : job.readers;
  const missing = (messages - warmUpMessages) * copies - deliveries;
  const remarks = missing > 0 ? [`LOST ${missing} deliveries`] : [];
  return { values: { ...rates(deliveries, before, after), ...latencies.values() }, remarks };
}

/** A crowd logs in and joins the room beside the members. */
async function arrive(
  order: Order,
  { arrivals = 0, readers }: OfferedRateJob,
  dialect: Dialect,
  lost: (why: string) => void,
): Promise<void> {
  await inParallel(arrivals, order.loginsAtOnce, async (index) => {
    const client = await LoadClient.open(userName(readers + index), order);
    client.onLost(lost);
    await client.ask(dialect.login(client.name));
    await client.ask(dialect.join);
  });
}

/** The time at which each message is due, by the clock of this process. */
function schedule(messages: number, perSecond: number): Float64Array {
  const startAt = performance.now() + 50;
  return Float64Array.from({ length: messages }, (_, index) => startAt + (index * 1000) / perSecond);
}

/**
 * Returns a function that sends a range of messages, each when it is due, with authors in turn. It polls instead of
 * sleeping: a timer may be a millisecond late, which would count as the server's delay.
 */
function offers(job: OfferedRateJob, dialect: Dialect, authors: readonly LoadClient[], dueAt: Float64Array) {
  const commands = authors.map(
    (_, slot) => new MarkedCommands(slot, job.textBytes, (text) => dialect.say(text)),
  );
  return async (first: number, end: number): Promise<void> => {
    let next = first;
    while (next < end) {
      while (next < end && performance.now() >= (dueAt[next] ?? 0)) {
        const slot = next % authors.length;
        authors[slot]?.send(commands[slot]?.command(next) ?? '');
        next += 1;
      }
      await nextTurn();
    }
  };
}
