/** The log lines of events, given a hub without sockets. */
import { describe, expect, it } from 'vitest';
import { type Logger, silentLogger } from '../../src/logging/log-event.js';
import { EventLogger } from '../../src/logging/event-logger.js';
import { World } from '../support/world.js';

/** The fields of each line that the world's events are logged as. */
function logOf(world: World): unknown[] {
  const lines: unknown[] = [];
  const log: Logger = {
    ...silentLogger,
    isLevelEnabled: () => true,
    info: (fields: unknown) => lines.push(fields),
  };
  const observer = new EventLogger(log, { logText: true });
  for (const { event, by } of world.seen) observer.onEvent(event, by);
  return lines;
}

it('the log of an action has the name that its user had then', () => {
  const world = new World();
  const ann = world.login('ann');
  world.seen.length = 0;
  ann.send('AWAY lunch\nNICK annie\nAWAY\n');
  const common = { addr: '10.0.0.1:1', dialect: 'lines' };
  expect(logOf(world)).toEqual([
    { tag: 'ACCOUNT', user: 'ann', did: 'away', about: 'ann', text: 'lunch', ...common },
    { tag: 'NICK', user: 'annie', from: 'ann', to: 'annie', ...common },
    { tag: 'ACCOUNT', user: 'annie', did: 'away', about: 'annie', ...common },
  ]);
});

describe('the log of a room change', () => {
  it('the log of a room change has a LEAVE with the old room, then a JOIN with the new room', () => {
    const world = new World();
    const ann = world.login('ann');
    world.seen.length = 0;
    ann.send('JOIN dev\n');
    ann.send('LEAVE\n');
    const common = { user: 'ann', addr: '10.0.0.1:1', dialect: 'lines' };
    expect(logOf(world)).toEqual([
      { tag: 'LEAVE', room: 'lobby', ...common },
      { tag: 'JOIN', room: 'dev', ...common },
      { tag: 'LEAVE', room: 'dev', ...common },
      { tag: 'JOIN', room: 'lobby', ...common },
    ]);
  });

  it('the log of a room change has no LEAVE at the end of a session, because DISCONNECT has the room', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.send('JOIN dev\n');
    world.seen.length = 0;
    ann.send('QUIT\n');
    expect(logOf(world)).toMatchObject([{ tag: 'DISCONNECT', room: 'dev', why: 'quit' }]);
  });
});
