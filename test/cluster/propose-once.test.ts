/** A command that changes the data of a cluster while its servers run. */
import { describe, expect, it } from 'vitest';
import { decode } from '../../src/cluster/batch.js';
import type { MemoryConnection } from '../../src/cluster/memory-log.js';
import { proposeOnce, type ProposeOnceOptions, removeNode } from '../../src/cluster/propose-once.js';
import { Rules } from '../../src/cluster/rules.js';
import type { Entry, Proposal } from '../../src/core/ports.js';
import { ClusterWorld, LEASE_MS } from './cluster-world.js';
import { ToyHub } from './toy-hub.js';

const CHANGES: readonly Proposal[] = [
  { kind: 'ban-changed', target: 'eve' },
  { kind: 'account-changed', account: 'zoe', endsSessions: true, orphanedRooms: [] },
];

/** Notes the changes of commands. */
class NotingHub extends ToyHub {
  readonly changes: string[] = [];

  override settle(entry: Entry): void {
    if (entry.proposal.kind === 'ban-changed' || entry.proposal.kind === 'account-changed')
      this.changes.push(entry.proposal.kind);
    super.settle(entry);
  }
}

async function worldWith(settings: string): Promise<ClusterWorld> {
  const world = new ClusterWorld({
    seed: 1,
    names: ['a', 'b'],
    make: (saved) => new NotingHub(saved),
    settings: () => ({ PRESENCE_LIMIT: settings }),
  });
  for (const server of world.servers) server.start();
  await world.until(() => world.servers.every(({ state }) => state === 'live'));
  await world.pass(1000);
  return world;
}

function optionsOf(
  world: ClusterWorld,
  node = 'a',
): ProposeOnceOptions & { readonly connection: MemoryConnection } {
  const row = world.server(node).storedRow;
  if (row === null) throw new Error('nothing is stored');
  const connection = world.log.connect();
  return {
    log: connection,
    connection,
    seal: world.seal,
    clock: world.clock,
    random: world.random,
    newName: () => `${world.random()}`,
    defer: (run) => {
      world.clock.after(0, run);
    },
    leaseMs: LEASE_MS,
    version: '1.0.0',
    saved: row,
    maxWaitMs: 10_000,
  };
}

/** The result of a command: `done`, or the sentence of its failure. */
function watch(command: Promise<void>): { result: string | null } {
  const watched: { result: string | null } = { result: null };
  command.then(
    () => (watched.result = 'done'),
    (error: unknown) => (watched.result = String(error)),
  );
  return watched;
}

describe('a command', () => {
  it('its changes settle once on every server, in their order, and its run leaves nothing behind', async () => {
    const world = await worldWith('5');
    const command = watch(proposeOnce(optionsOf(world), CHANGES));
    await world.pass(1000);
    expect(command.result).toBe('done');
    for (const { machine, sequencer } of world.servers) {
      expect((machine as NotingHub).changes).toEqual(['ban-changed', 'account-changed']);
      expect(sequencer.status().nodes.map(({ name }) => name)).toEqual(['a', 'b']);
    }
    expect(Rules.fromRow(world.server('b').storedRow?.state ?? '').nodes()).toHaveLength(2);
  });

  it('a command that was killed is fenced, and does not count as a server until then', async () => {
    const world = await worldWith('5');
    world.push({
      kind: 'up',
      node: 'command x',
      former: 0,
      nonce: 'x',
      base: '',
      settings: null,
      maxV: 1,
      version: '1.0.0',
    });
    await world.pass(1000);
    world.server('a').sequencer.proposeForget('messages', 5);
    await world.pass(1000);
    expect(world.server('b').machine.save()).toContain('messages 5');
    await world.pass((LEASE_MS * 5) / 3 + 1000);
    expect(world.replay(() => {}).nodes()).toHaveLength(2);
    expect(world.servers.map(({ states }) => states)).toEqual([['live'], ['live']]);
  });

  it('a command without an answer fails after a while, and says that the change may have been made', async () => {
    const world = await worldWith('5');
    const options = optionsOf(world);
    const command = watch(proposeOnce(options, CHANGES));
    options.connection.cut();
    await world.pass(9000);
    expect(command.result).toBeNull();
    await world.pass(12_000);
    expect(command.result).toContain('check whether the change was made');
  });

  it('a command that was cut off for a while proposes its changes once', async () => {
    const world = await worldWith('5');
    world.log.faults = { doubled: 0, dropped: 0, misread: 0, maxDelayMs: 50 };
    const options = optionsOf(world);
    const command = watch(proposeOnce(options, CHANGES));
    const isProposed = () => {
      const newest = world.log.entry(world.log.last);
      if (newest === undefined) return false;
      const read = decode(newest.bytes, world.seal, world.log.id);
      return read.kind === 'entry' && read.entry.kind === 'batch' && read.entry.proposals.length > 0;
    };
    for (let passed = 0; !isProposed() && passed < 2000; passed++) await world.pass(1, 1);
    options.connection.cut('reader');
    await world.pass(LEASE_MS / 4 + 1000);
    options.connection.heal();
    await world.pass(3000);
    expect(command.result).toBe('done');
    for (const { machine } of world.servers)
      expect((machine as NotingHub).changes).toEqual(['ban-changed', 'account-changed']);
  });

  it('a command cannot begin a log', async () => {
    const world = new ClusterWorld({ seed: 1, names: ['a'], make: (saved) => new NotingHub(saved) });
    const rules = Rules.begin({ logId: world.log.id, base: '', lastId: 0, lastAt: 0 });
    const [server] = world.servers;
    server?.start();
    await world.pass(1000);
    world.log.loseTail(world.log.last);
    server?.crash();
    const options = { ...optionsOf(world), saved: { node: 'a', state: rules.toRow() } };
    const command = watch(proposeOnce(options, CHANGES));
    await world.pass(3000);
    expect(command.result).toBe("Error: the cluster's log is empty: start a server first");
  });
});

describe('a node that leaves', () => {
  const namesOn = (world: ClusterWorld, name: string) =>
    world
      .server(name)
      .sequencer.status()
      .nodes.map((node) => node.name);

  it.each(['stopped', 'killed'])('a node that was %s is listed by the others no more', async (how) => {
    const world = await worldWith('5');
    const gone = world.server('b');
    if (how === 'stopped') await stop(world, 'b');
    else gone.crash();
    await world.pass(100);
    expect(namesOn(world, 'a')).toEqual(['a', 'b']);
    const command = watch(removeNode(optionsOf(world, 'b')));
    await world.until(() => command.result !== null);
    expect(command.result).toBe('done');
    expect(namesOn(world, 'a')).toEqual(['a']);
    // It may come back, with the data that it had.
    gone.start();
    await world.until(() => gone.state === 'live');
    expect(namesOn(world, 'a')).toEqual(['a', 'b']);
    expect(world.violations).toEqual([]);
  });

  it('a copy of the data of a live node takes nothing from it', async () => {
    const world = await worldWith('5');
    const command = watch(removeNode(optionsOf(world, 'b')));
    await world.until(() => command.result !== null);
    expect(command.result).toBe('Error: another server of the cluster is named b: stop it first');
    expect(namesOn(world, 'a')).toEqual(['a', 'b']);
    expect(world.servers.map(({ states }) => states)).toEqual([['live'], ['live']]);
  });

  it('a removal that was killed half way is ended by the others, and is removed all the same', async () => {
    const world = await worldWith('5');
    await stop(world, 'b');
    const former = world.replay(() => {}).node('b')?.epoch ?? 0;
    const run = { node: 'b', former, nonce: 'x', base: '', settings: null };
    world.push({ kind: 'up', ...run, maxV: 1, version: '1.0.0' });
    await world.pass(1000);
    expect(world.replay(() => {}).nodes()).toHaveLength(2);
    await world.pass((LEASE_MS * 5) / 3 + 1000);
    expect(world.replay(() => {}).nodes()).toMatchObject([{ name: 'a' }]);
  });
});

async function stop(world: ClusterWorld, name: string): Promise<void> {
  const server = world.server(name);
  const stopping = server.sequencer.stop(5000);
  await world.pass(1000);
  await stopping;
  server.crash();
}
