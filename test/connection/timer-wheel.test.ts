/** The timer wheel, with a manual clock. */
import { describe, expect, it } from 'vitest';
import type { TimerTask } from '../../src/core/ports.js';
import { TimerWheel } from '../../src/connection/timer-wheel.js';
import { ManualClock } from '../support/manual-clock.js';

/** A task that records when it is called. */
function recorder(log: number[]): TimerTask {
  return { scheduledSlot: 0, onTimer: (elapsed) => log.push(elapsed) };
}

describe('the timer wheel', () => {
  it('the timer wheel calls each task at its time, at most two slots late', () => {
    const clock = new ManualClock();
    const timers = new TimerWheel(clock);
    const times = [5, 100, 101, 30_000, 0, 2_000_000];
    const logs = times.map((time) => {
      const log: number[] = [];
      timers.schedule(recorder(log), time);
      return log;
    });
    clock.advance(3_000_000);
    times.forEach((time, index) => {
      expect(logs[index]).toHaveLength(1);
      expect(logs[index]?.[0]).toBeGreaterThanOrEqual(time);
      expect(logs[index]?.[0]).toBeLessThanOrEqual(time + 32);
    });
  });

  it('the timer wheel calls a task once, at the earliest time that it was scheduled for', () => {
    const clock = new ManualClock();
    const timers = new TimerWheel(clock);
    const log: number[] = [];
    const task = recorder(log);
    timers.schedule(task, 1000);
    timers.schedule(task, 100);
    timers.schedule(task, 5000);
    clock.advance(10_000);
    expect(log).toHaveLength(1);
    expect(log[0]).toBeLessThan(200);
  });

  it('the timer wheel does not call a cancelled task', () => {
    const clock = new ManualClock();
    const timers = new TimerWheel(clock);
    const log: number[] = [];
    const task = recorder(log);
    timers.schedule(task, 100);
    timers.cancel(task);
    timers.schedule(task, Number.POSITIVE_INFINITY);
    clock.advance(10_000);
    expect(log).toEqual([]);
  });

  it('the timer wheel lets a task schedule itself again while it is called', () => {
    const clock = new ManualClock();
    const timers = new TimerWheel(clock);
    const log: number[] = [];
    const repeated: TimerTask = {
      scheduledSlot: 0,
      onTimer(elapsed) {
        log.push(elapsed);
        if (log.length < 5) timers.schedule(this, elapsed + 100);
      },
    };
    timers.schedule(repeated, 100);
    clock.advance(1000);
    expect(log).toHaveLength(5);
  });
});
