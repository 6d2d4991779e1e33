/** Measures round trips in a closed loop: pings to the server, and direct messages from each client to the next. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Dialect } from '../dialects/dialect.js';
import { openAll, openSenders, quiet } from './audience.js';
import type { DirectJob, Order, PingsJob, Report } from './job.js';
import { MarkedCommands, MarkedTexts } from './marked-text.js';
import { moment, rates } from './usage.js';

export async function pings(
  order: Order,
  job: PingsJob,
  dialect: Dialect,
  lost: (why: string) => void,
): Promise<Report> {
  const clients = await openAll(job.clients, order, (name) => dialect.pinger(name), lost);
  await quiet();
  const loop = new Loop();
  const pongLetter = (dialect.pongLetter ?? 'O').charCodeAt(0);
  for (const client of clients) {
    client.listen((buffer, length) => {
      const pongs = count(pongLetter, buffer, length);
      if (loop.arrived(pongs)) client.send(dialect.ping.repeat(pongs));
    });
    client.send(dialect.ping.repeat(job.inFlight));
  }
  return loop.run(order);
}

export async function direct(
  order: Order,
  job: DirectJob,
  dialect: Dialect,
  lost: (why: string) => void,
): Promise<Report> {
  const receivers = await openAll(job.clients, order, (name) => dialect.login(name), lost);
  const authors = await openSenders(job.clients, receivers, order, dialect, lost);
  await quiet();
  const loop = new Loop();
  for (const [slot, author] of authors.entries()) {
    const receiver = receivers[(slot + 1) % receivers.length];
    const commands = new MarkedCommands(slot, job.textBytes, (text) =>
      dialect.tell(receiver?.name ?? '', text),
    );
    const command = commands.command(0);
    let arrived = 0;
    const texts = new MarkedTexts(job.textBytes, () => {
      arrived += 1;
    });
    receiver?.listen((buffer, length) => {
      arrived = 0;
      texts.scan(buffer, length);
      if (loop.arrived(arrived)) author.send(command.repeat(arrived));
    });
    author.send(command.repeat(job.inFlight));
  }
  return loop.run(order);
}

class Loop {
  #running = true;
  #done = 0;

  /** Counts round trips. Returns true if the same number must be started. */
  arrived(roundTrips: number): boolean {
    this.#done += roundTrips;
    return this.#running && roundTrips > 0;
  }

  async run(order: Order): Promise<Report> {
    await sleep(order.warmUpSeconds * 1000);
    const before = moment(order);
    const doneBefore = this.#done;
    await sleep(order.seconds * 1000);
    const after = moment(order);
    this.#running = false;
    return { values: rates(this.#done - doneBefore, before, after), remarks: [] };
  }
}

function count(byte: number, buffer: Uint8Array, length: number): number {
  let found = 0;
  for (let at = 0; at < length; at += 1) {
    if (buffer[at] === byte) found += 1;
  }
  return found;
}
