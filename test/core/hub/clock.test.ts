/** The hub under a wrong clock: steps of seconds are not seen, larger ones are believed, and ids keep the order. */
import { describe, expect, it } from 'vitest';
import { type Peer, World } from '../../support/world.js';

const DAY = 24 * 3_600_000;

/** The times of the room's messages in milliseconds after those of the first one, oldest first. */
function timesSeenBy(peer: Peer): number[] {
  peer.read();
  peer.send('HISTORY\n');
  const times = peer
    .lines()
    .filter((line) => line.startsWith('HIST '))
    .map((line) => Date.parse(line.split(' ')[2] ?? ''));
  return times.map((time) => time - (times[0] ?? 0));
}

describe('a clock that is set back', () => {
  it('a clock that is set back repeats the time of the newest message for steps of up to 10 s', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.send('MSG one\n');
    world.clock.jump(-10_000);
    ann.send('MSG two\n');
    world.wait(4000);
    ann.send('MSG three\n');
    world.wait(7000);
    ann.send('MSG four\n');
    expect(timesSeenBy(ann)).toEqual([0, 0, 0, 1000]);
  });

  it('a clock that is set back further than 10 s is followed', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.send('MSG one\n');
    world.clock.jump(-10_001);
    ann.send('MSG two\n');
    expect(timesSeenBy(ann)).toEqual([0, -10_001]);
  });

  it('a clock that is set back is right again at once after a message of a year ahead', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob') as [Peer, Peer];
    world.clock.jump(400 * DAY);
    ann.send('MSG ahead\nDM bob ahead\n');
    world.clock.jump(-400 * DAY);
    bob.read();
    bob.send('TAGS ON\n');
    bob.read();
    ann.send('MSG right\n');
    expect(bob.read()).toBe('@id=3;time=2026-03-01T12:00:00.000Z;room=lobby MSG ann right\n');
    expect(timesSeenBy(ann)).toEqual([0, -400 * DAY]);
  });

  it('a clock that is set back gives no login the time of a message, and no message that of a login', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.send('MSG one\n');
    world.wait(5000);
    world.login('bob');
    world.clock.jump(-3000);
    ann.send('MSG two\n');
    expect(timesSeenBy(ann)).toEqual([0, 2000]);
  });

  it('a clock that is set back does not disturb HISTORY AFTER and BEFORE, which go by ids', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.send('MSG one\n');
    world.clock.jump(-DAY);
    ann.send('MSG two\nMSG three\n');
    ann.send('HISTORY AFTER 1\nHISTORY BEFORE 2\n');
    expect(ann.lines().map((line) => line.replace(/Z .*|OK/, '').split(' ')[1])).toEqual([
      '2',
      '3',
      undefined,
      '1',
      undefined,
    ]);
  });
});

describe('a clock before 1970', () => {
  it('a clock before 1970 activates no ban or mute, and messages have its time', () => {
    const world = new World();
    world.clock.jump(-world.clock.now() - 5000);
    const [ann, bob] = world.logins('ann', 'bob') as [Peer, Peer];
    ann.send('MSG hi\n');
    expect(bob.read()).toBe('MSG ann hi\n');
    bob.send('HISTORY\n');
    expect(bob.read()).toBe('HIST 1 1969-12-31T23:59:55.000Z ann hi\nOK\n');
  });
});
