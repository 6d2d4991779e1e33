/** The load process: receives one order from its parent, runs it, replies, and exits. */

import { dialects } from '../dialects/index.js';
import { crowd } from './crowd.js';
import { fanOut } from './fan-out.js';
import { hellos } from './hellos.js';
import type { Order, Reply, Report } from './job.js';
import { leaving } from './leaving.js';
import { offeredRate } from './offered-rate.js';
import { returning } from './returning.js';
import { direct, pings } from './round-trips.js';

process.once('message', (order: Order) => {
  run(order).then(reply, (error: Error) => reply({ failure: error.message }));
});
process.once('disconnect', () => process.exit(1));

function run(order: Order): Promise<Report> {
  const { job } = order;
  const dialect = dialects[order.dialect];
  const lost = (why: string) => reply({ failure: why });
  switch (job.kind) {
    case 'fan-out':
      return fanOut(order, job, dialect, lost);
    case 'offered-rate':
      return offeredRate(order, job, dialect, lost);
    case 'crowd':
      return crowd(order, job, dialect, lost);
    case 'pings':
      return pings(order, job, dialect, lost);
    case 'direct':
      return direct(order, job, dialect, lost);
    case 'returning':
      return returning(order, job, dialect, lost);
    case 'leaving':
      return leaving(order, job, dialect, lost);
    case 'hellos':
      return hellos(order, job);
    default:
      return job satisfies never;
  }
}

/** Sends the first reply and exits without closing the sockets, which would take time. */
function reply(message: Reply): void {
  process.send?.(message, () => process.exit(0));
}
