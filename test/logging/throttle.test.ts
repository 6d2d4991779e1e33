import { expect, it } from 'vitest';
import { throttle } from '../../src/logging/throttle.js';
import { ManualClock } from '../support/manual-clock.js';

it('trouble that goes on is reported at once, and then no more than once in ten seconds', () => {
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
