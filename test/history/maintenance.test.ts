import { beforeEach, describe, expect, it } from 'vitest';
import { Maintenance } from '../../src/history/maintenance.js';
import { ManualClock } from '../support/manual-clock.js';

describe('housekeeping', () => {
  let clock = new ManualClock();
  let load = 0;
  let left = 0;
  let done = 0;
  let broken = false;

  const chore = () => {
    if (broken) throw new Error('disk full');
    if (left === 0) return false;
    left--;
    done++;
    return true;
  };
  const doneAfter = (ms: number) => {
    clock.advance(ms);
    const count = done;
    done = 0;
    return count;
  };

  beforeEach(() => {
    clock = new ManualClock();
    load = 0;
    left = 0;
    done = 0;
    broken = false;
  });

  it('does what there is to do, and no more, step after step when the server is idle', () => {
    const work = new Maintenance({ clock, tasks: [chore], load: () => load });
    expect(doneAfter(10_000)).toBe(0);
    left = 100;
    expect(doneAfter(1000)).toBe(100);
    work.stop();
    left = 100;
    expect(doneAfter(10_000)).toBe(0);
  });

  it('leaves the time to others when the server is busy, and still goes on', () => {
    const work = new Maintenance({ clock, tasks: [() => false, chore], load: () => load });
    left = 10_000;
    load = 1;
    const slowly = doneAfter(2000);
    expect(slowly).toBeGreaterThan(20);
    expect(slowly).toBeLessThan(60);
    work.stop();
  });

  it('tries again a second after a failure', () => {
    const work = new Maintenance({ clock, tasks: [chore], load: () => load });
    left = 1;
    broken = true;
    clock.advance(400);
    broken = false;
    expect(doneAfter(500)).toBe(0);
    expect(doneAfter(500)).toBe(1);
    work.stop();
  });
});
