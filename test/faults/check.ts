/** What is stored, held against what was seen and promised: nothing lost, nothing twice, one order. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { SocketClient } from '../support/socket-client.js';
import type { Shown, Talker } from './talker.js';

/** All of a room after an id, as a client is shown it. */
export async function storedIn(port: number, room: string, after = 0): Promise<Shown[]> {
  const reader = await SocketClient.login(port, `reader-of-${room}`);
  reader.send(`JOIN ${room}\n`);
  await reader.until('OK\n');
  const stored: Shown[] = [];
  for (;;) {
    reader.send(`HISTORY AFTER ${stored.at(-1)?.id ?? after} 500\n`);
    const page = (await reader.until(/^OK\n/m)).split('\n').filter((line) => line.startsWith('HIST '));
    if (page.length === 0) break;
    for (const line of page) {
      const [, id, , from = '', ...words] = line.split(' ');
      stored.push({ id: Number(id), from, text: words.join(' ') });
    }
  }
  reader.leave();
  return stored;
}

/** A hash of messages and their order: each is hashed with the hash of all before it. */
export function chain(messages: readonly Shown[]): string {
  return messages.reduce(
    (hash, { id, from, text }) => createHash('sha256').update(`${hash} ${id} ${from} ${text}`).digest('hex'),
    '',
  );
}

/** `stored` is what the talker's room has of the time in which it was there. */
export function expectKept(talker: Talker, stored: readonly Shown[]): void {
  const last = talker.shown.at(-1)?.id ?? 0;
  const byOthers = stored.filter(({ id, from }) => id <= last && from !== talker.name);
  expect(chain(talker.shown), `what ${talker.name} saw is what is stored`).toBe(chain(byOthers));
  const own = stored.filter(({ from }) => from === talker.name).map(({ text }) => text);
  expect(own.slice(0, talker.promised.length), `what ${talker.name} was promised is stored`).toEqual(
    talker.promised,
  );
  // At most the one whose answer was on its way.
  expect(own.length - talker.promised.length).toBeLessThanOrEqual(1);
}

export function expectOneOrder(stored: readonly Shown[]): void {
  for (let index = 1; index < stored.length; index++) {
    expect(stored[index]?.id).toBeGreaterThan(stored[index - 1]?.id ?? 0);
  }
  expect(new Set(stored.map(({ text }) => text)).size).toBe(stored.length);
}
