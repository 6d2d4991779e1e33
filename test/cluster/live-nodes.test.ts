/** Which nodes are live, as `partyline cluster adopt` asks before it deletes a log. */
import { expect, it } from 'vitest';
import { type Heard, listen } from '../../src/cluster/live-nodes.js';
import type { Log } from '../../src/cluster/log.js';
import { Seal } from '../../src/cluster/seal.js';
import { ClusterWorld, LEASE_MS } from './cluster-world.js';
import { ToyHub } from './toy-hub.js';

const KEY = new Seal(Buffer.alloc(32, 1));

async function worldWith(...started: readonly string[]): Promise<ClusterWorld> {
  const make = (saved: string | null) => new ToyHub(saved);
  const world = new ClusterWorld({ seed: 1, names: ['a', 'b', 'c'], make, seal: KEY });
  for (const name of started) world.server(name).start();
  await world.until(() => started.every((name) => world.server(name).state === 'live'));
  return world;
}

async function heard(world: ClusterWorld, seal: Seal, log: Log = world.log.connect()): Promise<Heard> {
  const options = { log, seal, leaseMs: LEASE_MS, clock: world.clock };
  let result: Heard | null = null;
  void listen(options).then((answer) => (result = answer));
  await world.until(() => result !== null);
  if (result === null) throw new Error('no answer');
  return result;
}

it('the nodes that give signs of life are named, and those that stopped or were killed are not', async () => {
  const world = await worldWith('a', 'b', 'c');
  world.server('b').crash();
  await world.pass(100);
  expect(await heard(world, KEY)).toEqual({ names: ['a', 'c'], unreadable: 0 });
});

it('nodes with another key are noticed', async () => {
  const world = await worldWith('a');
  const { names, unreadable } = await heard(world, new Seal(null));
  expect(names).toEqual([]);
  expect(unreadable).toBeGreaterThan(0);
});

it('nodes are noticed though the log is not read in time', async () => {
  const world = await worldWith('a');
  const log = world.log.connect();
  log.read = () => {};
  const { names, unreadable } = await heard(world, KEY, log);
  expect(names).toEqual([]);
  expect(unreadable).toBeGreaterThan(0);
});

it('a log without live nodes has none, however many entries it has', async () => {
  const world = await worldWith('a');
  world.server('a').crash();
  await world.pass(100);
  expect(world.log.last).toBeGreaterThan(0);
  expect(await heard(world, KEY)).toEqual({ names: [], unreadable: 0 });
  expect(await heard(await worldWith(), KEY)).toEqual({ names: [], unreadable: 0 });
});
