/**
 * Several servers, random proposals, and everything that an engine and machines may do to them: afterwards all servers
 * are equal, and everything that was acknowledged was settled exactly once. With one of the rules left out, it is not.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rules } from '../../src/cluster/rules.js';
import { ClusterWorld, type TestServer, type WorldOptions } from './cluster-world.js';
import { loginOf, sayOf } from './proposals.js';
import { ToyHub } from './toy-hub.js';

const NAMES = ['a', 'b', 'c', 'd'];
const TIMEOUT_MS = 120_000;

type Step =
  | { readonly kind: 'say'; readonly index: number; readonly count: number }
  | {
      readonly kind: 'login' | 'end' | 'crash' | 'start' | 'pause' | 'resume' | 'stop' | 'forget' | 'command';
      readonly index: number;
    }
  | { readonly kind: 'cut'; readonly index: number; readonly what: 'reader' | 'writer' | 'both' }
  | { readonly kind: 'heal'; readonly index: number }
  | { readonly kind: 'fence'; readonly index: number; readonly isTrue: boolean }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'clock'; readonly offsetMs: number };

const index = fc.nat({ max: NAMES.length - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant('say' as const), index, count: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('login' as const, 'end' as const), index }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        ...(['crash', 'start', 'start', 'pause', 'resume', 'resume', 'stop', 'forget', 'command'] as const),
      ),
      index,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('cut' as const),
      index,
      what: fc.constantFrom('reader' as const, 'writer' as const, 'both' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('heal' as const), index }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('fence' as const), index, isTrue: fc.boolean() }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.oneof(
        { weight: 8, arbitrary: fc.integer({ min: 1, max: 400 }) },
        { weight: 2, arbitrary: fc.integer({ min: 400, max: 5000 }) },
        { weight: 1, arbitrary: fc.integer({ min: 5000, max: 30_000 }) },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('clock' as const),
      offsetMs: fc.constantFrom(0, -3_600_000, 3_600_000, -5000),
    }),
  },
);

const rate = fc.constantFrom(0, 0.1, 0.3);
const scenario = fc.record({
  seed: fc.nat(),
  count: fc.integer({ min: 2, max: 4 }),
  doubled: rate,
  dropped: rate,
  misread: fc.constantFrom(0, 0.1),
  maxDelayMs: fc.constantFrom(0, 30, 400),
  maxCommitMs: fc.constantFrom(0, 20, 500),
  steps: fc.array(step, { maxLength: 60, size: 'max' }),
});

type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

/** Runs a scenario and returns everything that is wrong afterwards. */
async function run(
  { seed, count, maxCommitMs, steps, ...faults }: Scenario,
  rules?: WorldOptions['rules'],
): Promise<readonly string[]> {
  const hubs: ToyHub[] = [];
  const world = new ClusterWorld({
    seed,
    names: NAMES.slice(0, count),
    maxCommitMs,
    make: (saved) => {
      const hub = new ToyHub(saved);
      hubs.push(hub);
      return hub;
    },
    ...(rules === undefined ? {} : { rules }),
  });
  for (const server of world.servers) server.start();
  await world.until(() => world.servers.every(({ state }) => state === 'live'));
  world.log.faults = faults;
  /** Everything that was proposed: its text, and the run of its server. */
  const proposed: { readonly text: string; readonly server: TestServer; readonly epoch: number }[] = [];
  const say = (server: TestServer) => {
    const text = `text ${proposed.length}`;
    const { epoch } = server.sequencer;
    if (server.submit((session) => sayOf(session, text))) proposed.push({ text, server, epoch });
  };
  /** The targets of commands, and whether each was told that it is done. */
  const commands = new Map<string, boolean>();
  const command = (server: TestServer) => {
    const target = `target ${commands.size}`;
    commands.set(target, false);
    server.command({ kind: 'ban-changed', target }).then(
      () => commands.set(target, true),
      () => {},
    );
  };
  for (const step of steps) await perform(step, world, say, command);
  await world.calm();
  for (const server of world.servers) say(server);
  await world.calm();
  await world.pass(2000);

  const wrong = [...world.violations, ...hubs.flatMap(({ violations }) => violations)];
  for (const { name, stopped } of world.servers)
    if (stopped !== null) wrong.push(`${name} stopped: ${stopped.sentence}`);
  const [saved = '', ...others] = world.servers.map(({ machine }) => machine.save());
  if (others.some((other) => other !== saved)) wrong.push('the servers differ');
  if (rules === undefined && saved !== replayed(world))
    wrong.push('the servers differ from the settled entries');

  const { bans } = new ToyHub(saved);
  for (const [target, isDone] of commands) {
    const count = bans.filter((ban) => ban === target).length;
    if (count > 1 || (isDone && count !== 1)) wrong.push(`the change of a command settled ${count} times`);
  }
  const ids = new Map<string, number>();
  for (const [id, , text] of new ToyHub(saved).messages) {
    if (ids.has(text)) wrong.push(`${text} was settled twice`);
    ids.set(text, id);
  }
  for (const { name, acknowledged } of world.servers)
    for (const { id, proposal } of acknowledged)
      if (proposal.kind === 'say' && ids.get(proposal.texts[0] ?? '') !== id)
        wrong.push(`${name} acknowledged ${proposal.texts[0]} with the id ${id}`);
  for (const { text, server, epoch } of proposed)
    if (server.sequencer.epoch === epoch && !ids.has(text)) wrong.push(`${text} was lost in a live run`);
  return wrong;
}

/** One hub, fed with what the rules settle. */
function replayed(world: ClusterWorld): string {
  const hub = new ToyHub();
  world.replay((verdict) => {
    if (verdict.kind === 'settled') for (const entry of verdict.entries) hub.settle(entry);
    if (verdict.kind === 'forget') hub.forget(verdict.table, verdict.upTo);
    if (verdict.kind === 'ended') hub.endSessions(verdict.node, verdict.epoch);
    if (verdict.kind === 'up' && verdict.ended !== null) hub.endSessions(verdict.node, verdict.ended);
  });
  return hub.save();
}

async function perform(
  step: Step,
  world: ClusterWorld,
  say: (server: TestServer) => void,
  command: (server: TestServer) => void,
): Promise<void> {
  const { servers } = world;
  if (step.kind === 'pass') {
    await world.pass(step.ms);
    return;
  }
  if (step.kind === 'clock') {
    world.log.stampOffsetMs = step.offsetMs;
    return;
  }
  const server = servers[step.index % servers.length];
  if (server === undefined) return;
  switch (step.kind) {
    case 'say':
      for (let count = 0; count < step.count; count++) say(server);
      return;
    case 'login':
      server.submit((session) => loginOf(session, `user${step.index}`), step.index);
      return;
    case 'end':
      server.submit(
        (session) => ({ kind: 'end', session, why: 'quit', readId: null, reason: '' }),
        step.index,
      );
      return;
    case 'forget':
      server.sequencer.proposeForget('messages', world.log.last);
      return;
    case 'command':
      command(server);
      return;
    case 'crash':
      server.crash();
      return;
    case 'start':
      if (!server.isRunning) server.start();
      return;
    case 'pause':
      server.pause();
      return;
    case 'resume':
      server.resume();
      return;
    case 'stop': {
      if (!server.isRunning) return;
      let isDone = false;
      void server.sequencer.stop(3000).then(() => (isDone = true));
      for (let passed = 0; passed < 4000 && !isDone; passed += 50) await world.pass(50);
      server.crash();
      return;
    }
    case 'cut':
      if (server.isRunning) server.connection.cut(step.what);
      return;
    case 'heal':
      server.connection.heal();
      return;
    case 'fence': {
      const node = world.replay(() => {}).node(server.name);
      if (node === undefined) return;
      const { name, epoch, lastN, lastSeq } = node;
      world.push({ kind: 'fence', node: name, epoch, lastN, seen: step.isTrue ? lastSeq : lastSeq - 1 });
      return;
    }
    default:
      step satisfies never;
  }
}

class WithoutCounter extends Rules {
  protected override follows(): boolean {
    return true;
  }
}

class WithoutEpoch extends Rules {
  protected override isCurrent(): boolean {
    return true;
  }
}

class WithoutNonce extends Rules {
  protected override isNewRun(): boolean {
    return true;
  }
}

describe('a cluster', () => {
  it(
    'all servers are equal, and what was acknowledged is settled once, whatever happens',
    { timeout: TIMEOUT_MS },
    async () => {
      await fc.assert(
        fc.asyncProperty(scenario, async (chosen) => {
          expect(await run(chosen)).toEqual([]);
        }),
        { numRuns: 150 },
      );
    },
  );

  it.each([
    ['counter', WithoutCounter],
    ['epoch', WithoutEpoch],
    ['nonce', WithoutNonce],
  ])('without the rule of the %s it is not so', { timeout: TIMEOUT_MS }, async (_name, rules) => {
    const property = fc.asyncProperty(scenario, async (chosen) => {
      const wrong = await run(chosen, rules).catch((error: unknown) => [String(error)]);
      return wrong.length === 0;
    });
    const { failed } = await fc.check(property, { numRuns: 200, endOnFailure: true });
    expect(failed).toBe(true);
  });
});
