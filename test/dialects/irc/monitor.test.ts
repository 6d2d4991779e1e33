import { describe, expect, it } from 'vitest';
import { ircLogin } from '../../support/irc.js';
import { World } from '../../support/world.js';

const S = ':partyline.local';

describe('MONITOR', () => {
  it('tells who is online, and who comes and goes', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann');
    const bob = ircLogin(world, 'bob');
    expect(ann.ask('MONITOR + bob,eve')).toEqual([`${S} 730 ann :bob!bob@host`, `${S} 731 ann :eve`]);
    ircLogin(world, 'eve');
    expect(ann.lines()).toEqual([`${S} 730 * :eve!eve@host`]);
    bob.ask('QUIT');
    expect(ann.lines()).toEqual([`${S} 731 * :bob`]);
    expect(ann.ask('MONITOR L', 'MONITOR S')).toEqual([
      `${S} 732 ann :bob,eve`,
      `${S} 733 ann :End of MONITOR list`,
      `${S} 730 ann :eve!eve@host`,
      `${S} 731 ann :bob`,
    ]);
    expect(ann.ask('MONITOR - bob', 'MONITOR C', 'MONITOR L', 'MONITOR +', 'MONITOR x')).toEqual([
      `${S} 733 ann :End of MONITOR list`,
      `${S} 461 ann MONITOR :Not enough parameters`,
      `${S} 461 ann MONITOR :Not enough parameters`,
    ]);
  });

  it('has a limit', () => {
    const ann = ircLogin(new World(), 'ann');
    const nicks = (from: number, count: number) => Array.from({ length: count }, (_, n) => `n${from + n}`);
    ann.ask(`MONITOR + ${nicks(0, 60).join(',')}`, `MONITOR + ${nicks(60, 40).join(',')}`);
    expect(ann.ask('MONITOR + onemore').at(-1)).toMatch(/ 734 ann 100 onemore :Monitor list is full$/);
  });
});

describe('WHOWAS', () => {
  it('describes users who have left, the last one first', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann');
    ircLogin(world, 'bob').ask('QUIT');
    expect(ann.ask('WHOWAS bob', 'WHOWAS nobody', 'WHOWAS')).toEqual([
      `${S} 314 ann bob bob host * :bob Real`,
      `${S} 312 ann bob partyline.local :Sun, 01 Mar 2026 12:00:00 GMT`,
      `${S} 369 ann bob :End of WHOWAS`,
      `${S} 406 ann nobody :There was no such nickname`,
      `${S} 369 ann nobody :End of WHOWAS`,
      `${S} 431 ann :No nickname given`,
    ]);
  });
});
