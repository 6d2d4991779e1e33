/** Delays after failed password attempts: their length, and the addresses and names they apply to. */
import { describe, expect, it } from 'vitest';
import { LoginThrottle } from '../../src/accounts/login-throttle.js';

const HERE = '10.0.0.1';

/** When an attempt for `name` may be checked. */
function readyAt(
  throttle: LoginThrottle,
  attempt: { address?: string; name?: string; isShared?: boolean; since?: number; elapsed?: number },
): number {
  const { address = HERE, name = 'ann', isShared = false, since = 0 } = attempt;
  return throttle.readyAt(address, name, isShared, since, attempt.elapsed ?? since);
}

/** The delay of an attempt for ann right after `count` failures for the names. */
function delayAfter(count: number, nameOf: (n: number) => string, isShared = false): number {
  const throttle = new LoginThrottle();
  for (let n = 0; n < count; n++) throttle.recordFailure(HERE, nameOf(n), 1000);
  return readyAt(throttle, { isShared, since: 1000 }) - 1000;
}

describe('password failures', () => {
  it('password failures delay the third attempt by 0.5 s, then twice as long each time, up to 15 s', () => {
    const delay = (count: number) => delayAfter(count, () => 'ann');
    expect([0, 1, 2, 3, 4, 5].map(delay)).toEqual([0, 0, 500, 1000, 2000, 4000]);
    expect([6, 7, 8, 18].map(delay)).toEqual([8000, 15_000, 15_000, 15_000]);
  });

  it('password failures count per name, and from the twentieth on for all names of the address', () => {
    const delay = (count: number) => delayAfter(count, (n) => `name${n}`);
    expect([18, 19, 20, 21].map(delay)).toEqual([0, 500, 1000, 2000]);
    expect([24, 25, 500].map(delay)).toEqual([15_000, 15_000, 15_000]);
  });

  it('password failures count per name only at an address that many clients share', () => {
    expect(delayAfter(50, (n) => `name${n}`, true)).toBe(0);
    expect(delayAfter(3, () => 'ann', true)).toBe(1000);
  });

  it('password failures do not delay another address', () => {
    const throttle = new LoginThrottle();
    for (let n = 0; n < 50; n++) throttle.recordFailure(HERE, 'ann', 0);
    expect(readyAt(throttle, { address: '10.0.0.2' })).toBe(0);
  });

  it('password failures delay from the last failure, so that simultaneous attempts do not share one delay', () => {
    const throttle = new LoginThrottle();
    for (const at of [0, 100, 700]) throttle.recordFailure(HERE, 'ann', at);
    expect(readyAt(throttle, { since: 50, elapsed: 700 })).toBe(1700);
    expect(readyAt(throttle, { since: 900 })).toBe(1900);
  });

  it('password failures delay no attempt by more than 15 s, even if others for its name fail meanwhile', () => {
    const throttle = new LoginThrottle();
    for (let n = 0; n < 50; n++) throttle.recordFailure(HERE, 'ann', n * 1000);
    expect(readyAt(throttle, { since: 10_000, elapsed: 24_000 })).toBe(25_000);
  });

  it('password failures are cleared by a correct password for its own name only', () => {
    const throttle = new LoginThrottle();
    for (const name of ['ann', 'ann', 'ann', 'bob', 'bob']) throttle.recordFailure(HERE, name, 0);
    throttle.recordSuccess(HERE, 'mallory');
    expect(readyAt(throttle, {})).toBe(1000);
    throttle.recordSuccess(HERE, 'ann');
    expect(readyAt(throttle, {})).toBe(0);
    expect(readyAt(throttle, { name: 'bob' })).toBe(500);
    throttle.recordSuccess(HERE, 'bob');
    expect(readyAt(throttle, { name: 'bob' })).toBe(0);
  });

  it('password failures expire 15 minutes after the last one', () => {
    const throttle = new LoginThrottle();
    for (let n = 0; n < 9; n++) throttle.recordFailure(HERE, 'ann', 0);
    throttle.recordFailure(HERE, 'bob', 1);
    const last = 15 * 60_000 - 1;
    expect(readyAt(throttle, { since: last })).toBe(last + 15_000);
    expect(readyAt(throttle, { since: last + 1 })).toBe(last + 1);
  });

  it('password failures are remembered for the last 10,000 addresses, and 100 names of each', () => {
    const throttle = new LoginThrottle();
    for (let n = 0; n < 3; n++) throttle.recordFailure(HERE, 'ann', 0);
    for (let n = 0; n < 100; n++) throttle.recordFailure(HERE, `name${n}`, 0);
    expect(readyAt(throttle, { isShared: true })).toBe(0);
    expect(readyAt(throttle, {})).toBe(15_000);
    for (let n = 0; n < 10_000; n++) throttle.recordFailure(`10.1.${n >> 8}.${n & 255}`, 'ann', 0);
    expect(readyAt(throttle, {})).toBe(0);
  });

  it('password failures count per /64 network for IPv6', () => {
    const throttle = new LoginThrottle();
    for (let n = 0; n < 3; n++) throttle.recordFailure(`2001:db8:1:2::${n}`, 'ann', 0);
    expect(readyAt(throttle, { address: '2001:db8:1:2::9' })).toBe(1000);
    expect(readyAt(throttle, { address: '2001:db8:1:3::9' })).toBe(0);
  });
});
