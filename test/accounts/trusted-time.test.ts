/** The time by which things expire: a leap ahead of the wall clock is believed after an hour of uptime. */
import { beforeEach, describe, expect, it } from 'vitest';
import { TrustedTime } from '../../src/accounts/trusted-time.js';
import { ManualClock } from '../support/manual-clock.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NO_MESSAGE = Number.NEGATIVE_INFINITY;

let clock: ManualClock;

beforeEach(() => {
  clock = new ManualClock();
});

/** Lets time pass, and reads the trusted time every minute. */
function pass(time: TrustedTime, ms: number): void {
  for (let passed = 0; passed < ms; passed += MINUTE) {
    clock.advance(Math.min(MINUTE, ms - passed));
    time.now();
  }
}

describe('the trusted time', () => {
  it('the trusted time is the time of the wall clock, with its small steps and its way back', () => {
    const time = new TrustedTime(clock, clock.now() - HOUR);
    clock.advance(1234);
    expect(time.now()).toBe(clock.now());
    clock.jump(30_000);
    expect(time.now()).toBe(clock.now());
    clock.jump(-DAY);
    expect(time.now()).toBe(clock.now());
  });

  it('the trusted time goes on through a leap ahead, and takes it over after an hour', () => {
    const time = new TrustedTime(clock, NO_MESSAGE);
    const start = clock.now();
    clock.jump(400 * DAY);
    expect(time.now()).toBe(start);
    pass(time, HOUR - 1);
    expect(time.now()).toBe(start + HOUR - 1);
    pass(time, 1);
    expect(time.now()).toBe(clock.now());
  });

  it('the trusted time counts the hour anew after a clock that was right in between', () => {
    const time = new TrustedTime(clock, NO_MESSAGE);
    for (let n = 0; n < 3; n++) {
      clock.jump(400 * DAY);
      pass(time, 59 * MINUTE);
      clock.jump(-400 * DAY);
      expect(time.now()).toBe(clock.now());
    }
  });

  it('the trusted time begins at the newest message if the clock is more than a day ahead of that at the start', () => {
    const lastAt = clock.now() - 400 * DAY;
    const time = new TrustedTime(clock, lastAt);
    expect(time.now()).toBe(lastAt);
    pass(time, HOUR);
    expect(time.now()).toBe(clock.now());
    expect(new TrustedTime(clock, clock.now() - DAY).now()).toBe(clock.now());
  });
});
