/**
 * Whole hubs of several servers over a log that doubles, drops, delays and reorders appends, while servers crash, freeze
 * and are cut off: afterwards all have the same state, that of one hub which settles the same entries, and every answer
 * that a client got is true.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Rules } from '../../src/cluster/rules.js';
import { passwordOf } from '../support/world.js';
import { filledIn, filledInIrc, RANDOM_COMMANDS, RANDOM_IRC_COMMANDS } from '../support/random-commands.js';
import { ManualClock } from '../support/manual-clock.js';
import { ClusterWorld, type TestServer, type WorldOptions } from './cluster-world.js';
import { RealHub } from './real-hub.js';
import { type Login, User } from './user.js';

const NAMES = ['a', 'b', 'c', 'd'];
const LOGINS: readonly Login[] = [
  { name: 'ann', dialect: 'lines' },
  { name: 'bob', dialect: 'lines' },
  { name: 'ivy', dialect: 'irc' },
  { name: 'İbo', dialect: 'lines' },
  { name: 'reg', dialect: 'lines', account: 'reg' },
  { name: 'ike', dialect: 'irc', account: 'opal' },
  { name: 'opal', dialect: 'lines', account: 'opal' },
  { name: 'fay', dialect: 'irc', account: 'fay' },
];
const CLIENTS = LOGINS.length;
const REGISTERED = ['reg', 'opal', 'fay'];
const TIMEOUT_MS = 240_000;

type Step =
  | {
      readonly kind: 'line';
      readonly index: number;
      readonly line: string;
      readonly irc: string;
      readonly pick: number;
    }
  | { readonly kind: 'say'; readonly index: number; readonly count: number }
  | { readonly kind: 'post'; readonly index: number; readonly pick: number }
  | { readonly kind: 'forget'; readonly index: number; readonly ageMs: number }
  | {
      readonly kind: 'connect' | 'vanish' | 'crash' | 'start' | 'pause' | 'resume' | 'heal' | 'stop';
      readonly index: number;
    }
  | { readonly kind: 'cut'; readonly index: number; readonly what: 'reader' | 'writer' | 'both' }
  | { readonly kind: 'fence'; readonly index: number; readonly isTrue: boolean }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'clock'; readonly offsetMs: number };

const index = fc.nat({ max: CLIENTS - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant('line' as const),
      index,
      // Each message has a text of its own: see `say`.
      line: fc.constantFrom(...RANDOM_COMMANDS.filter((line) => !/^(?:MSG|PING|TAGS)/.test(line))),
      irc: fc.constantFrom(...RANDOM_IRC_COMMANDS),
      pick: fc.nat({ max: 1000 }),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant('say' as const), index, count: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('post' as const), index, pick: fc.nat({ max: 1000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('forget' as const), index, ageMs: fc.nat({ max: 3000 }) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        ...(['connect', 'connect', 'connect', 'vanish', 'crash', 'start', 'start'] as const),
        ...(['pause', 'resume', 'resume', 'heal', 'heal', 'stop'] as const),
      ),
      index,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('cut' as const),
      index,
      what: fc.constantFrom('reader' as const, 'writer' as const, 'both' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fence' as const), index, isTrue: fc.boolean() }) },
  {
    weight: 14,
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
  presenceLimit: fc.constantFrom(0, 4),
  doubled: rate,
  dropped: rate,
  misread: fc.constantFrom(0, 0.1),
  maxDelayMs: fc.constantFrom(0, 30, 400),
  maxCommitMs: fc.constantFrom(0, 20, 500),
  steps: fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }),
});

type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

/** What clients were told of the messages, by their texts. */
class Ledger {
  lastNumber = 0;
  readonly stored = new Map<string, number>();
  readonly refused = new Set<string>();
  readonly seen = new Set<string>();
  answers = 0;

  read(output: string): void {
    for (const line of output.split('\n')) {
      const [, label] = /^@label=(m\d+)\b/.exec(line) ?? [];
      const [, id] = /^@label=m\d+;id=(\d+);\S* OK$/.exec(line) ?? [];
      const [, text] = / MSG \S+ (m\d+)$/.exec(line) ?? [];
      if (text !== undefined) this.seen.add(text);
      if (label === undefined) continue;
      this.answers++;
      if (id !== undefined) this.stored.set(label, Number(id));
      else if (line.includes(' ERR ')) this.refused.add(label);
    }
  }

  /** What is wrong, compared with the messages that are stored. */
  faults(hub: RealHub): string[] {
    const ids = new Map<string, number>();
    const wrong: string[] = [];
    for (const { id, text } of hub.messages) {
      if (!/^m\d+$/.test(text)) continue;
      if (ids.has(text)) wrong.push(`${text} is stored twice`);
      ids.set(text, id);
    }
    for (const [text, id] of this.stored)
      if (ids.get(text) !== id)
        wrong.push(`${text} was acknowledged with the id ${id}, not ${ids.get(text)}`);
    for (const text of this.refused) if (ids.has(text)) wrong.push(`${text} was refused and is stored`);
    for (const text of this.seen) if (!ids.has(text)) wrong.push(`${text} was seen and is not stored`);
    return wrong;
  }
}

/** Runs a scenario and returns everything that is wrong afterwards. */
async function run(
  { seed, count, presenceLimit, maxCommitMs, steps, ...faults }: Scenario,
  ledger: Ledger,
  rules?: WorldOptions['rules'],
) {
  const hubs: RealHub[] = [];
  const make = (saved: string | null, clock: ManualClock) => {
    const hub = new RealHub({ clock, presenceLimit, saved: saved ?? SEED });
    hubs.push(hub);
    return hub;
  };
  const options = { seed, names: NAMES.slice(0, count), maxCommitMs, make };
  const world = new ClusterWorld(rules === undefined ? options : { ...options, rules });
  const { servers } = world;
  for (const server of servers) server.start();
  await world.until(() => servers.every(({ state }) => state === 'live'));
  world.log.faults = faults;
  const users = LOGINS.map((login, number) => {
    const server = servers[number % count] as TestServer;
    return new User(server, login, `10.0.0.${number % count}`);
  });
  const listen = () => {
    for (const user of users) ledger.read(user.read());
  };
  for (const user of users) user.connect();
  await world.pass(500);
  for (const one of steps) {
    await perform(one, world, users, ledger);
    listen();
  }
  await world.calm();
  for (const user of users) user.connect();
  await world.pass(3000);
  for (const user of users) say(user, ledger);
  await world.calm();
  await world.pass(3000);
  listen();

  const wrong = [...world.violations, ...hubs.flatMap(({ errors }) => errors.map(String))];
  for (const { name, stopped } of servers)
    if (stopped !== null) wrong.push(`${name} stopped: ${stopped.sentence}`);
  const running = servers.map(({ machine }) => machine as RealHub);
  const [first = '', ...others] = running.map((hub) => hub.comparable());
  for (const other of others) if (other !== first) wrong.push(difference(first, other));
  const judge = replayed(world, make(null, new ManualClock()));
  if (judge !== first) wrong.push(`the settled entries give another state: ${difference(first, judge)}`);
  return [...wrong, ...running.flatMap((hub) => ledger.faults(hub))];
}

/** One hub, fed with what the rules settle. */
function replayed(world: ClusterWorld, hub: RealHub): string {
  world.replay((verdict) => {
    if (verdict.kind === 'settled') for (const entry of verdict.entries) hub.settle(entry);
    if (verdict.kind === 'forget') hub.forget(verdict.table, verdict.upTo);
    if (verdict.kind === 'ended') hub.endSessions(verdict.node, verdict.epoch, verdict.at);
    if (verdict.kind === 'up' && verdict.ended !== null)
      hub.endSessions(verdict.node, verdict.ended, verdict.at);
  });
  return hub.comparable();
}

/** Where two states differ. */
function difference(one: string, other: string): string {
  const at = [...one].findIndex((character, index) => character !== other[index]);
  return `servers differ: …${one.slice(Math.max(0, at - 80), at + 80)}… and …${other.slice(Math.max(0, at - 80), at + 80)}…`;
}

function say(user: User, ledger: Ledger): void {
  const text = `m${++ledger.lastNumber}`;
  if (user.login.dialect === 'irc') user.send(`PRIVMSG #lobby :${text}\r\n`);
  else user.send(`@label=${text} MSG ${text}\n`);
}

async function perform(one: Step, world: ClusterWorld, users: readonly User[], ledger: Ledger) {
  const { servers } = world;
  if (one.kind === 'pass') {
    await world.pass(one.ms);
    return;
  }
  if (one.kind === 'clock') {
    world.log.stampOffsetMs = one.offsetMs;
    return;
  }
  const user = users[one.index];
  const server = servers[one.index % servers.length];
  if (server === undefined || user === undefined) return;
  switch (one.kind) {
    case 'line':
      if (user.login.dialect === 'irc') user.send(`${filledInIrc(one.irc, one.pick)}\r\n`);
      else user.send(`${filledIn(one.line, one.pick)}\n`);
      return;
    case 'say':
      for (let count = 0; count < one.count; count++) say(user, ledger);
      return;
    case 'post':
      if (server.isRunning && !server.isPaused) (server.machine as RealHub).post(filledIn('#', one.pick));
      return;
    case 'forget':
      if (server.isRunning && !server.isPaused)
        server.sequencer.proposeForget('messages', world.clock.now() - one.ageMs);
      return;
    case 'connect':
      user.connect();
      return;
    case 'vanish':
      user.vanish();
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
    case 'heal':
      server.connection.heal();
      return;
    case 'stop': {
      if (!server.isRunning || server.isPaused) return;
      let isDone = false;
      void server.sequencer.stop(3000).then(() => (isDone = true));
      for (let passed = 0; passed < 4000 && !isDone; passed += 50) await world.pass(50);
      server.crash();
      return;
    }
    case 'cut':
      if (server.isRunning) server.connection.cut(one.what);
      return;
    case 'fence': {
      const node = world.replay(() => {}).node(server.name);
      if (node === undefined) return;
      const { name, epoch, lastN, lastSeq } = node;
      world.push({ kind: 'fence', node: name, epoch, lastN, seen: one.isTrue ? lastSeq : lastSeq - 1 });
      return;
    }
    default:
      one satisfies never;
  }
}

/** The data that all servers begin with: three accounts, of which one is an operator's. */
const SEED = JSON.stringify({
  lastId: 0,
  sessions: [],
  tables: {
    accounts: REGISTERED.map((name) => ({
      fold: name,
      shown: name,
      passwordHash: `hash of ${passwordOf(name)}`,
      isOperator: name === 'opal' ? 1 : 0,
      registeredAt: 0,
      lastIdBefore: null,
    })),
  },
  mail: [],
  messages: [],
  deleted: [],
  forgottenBefore: 0,
});

it(
  'servers with whole hubs are equal, and what clients were told is true, whatever happens',
  { timeout: TIMEOUT_MS },
  async () => {
    let acknowledged = 0;
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(scenario, async (chosen) => {
        const ledger = new Ledger();
        expect(await run(chosen, ledger)).toEqual([]);
        acknowledged += ledger.stored.size;
        seen += ledger.seen.size;
      }),
      { numRuns: 60 },
    );
    // Otherwise it has compared nothing.
    expect(acknowledged).toBeGreaterThan(100);
    expect(seen).toBeGreaterThan(100);
  },
);

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

it.each([
  ['counter', WithoutCounter],
  ['epoch', WithoutEpoch],
])('without the rule of the %s it is not so', { timeout: TIMEOUT_MS }, async (_name, rules) => {
  const property = fc.asyncProperty(scenario, async (chosen) => {
    const wrong = await run(chosen, new Ledger(), rules).catch((error: unknown) => [String(error)]);
    return wrong.length === 0;
  });
  const { failed } = await fc.check(property, { numRuns: 200, endOnFailure: true });
  expect(failed).toBe(true);
});
