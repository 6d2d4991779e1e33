import { describe, expect, it } from 'vitest';
import { ircLogin } from '../../support/irc.js';
import { passwordOf, World } from '../../support/world.js';

const S = ':partyline.local';

describe('WHO of a room', () => {
  it('with o lists its server operators alone', async () => {
    const world = new World();
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const ann = ircLogin(world, 'ann', { rooms: ['#dev'] });
    const opal = ircLogin(world, 'op2', { rooms: ['#dev'] });
    ann.lines();
    expect(ann.ask('WHO #dev o')).toEqual([`${S} 315 ann #dev :End of WHO list`]);
    opal.send(`OPER opal ${passwordOf('opal')}`);
    await world.hashed();
    const end = `${S} 315 ann #dev :End of WHO list`;
    expect(ann.ask('WHO #dev o')).toEqual([
      `${S} 352 ann #dev op2 host partyline.local op2 H* :0 op2 Real`,
      end,
    ]);
    expect(ann.ask('WHO #dev o%n')).toEqual([`${S} 354 ann op2`, end]);
    expect(ann.ask('WHO #dev %n')).toEqual([`${S} 354 ann ann`, `${S} 354 ann op2`, end]);
  });

  it('with % has exactly the fields that are known, and no empty one', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { rooms: ['#dev'] });
    const end = `${S} 315 ann #dev :End of WHO list`;
    expect(ann.ask('WHO #dev %', 'WHO #dev %xyz', 'WHO #dev %tn', 'WHO #dev %nt,12345')).toEqual([
      `${S} 354 ann`,
      end,
      `${S} 354 ann`,
      end,
      `${S} 354 ann 0 ann`,
      end,
      `${S} 354 ann 0 ann`,
      end,
    ]);
    const bob = ircLogin(world, 'bob');
    expect(bob.ask('WHO ann %ait')[0]).toBe(`${S} 354 bob 0 255.255.255.255 0`);
  });
});
