/** Notices of logins, moves and ends of sessions to interactive sessions; programs get SocketChat's bytes. */
import { describe, expect, it } from 'vitest';
import { type Peer, World } from '../../support/world.js';

function worldWithPerson(): { world: World; kim: Peer } {
  const world = new World({ greetingDelayMs: 2000 });
  const kim = world.connect();
  world.wait(2000);
  kim.send('LOGIN kim\n');
  kim.read();
  return { world, kim };
}

describe('an interactive session', () => {
  it('an interactive session gets the notice of a login into its room two seconds later, and then that of its end', () => {
    const { world, kim } = worldWithPerson();
    const ann = world.login('ann');
    world.wait(1900);
    expect(kim.read()).toBe('');
    world.wait(200);
    expect(kim.read()).toBe('INFO ann joined lobby\n');
    ann.send('QUIT\n');
    expect(kim.read()).toBe('INFO ann disconnected\n');
  });

  it('an interactive session gets the messages of a short visit at once, and no notice of its arrival or end', () => {
    const { world, kim } = worldWithPerson();
    const ci = world.login('ci');
    ci.send('MSG build 17 is done\nQUIT\n');
    expect(kim.read()).toBe('MSG ci build 17 is done\n');
    world.wait(5000);
    expect(kim.read()).toBe('');
  });

  it('an interactive session gets the notice of a move at once, and none of a login that moved on before', () => {
    const { world, kim } = worldWithPerson();
    const ann = world.login('ann');
    ann.send('JOIN dev\n');
    expect(kim.read()).toBe('');
    ann.send('LEAVE\n');
    expect(kim.read()).toBe('INFO ann joined lobby\n');
    world.wait(5000);
    expect(kim.read()).toBe('');
    ann.send('JOIN dev\n');
    expect(kim.read()).toBe('INFO ann left lobby\n');
  });

  it('an interactive session gets no notice of the end of a session in another room', () => {
    const { world, kim } = worldWithPerson();
    const ann = world.login('ann');
    ann.send('JOIN dev\n');
    world.wait(5000);
    kim.read();
    ann.send('QUIT\n');
    expect(kim.read()).toBe('');
  });
});

describe('a program', () => {
  it('a program gets the notice of the end of every session, and none of logins', () => {
    const { world } = worldWithPerson();
    const script = world.login('script');
    const ann = world.login('ann');
    ann.send('JOIN dev\n');
    script.read();
    world.wait(5000);
    ann.send('QUIT\n');
    expect(script.read()).toBe('INFO ann disconnected\n');
  });
});
