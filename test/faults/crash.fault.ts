/** A server that is killed or stopped under load, and the messages that the next one has. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { launch, type PartylineProcess, temporaryFolder } from '../support/process.js';
import { chainHash, expectStored, expectOneOrder, storedIn } from './check.js';
import { shortened } from './form.js';
import { type Received, Talker } from './talker.js';

const ROOMS = ['dev', 'ops', 'art', 'den', 'zoo'];
const SENDERS = 50;
const KILLS = shortened(5, 20);
const STOPS = shortened(2, 3);

async function connectTalkers(port: number, round: number): Promise<Talker[]> {
  const all = Array.from(
    { length: SENDERS },
    (_, index) => new Talker(port, `r${round}-s${index}`, ROOMS[index % ROOMS.length] ?? ''),
  );
  await Promise.all(all.map(({ ready }) => ready));
  return all;
}

const start = (folder: string) =>
  launch({ env: { DATA_DIR: folder, LOG_LEVEL: 'info', LOG_TEXT: 'false', IDLE_TIMEOUT: '0' } });

/** Sends messages from all talkers for `ms`, then ends the server with a signal under load. */
async function talkUntil(signal: NodeJS.Signals, server: PartylineProcess, round: number, ms: number) {
  const all = await connectTalkers(server.port, round);
  for (const talker of all) talker.talk();
  await delay(ms);
  server.signal(signal);
  const exit = await server.exited;
  await Promise.all(all.map(({ closed }) => closed));
  return { all, exit };
}

describe('under the load of 50 senders', () => {
  it(`${KILLS} kills under load lose, repeat or reorder no message that was received or acknowledged`, async () => {
    const folder = temporaryFolder();
    const known = new Map<string, Received[]>(ROOMS.map((room) => [room, []]));
    let received = 0;
    for (let round = 0; round < KILLS; round++) {
      const { all } = await talkUntil('SIGKILL', await start(folder), round, 100 + Math.random() * 900);
      const next = await start(folder);
      for (const room of ROOMS) {
        const before = known.get(room) ?? [];
        const stored = await storedIn(next.port, room, before.at(-1)?.id);
        expectOneOrder([...before.slice(-1), ...stored]);
        for (const talker of all.filter((each) => each.room === room)) expectStored(talker, stored);
        known.set(room, [...before, ...stored]);
      }
      received += all.reduce((sum, talker) => sum + talker.received.length, 0);
      next.signal('SIGKILL');
      await next.exited;
    }
    expect(received).toBeGreaterThan(KILLS * 500);
    const last = await start(folder);
    for (const [room, all] of known) expect(chainHash(await storedIn(last.port, room))).toBe(chainHash(all));
  });

  it('SIGTERM under load notifies all clients and loses no message', async () => {
    const folder = temporaryFolder();
    for (let round = 0; round < STOPS; round++) {
      const server = await start(folder);
      const { all, exit } = await talkUntil('SIGTERM', server, round, 300 + Math.random() * 500);
      expect(exit).toEqual({ code: 0, signal: null });
      for (const talker of all) expect(talker.lastLine).toMatch(/INFO server shutting down$/);
      const next = await start(folder);
      for (const room of ROOMS) {
        const stored = (await storedIn(next.port, room)).filter(({ from }) => from.startsWith(`r${round}-`));
        expectOneOrder(stored);
        for (const talker of all.filter((each) => each.room === room)) expectStored(talker, stored);
      }
      next.signal('SIGTERM');
      await next.exited;
    }
  });
});
