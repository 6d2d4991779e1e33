/** The throttle for log lines about an error that repeats. */
import { expect, it } from 'vitest';
import { throttle } from '../../src/logging/throttle.js';
import { ManualClock } from '../support/manual-clock.js';

it('an error that repeats is reported immediately, and then at most once in ten seconds', () => {
  const clock = new ManualClock();
  const reported: number[] = [];
  const report = throttle(clock, (second: number) => reported.push(second));
  for (let second = 0; second < 25; second++) {
    report(second);
    report(second);
    clock.advance(1000);
  }
  expect(reported).toEqual([0, 10, 20]);
});
