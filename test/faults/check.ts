/** Compares the stored messages with those that clients received or got a PONG for: none lost, none twice, one order. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { SocketClient } from '../support/socket-client.js';
import type { Received, Talker } from './talker.js';

/** All messages of a room after an id, as a client gets them by HISTORY. */
export async function storedIn(port: number, room: string, after = 0): Promise<Received[]> {
  const reader = await SocketClient.login(port, `reader-of-${room}`);
  reader.send(`JOIN ${room}\n`);
  await reader.until('OK\n');
  const stored: Received[] = [];
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

/** A hash of messages and their order: each message is hashed with the hash of those before it. */
export function chainHash(messages: readonly Received[]): string {
  return messages.reduce(
    (hash, { id, from, text }) => createHash('sha256').update(`${hash} ${id} ${from} ${text}`).digest('hex'),
    '',
  );
}

/** @param stored the messages of the talker's room from the time of its membership */
export function expectStored(talker: Talker, stored: readonly Received[]): void {
  const last = talker.received.at(-1)?.id ?? 0;
  const byOthers = stored.filter(({ id, from }) => id <= last && from !== talker.name);
  expect(chainHash(talker.received), `the messages ${talker.name} received are stored`).toBe(
    chainHash(byOthers),
  );
  const own = stored.filter(({ from }) => from === talker.name).map(({ text }) => text);
  expect(
    own.slice(0, talker.acknowledged.length),
    `the messages acknowledged to ${talker.name} are stored`,
  ).toEqual(talker.acknowledged);
  // At most one more: its PONG was not received yet.
  expect(own.length - talker.acknowledged.length).toBeLessThanOrEqual(1);
}

export function expectOneOrder(stored: readonly Received[]): void {
  for (let index = 1; index < stored.length; index++) {
    expect(stored[index]?.id).toBeGreaterThan(stored[index - 1]?.id ?? 0);
  }
  expect(new Set(stored.map(({ text }) => text)).size).toBe(stored.length);
}
