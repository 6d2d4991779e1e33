/** Delays after failed password attempts: their length, and the addresses and names they apply to. */
import { describe, expect, it } from 'vitest';
import { LoginThrottle } from '../../src/accounts/login-throttle.js';

const HERE = '10.0.0.1';

/** The delay of an attempt right after `count` failures. */
function delayAfter(count: number): number {
  const throttle = new LoginThrottle();
  for (let n = 0; n < count; n++) throttle.recordFailure(HERE, 'ann', 1000);
  return throttle.readyAt(HERE, 1000, 1000) - 1000;
}

describe('password failures', () => {
  it('delay the third attempt by 0.5 s, then twice as long each time, up to 30 s', () => {
    expect([0, 1, 2, 3, 4, 5].map(delayAfter)).toEqual([0, 0, 500, 1000, 2000, 4000]);
    expect([8, 9, 50].map(delayAfter)).toEqual([30_000, 30_000, 30_000]);
  });

  it('count per address, for all names together', () => {
    const throttle = new LoginThrottle();
    for (const name of ['ann', 'bob', 'cat']) throttle.recordFailure(HERE, name, 0);
    expect(throttle.readyAt(HERE, 0, 0)).toBe(1000);
    expect(throttle.readyAt('10.0.0.2', 0, 0)).toBe(0);
  });

  it('delay from the last failure, so that simultaneous attempts do not share one delay', () => {
    const throttle = new LoginThrottle();
    for (const at of [0, 100, 700]) throttle.recordFailure(HERE, 'ann', at);
    expect(throttle.readyAt(HERE, 50, 700)).toBe(1700);
    expect(throttle.readyAt(HERE, 900, 900)).toBe(1900);
  });

  it('are cleared by a correct password for its own name only', () => {
    const throttle = new LoginThrottle();
    for (const name of ['ann', 'ann', 'ann', 'bob', 'bob']) throttle.recordFailure(HERE, name, 0);
    throttle.recordSuccess(HERE, 'mallory');
    expect(throttle.readyAt(HERE, 0, 0)).toBe(4000);
    throttle.recordSuccess(HERE, 'ann');
    expect(throttle.readyAt(HERE, 0, 0)).toBe(500);
    throttle.recordSuccess(HERE, 'bob');
    expect(throttle.readyAt(HERE, 0, 0)).toBe(0);
  });

  it('expire 15 minutes after the last one', () => {
    const throttle = new LoginThrottle();
    for (let n = 0; n < 9; n++) throttle.recordFailure(HERE, 'ann', 0);
    const last = 15 * 60_000 - 1;
    expect(throttle.readyAt(HERE, last, last)).toBe(last + 30_000);
    expect(throttle.readyAt(HERE, last + 1, last + 1)).toBe(last + 1);
  });

  it('are remembered for the last 10,000 addresses', () => {
    const throttle = new LoginThrottle();
    for (let n = 0; n < 3; n++) throttle.recordFailure(HERE, 'ann', 0);
    for (let n = 0; n < 10_000; n++) throttle.recordFailure(`10.1.${n >> 8}.${n & 255}`, 'ann', 0);
    expect(throttle.readyAt(HERE, 0, 0)).toBe(0);
  });

  it('count per /64 network for IPv6', () => {
    const throttle = new LoginThrottle();
    for (let n = 0; n < 3; n++) throttle.recordFailure(`2001:db8:1:2::${n}`, 'ann', 0);
    expect(throttle.readyAt('2001:db8:1:2::9', 0, 0)).toBe(1000);
    expect(throttle.readyAt('2001:db8:1:3::9', 0, 0)).toBe(0);
  });
});
