/** The process of Pinging: it ends with its parent. */

import { dialects } from '../dialects/index.js';
import { openAll } from './audience.js';
import type { Order } from './job.js';
import type { PingingQuestion } from './pinging.js';

let sentAt = new Float64Array(0);
let longestMs = 0;

process.once('disconnect', () => process.exit());
process.on('message', (question: PingingQuestion) => void answer(question));

async function answer(question: PingingQuestion): Promise<void> {
  if (question === 'reset') {
    longestMs = 0;
    sentAt.fill(performance.now());
  } else if (question === 'longest') {
    for (const index of sentAt.keys()) note(index);
  } else await start(question.start, question.clients);
  process.send?.(longestMs);
}

async function start(order: Order, clients: number): Promise<void> {
  const dialect = dialects[order.dialect];
  const lost = (why: string) => {
    throw new Error(why);
  };
  const pingers = await openAll(clients, order, (name) => dialect.pinger(name), lost);
  sentAt = new Float64Array(clients);
  for (const [index, pinger] of pingers.entries()) {
    const send = () => {
      sentAt[index] = performance.now();
      pinger.send(dialect.ping);
    };
    pinger.listen(() => {
      note(index);
      send();
    });
    send();
  }
}

function note(index: number): void {
  longestMs = Math.max(longestMs, performance.now() - (sentAt[index] ?? 0));
}
