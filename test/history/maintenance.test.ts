/** Background work on the data file: its share of the time on idle and busy servers, and its retries. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Maintenance } from '../../src/history/maintenance.js';
import { ManualClock } from '../support/manual-clock.js';

describe('maintenance', () => {
  let clock = new ManualClock();
  let load = 0;
  let remainingSteps = 0;
  let stepsDone = 0;
  let isFailing = false;

  const task = () => {
    if (isFailing) throw new Error('disk full');
    if (remainingSteps === 0) return false;
    remainingSteps--;
    stepsDone++;
    return true;
  };
  /** The steps done in the next `ms`. */
  const stepsIn = (ms: number) => {
    clock.advance(ms);
    const count = stepsDone;
    stepsDone = 0;
    return count;
  };

  beforeEach(() => {
    clock = new ManualClock();
    load = 0;
    remainingSteps = 0;
    stepsDone = 0;
    isFailing = false;
  });

  it('maintenance runs step after step on an idle server until there is nothing to do', () => {
    const maintenance = new Maintenance({ clock, tasks: [task], load: () => load });
    expect(stepsIn(10_000)).toBe(0);
    remainingSteps = 100;
    expect(stepsIn(1000)).toBe(100);
    maintenance.stop();
    remainingSteps = 100;
    expect(stepsIn(10_000)).toBe(0);
  });

  it('maintenance runs a few steps per second on a busy server', () => {
    const maintenance = new Maintenance({ clock, tasks: [() => false, task], load: () => load });
    remainingSteps = 10_000;
    load = 1;
    const steps = stepsIn(2000);
    expect(steps).toBeGreaterThan(10);
    expect(steps).toBeLessThan(30);
    maintenance.stop();
  });

  it('maintenance reports a failure that lasts for ten seconds, once', () => {
    const errors: unknown[] = [];
    const options = {
      clock,
      tasks: [task],
      load: () => load,
      onFailing: (error: unknown) => errors.push(error),
    };
    const maintenance = new Maintenance(options);
    for (const failures of [1, 2]) {
      isFailing = true;
      clock.advance(9000);
      expect(errors).toHaveLength(failures - 1);
      clock.advance(100_000);
      expect(errors).toHaveLength(failures);
      isFailing = false;
      clock.advance(2000);
    }
    expect(errors[0]).toEqual(new Error('disk full'));
    maintenance.stop();
  });

  it('maintenance continues a second after a failure', () => {
    const maintenance = new Maintenance({ clock, tasks: [task], load: () => load });
    remainingSteps = 1;
    isFailing = true;
    clock.advance(400);
    isFailing = false;
    expect(stepsIn(500)).toBe(0);
    expect(stepsIn(500)).toBe(1);
    maintenance.stop();
  });
});
