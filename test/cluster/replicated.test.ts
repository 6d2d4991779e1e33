/** One server among others: how it joins, what it does when it is cut off, and when it stops. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decode, type LogEntry } from '../../src/cluster/batch.js';
import { Seal } from '../../src/cluster/seal.js';
import { ClusterWorld, LEASE_MS, type TestServer, type WorldOptions } from './cluster-world.js';
import { loginOf, sayOf } from './proposals.js';
import { ToyHub } from './toy-hub.js';

const CUT_MS = LEASE_MS / 4;
const OVER_MS = (LEASE_MS * 5) / 3;
/** So long a server looks for a live one of its name, if a former run of it has not ended. */
const LOOK_MS = LEASE_MS / 6;

/** Servers with these names, of which the first ones run. */
async function worldOf(
  names: readonly string[],
  { running = names.length, ...options }: Partial<WorldOptions> & { readonly running?: number } = {},
): Promise<ClusterWorld> {
  const world = new ClusterWorld({ seed: 1, names, make: (saved) => new ToyHub(saved), ...options });
  for (const server of world.servers.slice(0, running)) {
    server.start();
    await world.until(() => server.state === 'live', 5000);
  }
  return world;
}

function pick(world: ClusterWorld, ...names: readonly string[]): TestServer[] {
  return names.map((name) => world.server(name));
}

describe('joining', () => {
  it('the first server of an empty log is live at once, and stores itself before it begins a run', async () => {
    const world = await worldOf(['a'], { running: 0 });
    const [a] = pick(world, 'a') as [TestServer];
    a.isDiskHeld = true;
    a.start();
    await world.pass(500);
    expect(world.log.last).toBe(0);
    a.releaseDisk();
    await world.until(() => a.state === 'live', 1000);
    expect(a.states).toEqual(['live']);
    expect(a.sequencer.epoch).toBe(1);
  });

  it('a server is live once it has settled everything that the log holds', async () => {
    const world = await worldOf(['a', 'b'], { running: 1 });
    const [a, b] = pick(world, 'a', 'b') as [TestServer, TestServer];
    for (let count = 0; count < 50; count++) {
      say(a, `text ${count}`);
      await world.pass(50);
    }
    b.start();
    await world.until(() => b.state === 'live', 2000);
    expect(textsOf(b)).toEqual(textsOf(a));
    expect(textsOf(b)).toHaveLength(50);
  });

  it('a server that crashed goes on after a look for a namesake, and its former sessions end for the others', async () => {
    const world = await worldOf(['a', 'b']);
    const [a, b] = pick(world, 'a', 'b') as [TestServer, TestServer];
    a.submit((session) => loginOf(session, 'zoe'));
    await world.pass(1000);
    expect(namesOf(b)).toEqual(['zoe']);
    a.crash();
    a.start();
    await world.until(() => a.state === 'live', LOOK_MS + 500);
    await world.pass(100);
    expect(namesOf(b)).toEqual([]);
    expect(world.violations).toEqual([]);
  });

  it('a log that cannot be reached is tried again until it can', async () => {
    const world = await worldOf(['a'], { running: 0 });
    const [a] = pick(world, 'a') as [TestServer];
    a.start();
    a.connection.cut();
    await world.pass(60_000);
    expect([a.state, a.stopped]).toEqual(['joining', null]);
    a.connection.heal();
    await world.until(() => a.state === 'live', 5000);
  });

  it('a second server with the name of a live one is refused, and the live one goes on', async () => {
    const world = await worldOf(['a', 'other'], { running: 1 });
    const [a, other] = pick(world, 'a', 'other') as [TestServer, TestServer];
    other.start('a');
    await world.pass(CUT_MS + 2000);
    expect(other.stopped).toEqual({
      exitCode: 2,
      sentence: 'another server of the cluster is named a: set NODE_NAME to another name here',
    });
    expect(a.states).toEqual(['live']);
    expect(other.states).toEqual([]);
  });

  it('a server with an empty disk takes the name of a dead one after a short look', async () => {
    const world = await worldOf(['a', 'new'], { running: 1 });
    const [a, fresh] = pick(world, 'a', 'new') as [TestServer, TestServer];
    a.crash();
    fresh.start('a');
    await world.pass(CUT_MS - 100);
    expect(fresh.state).toBe('joining');
    await world.until(() => fresh.state === 'live', 3000);
  });

  it('a copy of a live server with its name is refused, and the live one goes on', async () => {
    const world = await worldOf(['a', 'copy'], { running: 1 });
    const [a, copy] = pick(world, 'a', 'copy') as [TestServer, TestServer];
    copy.copyDiskOf(a);
    copy.start('a');
    await world.pass(2 * LOOK_MS);
    expect(copy.stopped).toEqual({
      exitCode: 2,
      sentence: 'another server of the cluster is named a: set NODE_NAME to another name here',
    });
    expect([a.states, a.stopped]).toEqual([['live'], null]);
  });

  it('a copy of a live server is refused also if the log stood still while it looked', async () => {
    const world = await worldOf(['a', 'copy'], { running: 1 });
    const [a, copy] = pick(world, 'a', 'copy') as [TestServer, TestServer];
    copy.copyDiskOf(a);
    copy.start('a');
    await world.pass(200);
    for (const { connection } of [a, copy]) connection.cut();
    await world.pass(LOOK_MS + 3000);
    for (const { connection } of [a, copy]) connection.heal();
    await world.pass(10_000);
    expect(copy.stopped?.exitCode).toBe(2);
    expect([a.state, a.stopped]).toEqual(['live', null]);
  });

  it('of two servers with the data and the name of a dead one, one goes on', async () => {
    const world = await worldOf(['a', 'copy'], { running: 1 });
    const [a, copy] = pick(world, 'a', 'copy') as [TestServer, TestServer];
    a.crash();
    copy.copyDiskOf(a);
    copy.start('a');
    a.start();
    await world.pass(4 * LOOK_MS);
    const outcomes = [a, copy].map(({ state, stopped }) => stopped?.exitCode ?? state);
    expect(outcomes.sort()).toEqual([2, 'live']);
  });

  it('what a killed server had appended, and arrives late, is not taken for a namesake', async () => {
    const world = await worldOf(['a'], { running: 1 });
    const [a] = pick(world, 'a') as [TestServer];
    const { epoch } = a.sequencer;
    a.crash();
    a.start();
    await world.pass(300);
    const late = { kind: 'batch', v: 1, node: 'a', epoch, proposals: [] } as const;
    world.push({ ...late, n: 1 });
    await world.pass(300);
    world.push({ ...late, n: 2 });
    await world.until(() => a.state === 'live', 3 * LOOK_MS);
    expect(a.stopped).toBeNull();
  });

  it('a server with another setting is refused, and the setting is named', async () => {
    const world = await worldOf(['a', 'b'], { running: 1, settings: differing });
    const [a, b] = pick(world, 'a', 'b') as [TestServer, TestServer];
    b.start();
    await world.pass(4000);
    expect(b.stopped).toEqual({
      exitCode: 2,
      sentence: 'PRESENCE_LIMIT is b on b and a on a: set the same on every server',
    });
    expect(a.states).toEqual(['live']);
  });

  it('a server with another setting than dead ones has joins when these are fenced', async () => {
    const world = await worldOf(['a', 'b'], { running: 1, settings: differing });
    const [a, b] = pick(world, 'a', 'b') as [TestServer, TestServer];
    a.crash();
    b.start();
    await world.pass(OVER_MS - 1000);
    expect([b.state, b.stopped]).toEqual(['joining', null]);
    await world.until(() => b.state === 'live', 5000);
  });

  it('the first server brings its data in, a copy of it joins, and other data is refused', async () => {
    const world = await worldOf(['a', 'b', 'c', 'd'], {
      running: 1,
      data: () => ({ isEmpty: false, lastId: 7, lastAt: 0 }),
    });
    const [a, b, c] = pick(world, 'a', 'b', 'c') as [TestServer, TestServer, TestServer];
    say(a, 'first');
    await world.pass(500);
    expect(a.acknowledged.map(({ id }) => id)).toEqual([8]);
    b.copyDiskOf(a);
    b.start();
    c.start();
    await world.pass(3000);
    expect(b.state).toBe('live');
    expect(c.stopped?.exitCode).toBe(4);
    expect(c.stopped?.sentence).toContain('partyline backup');
  });

  it('a server that crashes before its first entry comes back brings the same data in again', async () => {
    const world = await worldOf(['a'], {
      running: 0,
      data: () => ({ isEmpty: false, lastId: 7, lastAt: 0 }),
    });
    const [a] = pick(world, 'a') as [TestServer];
    world.log.faults = { doubled: 0, dropped: 0, misread: 0, maxDelayMs: 2000 };
    a.start();
    await world.until(() => world.log.last > 0);
    a.crash();
    a.start();
    await world.until(() => a.state === 'live', 60_000);
    expect(a.stopped).toBeNull();
  });
});

describe('the pace', () => {
  it('the proposals of one turn leave in one batch, and two batches travel at most', async () => {
    const world = await worldOf(['a']);
    const [a] = pick(world, 'a') as [TestServer];
    a.connection.cut('reader');
    for (const turn of [3, 4, 5, 6]) {
      for (let count = 0; count < turn; count++) say(a, `turn ${turn} text ${count}`);
      await world.pass(10, 10);
    }
    expect(batchesOf(world).map(({ proposals }) => proposals.length)).toEqual([3, 4]);
    expect(a.sequencer.status().unsettled).toBe(18);
    a.connection.heal();
    await world.pass(200);
    expect(batchesOf(world).map(({ proposals }) => proposals.length)).toEqual([3, 4, 11]);
    expect(a.sequencer.status().unsettled).toBe(0);
    expect(textsOf(a)).toHaveLength(18);
  });

  it('a batch has at most 500 proposals and 256 KiB', async () => {
    const world = await worldOf(['a']);
    const [a] = pick(world, 'a') as [TestServer];
    for (let count = 0; count < 1200; count++) say(a, 'short');
    for (let count = 0; count < 10; count++) say(a, 'x'.repeat(100_000));
    say(a, 'y'.repeat(300_000));
    await world.pass(1000);
    const batches = batchesOf(world);
    expect(batches.map(({ proposals }) => proposals.length)).toEqual([500, 500, 202, 2, 2, 2, 2, 1]);
    expect(textsOf(a)).toHaveLength(1211);
  });

  it('what does not come back is appended again under its number, ever less often, and settles once', async () => {
    const world = await worldOf(['a', 'b']);
    const [a, b] = pick(world, 'a', 'b') as [TestServer, TestServer];
    a.connection.cut('writer');
    say(a, 'one');
    await world.pass(10);
    say(a, 'two');
    await world.pass(2400);
    const { resentTotal } = a.sequencer.status();
    expect(resentTotal).toBe(6);
    a.connection.heal();
    await world.pass(3000);
    expect(textsOf(a)).toEqual(['one', 'two']);
    expect(textsOf(b)).toEqual(['one', 'two']);
    expect(batchesOf(world).map(({ n }) => n)).toEqual([1, 2]);
  });

  it('a batch after a lost one makes both be appended again at once', async () => {
    const world = await worldOf(['a']);
    const [a] = pick(world, 'a') as [TestServer];
    a.connection.cut('writer');
    say(a, 'one');
    await world.pass(100);
    a.connection.heal();
    say(a, 'two');
    await world.pass(100);
    expect(textsOf(a)).toEqual(['one', 'two']);
    expect(batchesOf(world).map(({ n }) => n)).toEqual([2, 1, 2]);
  });

  it('nothing settles while a commit is under way, and a slow disk is not taken for a cut', async () => {
    const world = await worldOf(['a', 'b']);
    const [a, b] = pick(world, 'a', 'b') as [TestServer, TestServer];
    b.isDiskHeld = true;
    for (let count = 0; count < 10; count++) {
      say(a, `text ${count}`);
      await world.pass(1000);
    }
    expect(textsOf(b)).toEqual(['text 0']);
    expect([a.state, b.state]).toEqual(['live', 'live']);
    b.releaseDisk();
    await world.pass(200);
    expect(textsOf(b)).toHaveLength(10);
    expect(world.violations).toEqual([]);
  });

  it('what a session of a former run proposes is dropped', async () => {
    const world = await worldOf(['a']);
    const [a] = pick(world, 'a') as [TestServer];
    const former = { node: 'a', epoch: a.sequencer.epoch, no: 1 };
    world.push({
      kind: 'fence',
      node: 'a',
      epoch: 1,
      lastN: 0,
      seen: world.replay(noop).node('a')?.lastSeq ?? 0,
    });
    await world.until(() => a.sequencer.epoch > 1, 5000);
    a.sequencer.submit(sayOf(former, 'late'));
    say(a, 'now');
    await world.pass(500);
    expect(textsOf(a)).toEqual(['now']);
    expect(a.states).toEqual(['live', 'fenced', 'joining', 'live']);
  });
});

describe('a partition', () => {
  it('a server whose entries do not come back is cut off after a quarter of the lease, and live once they do', async () => {
    for (const what of ['reader', 'writer', 'both'] as const) {
      const world = await worldOf(['a', 'b']);
      const [a, b] = pick(world, 'a', 'b') as [TestServer, TestServer];
      await world.pass(5000);
      a.connection.cut(what);
      await world.pass(CUT_MS - 1100);
      expect(a.state).toBe('live');
      await world.pass(1600);
      expect(a.state).toBe('cut');
      await world.pass(1000);
      expect(b.sequencer.status().nodes[0]).toMatchObject({ state: what === 'reader' ? 'live' : 'cut' });
      a.connection.heal();
      await world.pass(1600);
      expect([a.state, b.state]).toEqual(['live', 'live']);
      expect(a.states).toEqual(['live', 'cut', 'live']);
    }
  });

  it('what was proposed before a cut settles when the connection is back', async () => {
    const world = await worldOf(['a', 'b']);
    const [a, b] = pick(world, 'a', 'b') as [TestServer, TestServer];
    a.connection.cut();
    say(a, 'in flight');
    await world.pass(10_000);
    expect(textsOf(b)).toEqual([]);
    a.connection.heal();
    await world.pass(3000);
    expect(textsOf(a)).toEqual(['in flight']);
    expect(a.acknowledged).toHaveLength(1);
  });

  it('a run is over after 5/3 of the lease, here and for the others, and another one begins', async () => {
    const world = await worldOf(['a', 'b', 'c']);
    const [a, b, c] = pick(world, 'a', 'b', 'c') as [TestServer, TestServer, TestServer];
    a.submit((session) => loginOf(session, 'zoe'));
    await world.pass(1000);
    a.connection.cut();
    await world.pass(OVER_MS - 1100);
    expect(a.state).toBe('cut');
    expect(namesOf(b)).toEqual(['zoe']);
    await world.pass(3000);
    expect(a.states).toEqual(['live', 'cut', 'fenced', 'joining']);
    expect([namesOf(b), namesOf(c)]).toEqual([[], []]);
    expect(b.sequencer.status()).toMatchObject({ fencedTotal: 1, nodes: [{ state: 'fenced' }, {}, {}] });
    const ended = 'a gave no sign of life for too long: its users are disconnected';
    expect([a, b, c].map(({ warnings }) => warnings)).toEqual([[], [ended], [ended]]);
    a.connection.heal();
    await world.until(() => a.state === 'live', 6000);
    say(a, 'back');
    await world.pass(500);
    expect([a, b, c].map(textsOf)).toEqual([['back'], ['back'], ['back']]);
    expect(world.servers.flatMap(({ machine }) => (machine as ToyHub).violations)).toEqual([]);
  });

  it('a server that can only write ends its sessions for the others when its run is over', async () => {
    const world = await worldOf(['a', 'b']);
    const [a, b] = pick(world, 'a', 'b') as [TestServer, TestServer];
    a.submit((session) => loginOf(session, 'zoe'));
    await world.pass(1000);
    a.connection.cut('reader');
    await world.pass(OVER_MS + 2000);
    expect(a.state).toBe('joining');
    expect(namesOf(b)).toEqual([]);
    expect(b.sequencer.status().fencedTotal).toBe(0);
  });

  it('a process that was stopped for long finds its run ended, and ends none of the others', async () => {
    const world = await worldOf(['a', 'b', 'c']);
    const [a, b, c] = pick(world, 'a', 'b', 'c') as [TestServer, TestServer, TestServer];
    a.submit((session) => loginOf(session, 'zoe'));
    await world.pass(1000);
    a.pause();
    say(b, 'meanwhile');
    await world.pass(2 * OVER_MS);
    expect(namesOf(b)).toEqual([]);
    a.resume();
    await world.until(() => a.states.includes('fenced') && a.state === 'live', 10_000);
    expect([b.states, c.states]).toEqual([['live'], ['live']]);
    expect(textsOf(a)).toEqual(['meanwhile']);
    expect(world.violations).toEqual([]);
  });

  it('while the log stands still, no server is fenced', async () => {
    const world = await worldOf(['a', 'b', 'c']);
    for (const { connection } of world.servers) connection.cut();
    await world.pass(OVER_MS - 1000);
    for (const { connection } of world.servers) connection.heal();
    await world.pass(5000);
    for (const { state, sequencer } of world.servers) {
      expect(state).toBe('live');
      expect(sequencer.status().fencedTotal).toBe(0);
    }
    for (const { states } of world.servers) expect(states).toEqual(['live', 'cut', 'live']);
  });
});

describe('leaving', () => {
  it('a server that stops settles what it proposed, and ends its sessions for the others at once', async () => {
    const world = await worldOf(['a', 'b']);
    const [a, b] = pick(world, 'a', 'b') as [TestServer, TestServer];
    a.submit((session) => loginOf(session, 'zoe'));
    await world.pass(200);
    for (let count = 0; count < 1500; count++) say(a, `text ${count}`);
    let isStopped = false;
    void a.sequencer.stop(5000).then(() => (isStopped = true));
    await world.pass(300);
    expect(isStopped).toBe(true);
    expect(a.acknowledged.filter(({ proposal }) => proposal.kind === 'say')).toHaveLength(1500);
    expect(textsOf(b)).toHaveLength(1500);
    expect(namesOf(b)).toEqual([]);
    expect(b.sequencer.status().nodes.map(({ name, state }) => [name, state])).toEqual([
      ['a', 'left'],
      ['b', 'live'],
    ]);
    a.crash();
    expect(a.storedPosition).toBeGreaterThan(3);
    a.start();
    await world.until(() => a.state === 'live', 1000);
    expect(a.machine.save()).toBe(b.machine.save());
  });

  it('a server that is cut off gives up leaving after a while', async () => {
    const world = await worldOf(['a']);
    const [a] = pick(world, 'a') as [TestServer];
    a.connection.cut();
    let isStopped = false;
    void a.sequencer.stop(5000).then(() => (isStopped = true));
    await world.pass(4900);
    expect(isStopped).toBe(false);
    await world.pass(300);
    expect(isStopped).toBe(true);
    expect(a.stopped).toBeNull();
  });

  it('a server leaves nothing running', async () => {
    const world = await worldOf(['a']);
    const [a] = pick(world, 'a') as [TestServer];
    say(a, 'text');
    void a.sequencer.stop(5000);
    await world.pass(10_000);
    expect(world.clock.alarms).toBe(0);
  });

  it('the live server with the lowest name alone proposes what is forgotten', async () => {
    const world = await worldOf(['b', 'a']);
    const [a, b] = pick(world, 'a', 'b') as [TestServer, TestServer];
    for (const { sequencer } of [a, b]) sequencer.proposeForget('messages', 100);
    await world.pass(500);
    expect(entriesOf(world).filter(({ kind }) => kind === 'forget')).toHaveLength(1);
    expect(a.machine.save()).toContain('messages 100');
    expect(b.machine.save()).toBe(a.machine.save());
  });
});

describe('another log', () => {
  const ended = (server: TestServer) => ({
    exitCode: server.stopped?.exitCode,
    sentence: server.stopped?.sentence,
  });

  it('a server stops when the log has lost entries that it settled', async () => {
    const world = await worldOf(['a', 'b']);
    const [a] = pick(world, 'a') as [TestServer];
    say(a, 'lost');
    await world.pass(1000);
    for (const { connection } of world.servers) connection.cut();
    world.log.loseTail(5);
    for (const { connection } of world.servers) connection.heal();
    await world.pass(LEASE_MS + 5000);
    expect(ended(a).exitCode).toBe(4);
    expect(ended(a).sentence).toContain('partyline cluster adopt');
  });

  it('a server does not start on a log that is shorter, has another id, or lost what it needs', async () => {
    const damages: readonly (readonly [string, (world: ClusterWorld) => void])[] = [
      ['lost entries', (world) => world.log.loseTail(5)],
      ['is another one', (world) => (world.log.id = 'log-2')],
      ['begins at entry', (world) => (world.log.discardedUpTo = world.log.last)],
      [
        'has another entry',
        (world) => {
          world.log.loseTail(5);
          for (let count = 0; count < 20; count++) world.log.push(Buffer.from('{}'));
        },
      ],
    ];
    for (const [words, damage] of damages) {
      const world = await worldOf(['a', 'b']);
      const [a, b] = pick(world, 'a', 'b') as [TestServer, TestServer];
      say(b, 'text');
      await world.pass(500);
      a.crash();
      await world.pass(1000);
      b.crash();
      await world.pass(1000);
      damage(world);
      a.start();
      await world.pass(5000);
      expect(ended(a)).toMatchObject({ exitCode: 4 });
      expect(ended(a).sentence).toContain(words);
      expect(ended(a).sentence).toContain('partyline backup');
      expect(a.states).toEqual(['live']);
    }
  });

  it('a server whose stored state is damaged does not start', async () => {
    const world = await worldOf(['a']);
    const [a] = pick(world, 'a') as [TestServer];
    a.crash();
    for (const damage of ['', '{', 'null', '[]', '{"nodes":4}']) {
      a.changeDisk(() => damage);
      a.start();
      await world.pass(500);
      expect(ended(a)).toMatchObject({ exitCode: 4, sentence: expect.stringContaining('is damaged') });
    }
  });

  it('a server that has everything before the first entry of the log goes on', async () => {
    const world = await worldOf(['a']);
    const [a] = pick(world, 'a') as [TestServer];
    say(a, 'text');
    await world.pass(500);
    a.crash();
    await world.pass(500);
    world.log.discardedUpTo = a.storedPosition;
    a.start();
    await world.until(() => a.state === 'live', 3000);
    expect(textsOf(a)).toEqual(['text']);
  });

  it('an entry of a newer version stops the server, and what was before it is stored', async () => {
    const world = await worldOf(['a']);
    const [a] = pick(world, 'a') as [TestServer];
    say(a, 'text');
    await world.pass(500);
    const { last } = world.log;
    world.log.push(Buffer.from('{"kind":"snapshot","node":"a","epoch":1}'));
    await world.pass(500);
    expect(ended(a).exitCode).toBe(4);
    expect(ended(a).sentence).toContain('upgrade partyline');
    expect(a.storedPosition).toBeLessThanOrEqual(last);
  });

  it('a malformed entry is skipped and reported', async () => {
    const world = await worldOf(['a', 'b']);
    world.log.push(Buffer.from('not an entry'));
    await world.pass(500);
    for (const { warnings, state } of world.servers) {
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain('is malformed');
      expect(state).toBe('live');
    }
  });

  it('with a key, nothing readable is in the log, and a server without it or with another one is refused', async () => {
    const seal = new Seal(randomBytes(32));
    const world = await worldOf(['a', 'b', 'c'], { running: 1, seal });
    const [a, b, c] = pick(world, 'a', 'b', 'c') as [TestServer, TestServer, TestServer];
    say(a, 'a secret text');
    await world.pass(500);
    expect(textsOf(a)).toEqual(['a secret text']);
    for (let seq = 1; seq <= world.log.last; seq++)
      expect(Buffer.from(world.log.entry(seq)?.bytes ?? []).toString('latin1')).not.toMatch(
        /secret|alive|node/,
      );
    b.seal = new Seal(null);
    b.start();
    c.seal = new Seal(randomBytes(32));
    c.start();
    await world.pass(1000);
    expect(ended(b)).toMatchObject({
      exitCode: 2,
      sentence: expect.stringContaining('set CLUSTER_KEY_FILE'),
    });
    expect(ended(c)).toMatchObject({ exitCode: 2, sentence: expect.stringContaining('another key') });
    a.crash();
    a.seal = new Seal(null);
    a.start();
    await world.pass(500);
    expect(ended(a).exitCode).toBe(2);
  });
});

describe('hashes', () => {
  const spoil = (state: string) => state.replace(/"hash":"..../, '"hash":"ffff');

  it('of three servers, the one whose state differs stops, and the others go on', async () => {
    const world = await worldOf(['a', 'b', 'c']);
    const [a, b, c] = pick(world, 'a', 'b', 'c') as [TestServer, TestServer, TestServer];
    say(a, 'text');
    await world.pass(2000);
    a.crash();
    a.changeDisk(spoil);
    a.start();
    await world.pass(5000);
    expect(a.stopped?.exitCode).toBe(4);
    expect(a.stopped?.sentence).toContain('differs from that of');
    expect([b.stopped, c.stopped]).toEqual([null, null]);
    // It finds out while it reads what it missed.
    expect(a.states).toEqual(['live']);
    expect([b.state, c.state]).toEqual(['live', 'live']);
  });

  it('of two servers, the one with the older run goes on', async () => {
    const world = await worldOf(['a', 'b']);
    const [a, b] = pick(world, 'a', 'b') as [TestServer, TestServer];
    say(a, 'text');
    await world.pass(2000);
    a.crash();
    a.changeDisk(spoil);
    a.start();
    await world.pass(5000);
    expect(a.stopped?.exitCode).toBe(4);
    expect([b.stopped, b.state]).toEqual([null, 'live']);
  });
});

function say(server: TestServer, text: string): void {
  if (!server.submit((session) => sayOf(session, text))) throw new Error(`${server.name} is ${server.state}`);
}

function textsOf({ machine }: TestServer): readonly string[] {
  return (machine as ToyHub).messages.map(([, , text]) => text);
}

function namesOf({ machine }: TestServer): readonly string[] {
  return (machine as ToyHub).names;
}

function entriesOf(world: ClusterWorld): readonly LogEntry[] {
  const entries: LogEntry[] = [];
  for (let seq = 1; seq <= world.log.last; seq++) {
    const read = decode(world.log.entry(seq)?.bytes ?? new Uint8Array(), world.seal, world.log.id);
    if (read.kind === 'entry') entries.push(read.entry);
  }
  return entries;
}

function batchesOf(world: ClusterWorld): readonly Extract<LogEntry, { kind: 'batch' }>[] {
  return entriesOf(world).flatMap((entry) => (entry.kind === 'batch' ? [entry] : []));
}

function differing(name: string): Readonly<Record<string, string>> {
  return { PRESENCE_LIMIT: name };
}

function noop(): void {}
