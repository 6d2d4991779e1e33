import { beforeEach, describe, expect, it } from 'vitest';
import { PasswordQueue } from '../../src/accounts/password-queue.js';
import { ManualClock } from '../support/manual-clock.js';
import { settled, SlowHasher } from '../support/slow-hasher.js';

const HERE = '10.0.0.1';
const RIGHT = 'correct horse';
const KEPT = `hash of ${RIGHT}`;

let clock: ManualClock;
let hasher: SlowHasher;
let passwords: PasswordQueue;

beforeEach(() => {
  clock = new ManualClock();
  hasher = new SlowHasher();
  passwords = new PasswordQueue({ hasher, clock });
});

/** A try, and its outcome once it has one. */
function attempt(
  secret: string,
  { address = HERE, subject = 'ann', isStillWanted = (): boolean => true } = {},
) {
  const one: { outcome: string | null } = { outcome: null };
  void passwords.verify(secret, KEPT, { address, subject, isStillWanted }).then((outcome) => {
    one.outcome = outcome;
  });
  return one;
}

async function guessWrong(times: number): Promise<void> {
  for (let n = 0; n < times; n++) {
    const one = attempt('wrong');
    clock.advance(30_000);
    await settled();
    await hasher.finish();
    expect(one.outcome).toBe('wrong');
  }
}

async function wait(ms: number): Promise<void> {
  clock.advance(ms);
  await settled();
}

describe('secrets', () => {
  it('are right or wrong', async () => {
    const [right, wrong] = [attempt(RIGHT), attempt('guess')];
    await hasher.finish();
    await hasher.finish();
    expect([right.outcome, wrong.outcome]).toEqual(['right', 'wrong']);
  });

  it('are looked at one at a time; sixteen wait, in their order, and the next is told that we are busy', async () => {
    const throttle = Array.from({ length: 17 }, () => attempt(RIGHT));
    const late = attempt(RIGHT);
    await settled();
    expect(late.outcome).toBe('busy');
    expect(await passwords.hash('another', () => true)).toBe('busy');
    for (const [index, one] of throttle.entries()) {
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

  it('wait from the third wrong try on, and not for those from elsewhere', async () => {
    await guessWrong(2);
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

  it('that are tried side by side wait no less than one after the other', async () => {
    const throttle = Array.from({ length: 17 }, (_, n) => attempt('wrong', { subject: `name${n}` }));
    const known = () => throttle.filter(({ outcome }) => outcome !== null).length;
    for (let n = 0; n < 10; n++) await hasher.finish();
    expect(known()).toBe(2);
    expect(hasher.atWork).toBe(0);
    // Half a second later the third, and the others begin to wait anew.
    await wait(500);
    for (let n = 0; n < 10; n++) await hasher.finish();
    expect(known()).toBe(3);
    await wait(1000);
    for (let n = 0; n < 10; n++) await hasher.finish();
    expect(known()).toBe(4);
  });

  it('of someone who has gone cost no hash and count as no try', async () => {
    let isHere = true;
    const first = attempt(RIGHT);
    const gone = attempt('wrong', { isStillWanted: () => isHere });
    isHere = false;
    await hasher.finish();
    expect(first.outcome).toBe('right');
    expect(hasher.begun).toBe(1);
    expect(gone.outcome).not.toBe(null);
    expect(hasher.atWork).toBe(0);
  });

  it('that wait for their time do so no longer once it is all over', async () => {
    await guessWrong(2);
    const third = attempt('wrong');
    passwords.stop();
    await settled();
    expect(third.outcome).toBe('busy');
    expect(clock.alarms).toBe(0);
  });

  it('that fail to be looked at let the next one have its turn', async () => {
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
