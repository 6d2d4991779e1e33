/** A reader of server-sent events over killed servers: it has no gap and no message twice. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { EventStream } from '../support/event-stream.js';
import { launch, temporaryFolder } from '../support/process.js';
import { expectOneOrder, storedIn } from './check.js';
import { shortened } from './form.js';
import { Talker } from './talker.js';

const ROUNDS = shortened(5, 20);
const SENDERS = 10;
const ROOM = 'ops';

it(`a reader of events receives each stored message once over ${ROUNDS} killed servers`, async () => {
  const folder = temporaryFolder();
  const start = () =>
    launch({ env: { DATA_DIR: folder, LOG_LEVEL: 'info', LOG_TEXT: 'false', IDLE_TIMEOUT: '0' } });
  const stream = new EventStream(0);
  for (let round = 0; round < ROUNDS; round++) {
    const server = await start();
    const talkers = Array.from(
      { length: SENDERS },
      (_, at) => new Talker(server.port, `r${round}-s${at}`, ROOM),
    );
    await Promise.all(talkers.map(({ ready }) => ready));
    const response = await stream.open(server.port, `/rooms/${ROOM}/events`);
    const ended = new Promise((resolve) => response.once('close', resolve));
    for (const talker of talkers) talker.talk();
    await delay(100 + Math.random() * 500);
    server.signal('SIGKILL');
    await Promise.all([server.exited, ended, ...talkers.map(({ closed }) => closed)]);
  }
  const last = await start();
  const stored = await storedIn(last.port, ROOM);
  await stream.open(last.port, `/rooms/${ROOM}/events`);
  const newest = stored.at(-1)?.id ?? 0;
  await stream.until(({ id }) => id === newest);
  expectOneOrder(stored);
  expect(stored.length).toBeGreaterThan(ROUNDS * 50);
  expect(stream.ids).toEqual(stored.map(({ id }) => id));
  expect(stream.events.filter(({ event }) => event !== 'message')).toEqual([]);
});
