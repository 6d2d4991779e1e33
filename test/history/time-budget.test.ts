/** The time that searches take in one pass of the event loop. */
import { beforeEach, describe, expect, it } from 'vitest';
import { TimeBudget } from '../../src/history/time-budget.js';

describe('the time budget', () => {
  let now = 0;
  let passes: (() => void)[] = [];
  let budget = new TimeBudget();
  const work = (ms: number) =>
    budget.spendOn(() => {
      now += ms;
    });

  beforeEach(() => {
    now = 0;
    passes = [];
    budget = new TimeBudget(
      () => now,
      (run) => passes.push(run),
    );
  });

  it('the time budget is spent after 4 ms of work by any caller, and new in the next pass', () => {
    work(3);
    now += 50;
    expect(budget.isSpent).toBe(false);
    work(3);
    expect(budget.isSpent).toBe(true);
    expect(passes).toHaveLength(1);
    passes[0]?.();
    expect(budget.isSpent).toBe(false);
    work(1);
    expect(passes).toHaveLength(2);
  });

  it('the time budget is new after 100 ms if the pass never ends', () => {
    work(10);
    now += 89;
    expect(budget.isSpent).toBe(true);
    now += 1;
    expect(budget.isSpent).toBe(false);
    work(10);
    expect(budget.isSpent).toBe(true);
  });
});
