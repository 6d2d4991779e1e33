/** The queue of password hashes: order, places, delays after failures, and cancelled attempts. */
import { beforeEach, describe, expect, it } from 'vitest';
import { PasswordQueue } from '../../src/accounts/password-queue.js';
import type { HashPurpose } from '../../src/core/ports.js';
import { ManualClock } from '../support/manual-clock.js';
import { settled, SlowHasher } from '../support/slow-hasher.js';

const HERE = '10.0.0.1';
const EXEMPT = '127.0.0.1';
const PROXY = '10.9.9.9';
const RIGHT = 'correct horse';
const RIGHT_HASH = `hash of ${RIGHT}`;
const HOUR_MS = 3_600_000;

let clock: ManualClock;
let hasher: SlowHasher;
let passwords: PasswordQueue;

beforeEach(() => {
  clock = new ManualClock();
  hasher = new SlowHasher();
  passwords = new PasswordQueue({
    hasher,
    clock,
    isExempt: (address) => address === EXEMPT,
    isTrustedProxy: (address) => address === PROXY,
  });
});

interface Pending {
  outcome: string | null;
}

/** Starts an attempt; `outcome` is null until it is decided. */
function attempt(
  secret: string,
  {
    address = HERE,
    subject = 'ann',
    connection = {},
    isStillWanted = (): boolean => true,
    isRegisteredLogin = true,
  } = {},
): Pending {
  const pending: Pending = { outcome: null };
  const origin = { address, subject, connection, isStillWanted, isRegisteredLogin };
  void passwords.verify(secret, RIGHT_HASH, origin).then((outcome) => {
    pending.outcome = outcome;
  });
  return pending;
}

/** Asks for the hash of a new secret. */
function hash(purpose: HashPurpose, address = HERE, subject = 'mallory'): Pending {
  const pending: Pending = { outcome: null };
  const origin = { address, subject, connection: {}, isStillWanted: () => true };
  void passwords.hash('secret', purpose, origin).then((result) => {
    pending.outcome = typeof result === 'string' ? result : 'hashed';
  });
  return pending;
}

const outcomes = (all: readonly Pending[]) => all.map(({ outcome }) => outcome);

/** An address of its own for each number. */
const addressOf = (n: number) => `10.0.1.${n}`;

async function fail(times: number, origin: { readonly address?: string; readonly subject?: string } = {}) {
  for (let n = 0; n < times; n++) {
    const failed = attempt('wrong', origin);
    await wait(30_000);
    await hasher.finish();
    await wait(30_000);
    expect(failed.outcome).toBe('wrong');
  }
}

async function wait(ms: number): Promise<void> {
  await settled();
  clock.advance(ms);
  await settled();
}

/** Completes all hashes, one after the other. */
async function finishAll(): Promise<void> {
  while (hasher.atWork > 0) await hasher.finish();
}

describe('password attempts', () => {
  it('password attempts succeed with the right password only', async () => {
    const [right, wrong] = [attempt(RIGHT), attempt('guess')];
    await hasher.finish();
    await hasher.finish();
    expect([right.outcome, wrong.outcome]).toEqual(['right', 'wrong']);
  });

  it('password attempts are checked one at a time; sixteen wait, the next gets busy 0.2 s later', async () => {
    const attempts = Array.from({ length: 17 }, (_, n) => attempt(RIGHT, { address: addressOf(n) }));
    const late = attempt(RIGHT, { address: addressOf(17) });
    const lateHash = hash('register', addressOf(18));
    await wait(199);
    expect(outcomes([late, lateHash])).toEqual([null, null]);
    await wait(1);
    expect(outcomes([late, lateHash])).toEqual(['busy', 'busy']);
    for (const [index, one] of attempts.entries()) {
      expect(hasher.atWork).toBe(1);
      expect(one.outcome).toBe(null);
      await hasher.finish();
      expect(one.outcome).toBe('right');
      expect(hasher.begun).toBe(Math.min(index + 2, 17));
    }
    expect(hasher.atWork).toBe(0);
    const next = attempt(RIGHT);
    await hasher.finish();
    expect(next.outcome).toBe('right');
  });

  it('password attempts are delayed from the third on, but not those from another address', async () => {
    await fail(2);
    const third = attempt('wrong');
    await wait(499);
    expect(hasher.atWork).toBe(0);
    const elsewhere = attempt(RIGHT, { address: '10.0.0.2' });
    await hasher.finish();
    expect(elsewhere.outcome).toBe('right');
    await wait(1);
    expect(hasher.atWork).toBe(1);
    await hasher.finish();
    expect(third.outcome).toBe('wrong');
    attempt('wrong');
    await wait(999);
    expect(hasher.atWork).toBe(0);
    await wait(1);
    expect(hasher.atWork).toBe(1);
  });

  it('password attempts for one name are delayed by the same time whether simultaneous or consecutive', async () => {
    await fail(2);
    const attempts = [attempt('wrong'), attempt('wrong'), attempt('wrong')];
    const decided = () => attempts.filter(({ outcome }) => outcome !== null).length;
    await wait(500);
    await finishAll();
    expect(decided()).toBe(1);
    // A second later one more is checked, and the other is delayed again.
    await wait(1000);
    await finishAll();
    expect(decided()).toBe(2);
    await wait(2000);
    await finishAll();
    expect(decided()).toBe(3);
  });

  it('password attempts of a closed connection cost no hash and do not count as failures', async () => {
    let isOpen = true;
    const first = attempt(RIGHT);
    const abandoned = attempt('wrong', { isStillWanted: () => isOpen });
    isOpen = false;
    await hasher.finish();
    expect(first.outcome).toBe('right');
    expect(hasher.begun).toBe(1);
    expect(abandoned.outcome).not.toBe(null);
    expect(hasher.atWork).toBe(0);
  });

  it('password attempts that are delayed get busy when the queue is stopped', async () => {
    await fail(2);
    const third = attempt('wrong');
    passwords.stop();
    await settled();
    expect(third.outcome).toBe('busy');
    expect(clock.alarms).toBe(0);
  });

  it('password attempts are checked after a hash that failed with an error', async () => {
    const broken = new PasswordQueue({
      hasher: { hash: () => Promise.reject(new Error('no memory')), matches: () => Promise.resolve(true) },
      clock,
    });
    const origin = {
      address: HERE,
      subject: 'ann',
      connection: {},
      isStillWanted: () => true,
      isRegisteredLogin: true,
    };
    await expect(broken.hash('x', 'register', origin)).rejects.toThrow('no memory');
    expect(await broken.verify('x', 'y', origin)).toBe('right');
  });

  it('the right password is not delayed at an exempt address or a trusted proxy, wrong ones are', async () => {
    for (const address of [EXEMPT, PROXY]) {
      await fail(9, { address });
      const [wrong, right] = [attempt('wrong', { address }), attempt(RIGHT, { address })];
      await finishAll();
      expect(outcomes([wrong, right])).toEqual([null, 'right']);
      await wait(14_999);
      expect(wrong.outcome).toBe(null);
      await wait(1);
      expect(wrong.outcome).toBe('wrong');
    }
  });

  it('password attempts that have served their delay wait for a place instead of getting busy', async () => {
    await fail(9);
    const attempts = Array.from({ length: 7 }, (_, n) => attempt(n === 6 ? RIGHT : 'wrong'));
    await wait(30_000);
    await finishAll();
    expect(attempts[6]?.outcome).toBe('right');
  });
});

describe('the places in the queue', () => {
  it('an address has two places in the queue, and an IPv6 /64 is one address', async () => {
    hash('lock', '10.0.0.9');
    const v4 = [1, 2, 3].map(() => attempt(RIGHT, { address: HERE }));
    const v6 = [1, 2, 3].map((n) => attempt(RIGHT, { address: `2001:db8:0:1::${n}` }));
    const elsewhere = attempt(RIGHT, { address: '2001:db8:0:2::1' });
    await wait(200);
    expect(outcomes([...v4, ...v6, elsewhere])).toEqual([null, null, 'busy', null, null, 'busy', null]);
  });

  it.each([EXEMPT, PROXY])(
    'the shared address %s has eight places in the queue, and two for each name',
    async (address) => {
      hash('lock', '10.0.0.9');
      const ofAnn = [1, 2, 3].map(() => attempt(RIGHT, { address }));
      const others = [1, 2, 3, 4, 5, 6, 7].map((n) => attempt(RIGHT, { address, subject: `name${n}` }));
      await wait(200);
      expect(outcomes(ofAnn)).toEqual([null, null, 'busy']);
      expect(outcomes(others)).toEqual([null, null, null, null, null, null, 'busy']);
    },
  );

  it('the queue serves logins of registered names first, and addresses in turns', async () => {
    const running = hash('lock', '10.0.0.9');
    const registration = hash('register', '10.0.0.2');
    const unregistered = attempt(RIGHT, { address: '10.0.0.3', isRegisteredLogin: false });
    const logins = [HERE, HERE, '10.0.0.4'].map((address) => attempt(RIGHT, { address }));
    const all = [running, ...logins, registration, unregistered];
    const orderOfServing: number[] = [];
    while (hasher.atWork > 0) {
      await hasher.finish();
      const isServed = (n: number) => all[n]?.outcome !== null && !orderOfServing.includes(n);
      orderOfServing.push(...[...all.keys()].filter(isServed));
    }
    expect(orderOfServing).toEqual([0, 1, 3, 2, 4, 5]);
  });

  it('the newest REGISTER or LOCK gives up its place in the queue to a login from the same address', async () => {
    hash('lock', '10.0.0.9');
    const elsewhere = [hash('register', '10.0.0.2'), hash('lock', '10.0.0.2')];
    const [registration, lock] = [hash('register'), hash('lock')];
    const first = attempt(RIGHT);
    await wait(200);
    expect(outcomes([registration, lock, first])).toEqual([null, 'busy', null]);
    const second = attempt(RIGHT);
    const third = attempt(RIGHT);
    await wait(200);
    expect(outcomes([registration, second, third])).toEqual(['busy', null, 'busy']);
    expect(outcomes(elsewhere)).toEqual([null, null]);
  });

  it('a connection with wrong passwords gives up its place in the queue to a login of another connection', async () => {
    const guessers = [{}, {}, {}];
    const guess = () => guessers.map((connection) => attempt('wrong', { address: EXEMPT, connection }));
    guess();
    await finishAll();
    await wait(30_000);
    const running = attempt(RIGHT, { address: '10.0.0.9' });
    const guesses = guess();
    const owner = attempt(RIGHT, { address: EXEMPT });
    await settled();
    await wait(200);
    expect(outcomes(guesses)).toEqual([null, 'busy', 'busy']);
    await hasher.finish();
    await hasher.finish();
    expect(outcomes([running, owner])).toEqual(['right', 'right']);
  });

  it('places in the queue that become free go to a delayed login before connections with wrong passwords that came earlier', async () => {
    const guessers = [{}, {}, {}, {}];
    for (const connection of guessers) {
      const guess = attempt('wrong', { connection });
      await wait(15_000);
      await finishAll();
      expect(guess.outcome).toBe('wrong');
    }
    const running = attempt(RIGHT, { address: '10.0.0.9' });
    const newcomers = [attempt('wrong'), attempt('wrong')];
    const guesses = guessers.map((connection) => attempt('wrong', { connection }));
    await wait(1);
    const owner = attempt(RIGHT);
    await wait(15_000);
    for (const one of [running, ...newcomers, owner]) {
      expect(one.outcome).toBe(null);
      await hasher.finish();
      expect(one.outcome).not.toBe(null);
    }
    expect(owner.outcome).toBe('right');
    expect(outcomes(guesses)).toEqual([null, null, null, null]);
    await finishAll();
  });

  it('places in the queue are given up by a new connection to one that asked before and got busy', async () => {
    const owner = {};
    hash('lock', '10.0.0.9');
    const first = [attempt('wrong'), attempt('wrong')];
    const refused = attempt(RIGHT, { connection: owner });
    await wait(200);
    expect(refused.outcome).toBe('busy');
    await finishAll();
    expect(outcomes(first)).toEqual(['wrong', 'wrong']);
    hash('lock', '10.0.0.9');
    const others = [1, 2].map((n) => attempt('wrong', { subject: `name${n}` }));
    const again = attempt(RIGHT, { connection: owner, subject: 'name3' });
    await wait(200);
    expect(outcomes(others)).toEqual([null, 'busy']);
    await finishAll();
    expect(again.outcome).toBe('right');
  });

  it('places in the queue are kept by a login that has served its delay', async () => {
    const early = {};
    hash('lock', '10.0.0.9');
    const [a, b] = [attempt('wrong'), attempt('wrong')];
    attempt(RIGHT, { connection: early });
    await wait(200);
    await finishAll();
    expect(outcomes([a, b])).toEqual(['wrong', 'wrong']);
    hash('lock', '10.0.0.9');
    const delayed = [attempt(RIGHT), attempt(RIGHT)];
    await wait(500);
    const late = attempt(RIGHT, { connection: early, subject: 'bob' });
    await wait(200);
    expect(outcomes([...delayed, late])).toEqual([null, null, 'busy']);
    await finishAll();
  });

  it('a place in the queue is not given up by a PASSWORD, nor to a login of an unregistered name', async () => {
    hash('lock', '10.0.0.9');
    const changes = [hash('change-password'), hash('change-password')];
    const registrations = [hash('register', '10.0.0.2'), hash('register', '10.0.0.2')];
    const late = [attempt(RIGHT), attempt(RIGHT, { address: '10.0.0.2', isRegisteredLogin: false })];
    await wait(200);
    expect(outcomes([...changes, ...registrations, ...late])).toEqual([
      null,
      null,
      null,
      null,
      'busy',
      'busy',
    ]);
  });
});

describe('registrations', () => {
  async function register(count: number, address: string): Promise<(string | null)[]> {
    const all: Pending[] = [];
    for (let n = 0; n < count; n++) {
      all.push(hash('register', address));
      await finishAll();
    }
    await settled();
    return outcomes(all);
  }

  it('registrations of an address are limited to ten per hour, or a hundred if it is exempt or a trusted proxy', async () => {
    const ten: string[] = Array.from({ length: 10 }, () => 'hashed');
    expect(await register(11, HERE)).toEqual([...ten, 'too-many-registrations']);
    expect(await register(1, '10.0.0.2')).toEqual(['hashed']);
    expect(await register(101, EXEMPT)).toEqual([
      ...Array.from({ length: 10 }, () => ten).flat(),
      'too-many-registrations',
    ]);
    expect(await register(11, PROXY)).toEqual([...ten, 'hashed']);
    await wait(HOUR_MS - 1);
    expect(await register(1, HERE)).toEqual(['too-many-registrations']);
    await wait(1);
    expect(await register(1, HERE)).toEqual(['hashed']);
  });

  it('registrations count only if they reach the hash', async () => {
    await register(9, HERE);
    hash('lock', '10.0.0.9');
    const simultaneous = Array.from({ length: 4 }, () => hash('register'));
    await wait(200);
    expect(outcomes(simultaneous)).toEqual([null, null, 'busy', 'busy']);
    await finishAll();
    expect(outcomes(simultaneous)).toEqual(['hashed', 'too-many-registrations', 'busy', 'busy']);
    expect(hash('lock').outcome).toBe(null);
    await finishAll();
  });
});
