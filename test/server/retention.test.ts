/** Old data is deleted once per hour, and a wrong clock makes no data old. Each deletion is logged. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Forgotten } from '../../src/core/message.js';
import { Maintenance } from '../../src/history/maintenance.js';
import { ClockWatch } from '../../src/server/clock-watch.js';
import { Retention } from '../../src/server/retention.js';
import { ManualClock } from '../support/manual-clock.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let clock = new ManualClock();
let lines: string[] = [];
const write = (...args: readonly unknown[]) => void lines.push(String(args.at(-1)));
const log = { debug: write, info: write, warn: write, error: write };

beforeEach(() => {
  clock = new ManualClock();
  lines = [];
});

describe('the retention of messages', () => {
  /** The times of the messages, deleted two at a time. */
  let times: number[] = [];

  const keepFor = (days: number) => {
    const forget = (at: number): Forgotten | null => {
      const old = times.filter((time) => time < at).slice(0, 2);
      times = times.filter((time) => !old.includes(time));
      return old.length === 0 ? null : { count: old.length, upTo: Math.max(...old) };
    };
    const retention = new Retention({ clock, log, kept: [{ what: 'room messages', days, forget }] });
    return new Maintenance({ clock, tasks: [retention.run], load: () => 0 });
  };

  beforeEach(() => {
    const now = clock.now();
    times = [now - 91 * DAY, now - 90.5 * DAY, now - 90 * DAY - 1, now - 89 * DAY, now - DAY];
  });

  it('the retention of messages deletes what is old after an hour of uptime, and logs how much and up to when', () => {
    const maintenance = keepFor(90);
    clock.advance(HOUR - 1000);
    expect(times).toHaveLength(5);
    clock.advance(2 * MINUTE);
    expect(times).toHaveLength(2);
    expect(lines).toEqual([
      'deleted 3 room messages older than 90 days; the newest is of 2025-12-01T11:59:59.999Z',
    ]);
    clock.advance(DAY + 2 * HOUR);
    expect(times).toHaveLength(1);
    expect(lines).toHaveLength(2);
    maintenance.stop();
  });

  it('the retention of messages deletes nothing while a clock is 400 days ahead for less than an hour, at any time', () => {
    const maintenance = keepFor(90);
    times = times.slice(3);
    for (const waitMs of [0, 10 * MINUTE, 50 * MINUTE, HOUR, 3 * HOUR]) {
      clock.advance(waitMs);
      clock.jump(400 * DAY);
      clock.advance(59 * MINUTE);
      clock.jump(-400 * DAY);
      expect(times, `after ${waitMs} ms`).toHaveLength(2);
    }
    clock.advance(2 * HOUR);
    expect(times).toHaveLength(2);
    expect(lines).toEqual([]);
    maintenance.stop();
  });

  it('the retention of messages waits for another thread that deletes, and logs what that has deleted', () => {
    const answers = ['pending', 'pending', { count: 3, upTo: 0 }, 'pending', null, 'pending'] as const;
    let asked = 0;
    const forget = () => answers[Math.min(asked++, answers.length - 1)] ?? null;
    const kept = [{ what: 'room messages', days: 90, forget }];
    const retention = new Retention({ clock, log, kept });
    const maintenance = new Maintenance({ clock, tasks: [retention.run], load: () => 0 });
    clock.advance(HOUR + MINUTE);
    expect(asked).toBe(5);
    expect(lines).toEqual([expect.stringContaining('deleted 3 room messages older than 90 days')]);
    maintenance.stop();
  });

  it('the retention of messages deletes nothing at a start under a clock that is ahead', () => {
    clock.jump(400 * DAY);
    const maintenance = keepFor(90);
    clock.advance(59 * MINUTE);
    expect(times).toHaveLength(5);
    maintenance.stop();
  });

  it('the retention of messages deletes nothing when the process was paused and the clock jumped meanwhile', () => {
    const retention = keepFor(90);
    clock.advance(3 * HOUR);
    times = [clock.now() - DAY];
    retention.stop();
    const paused = new Retention({
      clock,
      log,
      kept: [
        {
          what: 'room messages',
          days: 90,
          forget: (at) => (at > (times[0] ?? 0) ? { count: 1, upTo: 0 } : null),
        },
      ],
    });
    paused.run();
    clock.advance(5 * HOUR);
    clock.jump(400 * DAY);
    expect(paused.run()).toBe(false);
    clock.advance(59 * MINUTE);
    expect(paused.run()).toBe(false);
  });
});

describe('the warning of a wrong clock', () => {
  it.each([
    [-400 * DAY, 'is 400 days ahead of the newest message (2025-01-25T12:00:00.000Z)'],
    [2 * DAY, 'is 2 days behind the newest message (2026-03-03T12:00:00.000Z)'],
  ])(
    'a clock is warned of if the newest message is %i ms from now at the start: the clock %s',
    (ms, text) => {
      new ClockWatch(clock, log, clock.now() + ms);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(text);
      expect(lines[0]).toContain('correct the system time');
    },
  );

  it.each([Number.NEGATIVE_INFINITY, 0, DAY, -DAY])(
    'a clock is not warned of if the newest message is %i ms from now',
    (ms) => {
      new ClockWatch(clock, log, clock.now() + ms);
      expect(lines).toEqual([]);
    },
  );

  it('a jump of the clock by more than a day is warned of once, and so is the way back', () => {
    const watch = new ClockWatch(clock, log, clock.now());
    clock.advance(30 * DAY);
    watch.run();
    clock.jump(DAY);
    watch.run();
    expect(lines).toEqual([]);
    clock.jump(399 * DAY);
    watch.run();
    watch.run();
    clock.jump(-400 * DAY);
    watch.run();
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      /^the clock \(2027-05-05T\S+\) has jumped, and is 400 days ahead of its former time/,
    );
    expect(lines[1]).toMatch(
      /^the clock \(2026-03-31T\S+\) has jumped, and is 400 days behind its former time/,
    );
  });
});
