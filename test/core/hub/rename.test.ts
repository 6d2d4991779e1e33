/** NICK: a session gets another name and keeps everything else. */
import { describe, expect, it } from 'vitest';
import { World } from '../../support/world.js';

describe('NICK', () => {
  it('renames the session, and tells the users of its room once', () => {
    const world = new World();
    const [ann, bob, eve] = world.logins('ann', 'bob', 'eve');
    eve?.send('JOIN other\n');
    for (const peer of [ann, bob, eve]) peer?.read();
    ann?.send('NICK anna\nMSG hi\nWHO\n');
    expect(ann?.read()).toBe('OK\nUSER anna\nUSER bob\nUSER eve\n');
    expect(bob?.read()).toBe('INFO ann is now anna\nMSG anna hi\n');
    expect(eve?.read()).toBe('');
  });

  it('frees the former name, and takes the new one', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.send('NICK anna\n');
    const other = world.connect();
    other.send('LOGIN anna\nLOGIN ann\n');
    expect(other.read()).toBe('ERR username-taken\nOK\n');
    other.send('DM anna hi\n');
    expect(ann.read()).toBe('OK\nDM ann hi\n');
  });

  it('to the same name is OK, and tells nobody', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.send('NICK ann\n');
    expect(ann?.read()).toBe('OK\n');
    expect(bob?.read()).toBe('');
  });

  it('is observed once for each room, for the transcript and the log', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.send('NICK anna\n');
    const kinds = world.seen.map(({ event }) => event.kind);
    expect(kinds.filter((kind) => kind === 'notice' || kind === 'done')).toEqual(['done', 'notice']);
  });

  it('changes the case of a name', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.send('NICK Ann\nWHO\n');
    expect(ann.read()).toBe('OK\nUSER Ann\n');
  });

  it('is refused like LOGIN for a name that is invalid, taken or registered, and the session keeps its name', () => {
    const world = new World();
    world.register('reg');
    const [ann] = world.logins('ann', 'bob');
    ann?.send('NICK\nNICK two words\nNICK !\nNICK bob\nNICK b0b\nNICK server\nNICK reg\nWHO\n');
    expect(ann?.lines()).toEqual([
      'ERR usage: NICK <new>',
      'ERR usage: NICK <new>',
      'ERR invalid-username',
      'ERR username-taken',
      'ERR username-taken',
      'ERR username-taken',
      'ERR password-required',
      'USER ann',
      'USER bob',
    ]);
  });

  it('keeps the account: the owner has its rights and passwords, and can return to the registered name', async () => {
    const world = new World();
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const opal = await world.loginOwner('opal');
    const bob = world.login('bob');
    expect(await opal.ask('NICK gem\nKICK bob\nREGISTER correct-horse\nNICK opal\n')).toBe(
      'OK\nOK\nINFO bob disconnected\nERR already-registered\nOK\n',
    );
    expect(bob.closed).toBe(true);
  });

  it('unregisters the account, not the name in use', async () => {
    const world = new World();
    world.register('opal');
    const opal = await world.loginOwner('opal');
    expect(await opal.ask('NICK gem\nUNREGISTER opal-password\n')).toBe('OK\nOK\n');
    expect(world.accounts.users.account('opal')).toBeUndefined();
  });
});
