/** Finding the stream of the log, with the answers of a NATS server. */
import type { JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { expect, it, vi } from 'vitest';
import { findStream, leaderOf } from '../../src/cluster/nats-stream.js';

it('the log of a new cluster is the one that was made last, for each of the nodes that made it at once', async () => {
  const server = new FakeServer();
  const first = server.find();
  const second = server.find();

  await vi.waitFor(() => expect(server.made).toHaveLength(2));

  const [, last = ''] = server.made;
  expect(await Promise.all([first, second])).toEqual([last, last]);
});

it('a log that is there is not made again', async () => {
  const server = new FakeServer();
  const id = await server.find();

  expect(await server.find()).toBe(id);
  expect(server.made).toEqual([id]);
});

it('a log without a leader is said to be in an election or without a majority, and what to do', async () => {
  const info = async () => ({ cluster: { name: 'c1', leader: '', replicas: [] } });
  const manager = { streams: { info } } as unknown as JetStreamManager;

  await expect(leaderOf(manager, 'PARTYLINE')).rejects.toThrow(
    'the stream PARTYLINE has no majority of its NATS servers, or they are electing a leader; try again in a moment, start the others, or check that they reach each other',
  );
});

/** Makes a stream for everyone who asks, as nats-server 2.9 may, and keeps the last one. */
class FakeServer {
  /** The ids in the descriptions. */
  readonly made: string[] = [];
  #config: { readonly description: string; readonly num_replicas: number } | null = null;

  find(): Promise<string> {
    const streams = {
      info: async () => {
        if (this.#config === null) throw Object.assign(new Error(), { name: 'StreamNotFoundError' });
        return { config: this.#config };
      },
      add: async (config: { description: string; num_replicas: number }) => {
        this.#config = config;
        this.made.push(config.description.replace('partyline ', ''));
        return { config };
      },
    };
    const manager = { streams } as unknown as JetStreamManager;
    const connection = { getServer: () => '127.0.0.1:4222' } as NatsConnection;
    return findStream(connection, manager, { name: 'PARTYLINE', replicas: 1, id: null }, () => {});
  }
}
