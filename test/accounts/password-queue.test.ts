/** The queue of password hashes: order, length, delays after failures, and cancelled attempts. */
import { beforeEach, describe, expect, it } from 'vitest';
import { PasswordQueue } from '../../src/accounts/password-queue.js';
import { ManualClock } from '../support/manual-clock.js';
import { settled, SlowHasher } from '../support/slow-hasher.js';

const HERE = '10.0.0.1';
const RIGHT = 'correct horse';
const RIGHT_HASH = `hash of ${RIGHT}`;

let clock: ManualClock;
let hasher: SlowHasher;
let passwords: PasswordQueue;

beforeEach(() => {
  clock = new ManualClock();
  hasher = new SlowHasher();
  passwords = new PasswordQueue({ hasher, clock });
});

/** Starts an attempt; `outcome` is null until it is decided. */
function attempt(
  secret: string,
  { address = HERE, subject = 'ann', isStillWanted = (): boolean => true } = {},
) {
  const pending: { outcome: string | null } = { outcome: null };
  void passwords.verify(secret, RIGHT_HASH, { address, subject, isStillWanted }).then((outcome) => {
    pending.outcome = outcome;
  });
  return pending;
}

async function fail(times: number): Promise<void> {
  for (let n = 0; n < times; n++) {
    const failed = attempt('wrong');
    clock.advance(30_000);
    await settled();
    await hasher.finish();
    expect(failed.outcome).toBe('wrong');
  }
}

async function wait(ms: number): Promise<void> {
  clock.advance(ms);
  await settled();
}

describe('password attempts', () => {
  it('succeed with the right password only', async () => {
    const [right, wrong] = [attempt(RIGHT), attempt('guess')];
    await hasher.finish();
    await hasher.finish();
    expect([right.outcome, wrong.outcome]).toEqual(['right', 'wrong']);
  });

  it('are checked one at a time in their order; sixteen wait, and the next one gets busy', async () => {
    const attempts = Array.from({ length: 17 }, () => attempt(RIGHT));
    const late = attempt(RIGHT);
    await settled();
    expect(late.outcome).toBe('busy');
    expect(await passwords.hash('another', () => true)).toBe('busy');
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

  it('are delayed from the third on, but not those from another address', async () => {
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

  it('are delayed by the same time whether simultaneous or consecutive', async () => {
    const attempts = Array.from({ length: 17 }, (_, n) => attempt('wrong', { subject: `name${n}` }));
    const decided = () => attempts.filter(({ outcome }) => outcome !== null).length;
    for (let n = 0; n < 10; n++) await hasher.finish();
    expect(decided()).toBe(2);
    expect(hasher.atWork).toBe(0);
    // Half a second later the third is checked, and the others are delayed again.
    await wait(500);
    for (let n = 0; n < 10; n++) await hasher.finish();
    expect(decided()).toBe(3);
    await wait(1000);
    for (let n = 0; n < 10; n++) await hasher.finish();
    expect(decided()).toBe(4);
  });

  it('of a closed connection cost no hash and do not count as failures', async () => {
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

  it('that are delayed get busy when the queue is stopped', async () => {
    await fail(2);
    const third = attempt('wrong');
    passwords.stop();
    await settled();
    expect(third.outcome).toBe('busy');
    expect(clock.alarms).toBe(0);
  });

  it('are checked after a hash that failed with an error', async () => {
    const broken = new PasswordQueue({
      hasher: { hash: () => Promise.reject(new Error('no memory')), matches: () => Promise.resolve(true) },
      clock,
    });
    await expect(broken.hash('x', () => true)).rejects.toThrow('no memory');
    expect(await broken.verify('x', 'y', { address: HERE, subject: 'ann', isStillWanted: () => true })).toBe(
      'right',
    );
  });
});
