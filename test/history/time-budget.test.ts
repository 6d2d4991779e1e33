import { beforeEach, describe, expect, it } from 'vitest';
import { TimeBudget } from '../../src/history/time-budget.js';

describe('a slice of time', () => {
  let now = 0;
  let passes: (() => void)[] = [];
  let slice = new TimeBudget();
  const work = (ms: number) =>
    slice.spendOn(() => {
      now += ms;
    });

  beforeEach(() => {
    now = 0;
    passes = [];
    slice = new TimeBudget(
      () => now,
      (run) => passes.push(run),
    );
  });

  it('is over after 10 ms of work, whoever did it, and begins anew with the next pass', () => {
    work(6);
    now += 50;
    expect(slice.isOver).toBe(false);
    work(6);
    expect(slice.isOver).toBe(true);
    expect(passes).toHaveLength(1);
    passes[0]?.();
    expect(slice.isOver).toBe(false);
    work(1);
    expect(passes).toHaveLength(2);
  });

  it('is not over for ever if the pass never ends', () => {
    work(10);
    now += 89;
    expect(slice.isOver).toBe(true);
    now += 1;
    expect(slice.isOver).toBe(false);
    work(10);
    expect(slice.isOver).toBe(true);
  });
});
