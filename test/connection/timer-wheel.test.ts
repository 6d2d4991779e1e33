import { describe, expect, it } from 'vitest';
import type { TimerTask } from '../../src/core/ports.js';
import { TimerWheel } from '../../src/connection/timer-wheel.js';
import { ManualClock } from '../support/manual-clock.js';

function item(log: number[]): TimerTask {
  return { scheduledSlot: 0, onTimer: (elapsed) => log.push(elapsed) };
}

describe('the wheel', () => {
  it('looks at each thing when its time has come, at most a slot late', () => {
    const clock = new ManualClock();
    const timers = new TimerWheel(clock);
    const times = [5, 100, 101, 30_000, 0, 2_000_000];
    const logs = times.map((time) => {
      const log: number[] = [];
      timers.schedule(item(log), time);
      return log;
    });
    clock.advance(3_000_000);
    times.forEach((time, index) => {
      expect(logs[index]).toHaveLength(1);
      expect(logs[index]?.[0]).toBeGreaterThanOrEqual(time);
      expect(logs[index]?.[0]).toBeLessThanOrEqual(time + 32);
    });
  });

  it('armed for sooner, looks sooner; armed for later, looks as it would have', () => {
    const clock = new ManualClock();
    const timers = new TimerWheel(clock);
    const log: number[] = [];
    const one = item(log);
    timers.schedule(one, 1000);
    timers.schedule(one, 100);
    timers.schedule(one, 5000);
    clock.advance(10_000);
    expect(log).toHaveLength(1);
    expect(log[0]).toBeLessThan(200);
  });

  it('disarmed, looks no more', () => {
    const clock = new ManualClock();
    const timers = new TimerWheel(clock);
    const log: number[] = [];
    const one = item(log);
    timers.schedule(one, 100);
    timers.cancel(one);
    timers.schedule(one, Number.POSITIVE_INFINITY);
    clock.advance(10_000);
    expect(log).toEqual([]);
  });

  it('may be armed again from within', () => {
    const clock = new ManualClock();
    const timers = new TimerWheel(clock);
    const log: number[] = [];
    const again: TimerTask = {
      scheduledSlot: 0,
      onTimer(elapsed) {
        log.push(elapsed);
        if (log.length < 5) timers.schedule(this, elapsed + 100);
      },
    };
    timers.schedule(again, 100);
    clock.advance(1000);
    expect(log).toHaveLength(5);
  });
});
