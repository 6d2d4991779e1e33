/** NICK: a session gets another name and keeps everything else. */
import { describe, expect, it } from 'vitest';
import { passwordOf, World } from '../../support/world.js';

describe('NICK', () => {
  it('NICK renames the session, and notifies the users of its room once', () => {
    const world = new World();
    const [ann, bob, eve] = world.logins('ann', 'bob', 'eve');
    eve?.send('JOIN other\n');
    for (const peer of [ann, bob, eve]) peer?.read();
    ann?.send('NICK anna\nMSG hi\nWHO\n');
    expect(ann?.read()).toBe('OK\nUSER anna\nUSER bob\nUSER eve\n');
    expect(bob?.read()).toBe('INFO ann is now anna\nMSG anna hi\n');
    expect(eve?.read()).toBe('');
  });

  it('NICK frees the former name, and takes the new one', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.send('NICK anna\n');
    const other = world.connect();
    other.send('LOGIN anna\nLOGIN ann\n');
    expect(other.read()).toBe('ERR username-taken\nOK\n');
    other.send('DM anna hi\n');
    expect(ann.read()).toBe('OK\nDM ann hi\n');
  });

  it('NICK to the same name is answered OK, and other users get no notice', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.send('NICK ann\n');
    expect(ann?.read()).toBe('OK\n');
    expect(bob?.read()).toBe('');
  });

  it('NICK is observed once for each room, for the transcript and the log', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.send('NICK anna\n');
    const kinds = world.seen.map(({ event }) => event.kind);
    expect(kinds.filter((kind) => kind === 'notice' || kind === 'done')).toEqual(['done', 'notice']);
  });

  it('NICK changes the case of a name', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.send('NICK Ann\nWHO\n');
    expect(ann.read()).toBe('OK\nUSER Ann\n');
  });

  it('NICK is refused like LOGIN for a name that is invalid, taken or registered, and the session keeps its name', () => {
    const world = new World();
    world.register('reg');
    const [ann] = world.logins('ann', 'bob');
    ann?.send('NICK\nNICK two more words\nNICK !\nNICK bob\nNICK b0b\nNICK server\nNICK reg\nWHO\n');
    expect(ann?.lines()).toEqual([
      'ERR usage: NICK <new> [<password or token>]',
      'ERR usage: NICK <new> [<password or token>]',
      'ERR invalid-username',
      'ERR username-taken',
      'ERR username-taken',
      'ERR username-taken',
      'ERR password-required',
      'USER ann',
      'USER bob',
    ]);
  });

  it('NICK with the password of a registered name logs in to its account and ends its older session', async () => {
    const world = new World();
    world.register('reg');
    world.accounts.users.setOperator('reg', true);
    const [ann, bob, cat] = world.logins('ann', 'bob', 'cat');
    const ghost = await world.loginOwner('reg');
    for (const peer of [ann, bob, cat]) peer?.read();
    expect(await ann?.ask(`NICK reg ${passwordOf('reg')}\nKICK cat\n`)).toBe(
      'INFO reg disconnected\nOK\nOK\nINFO cat disconnected\n',
    );
    expect(ghost.closed).toBe(true);
    expect(cat?.closed).toBe(true);
    expect(bob?.read()).toContain('INFO ann is now reg\n');
  });

  it('NICK to a name that is not registered needs no secret; one that is given must be that of the server', async () => {
    const world = new World({ serverPassword: 'team-secret' });
    const ann = world.connect();
    expect(await ann.ask('LOGIN ann team-secret\n')).toBe('OK\n');
    expect(await ann.ask('NICK anna wrong-secret\n')).toBe('ERR wrong-password\n');
    expect(ann.client?.name?.shown).toBe('ann');
    expect(await ann.ask('NICK anna team-secret\n')).toBe('OK\n');
    expect(await ann.ask('NICK ann2\n')).toBe('OK\n');
    const open = new World();
    const bob = open.login('bob');
    expect(await bob.ask('NICK bobby any-secret\n')).toBe('OK\n');
  });

  it('NICK with the password delivers what was stored for the account', async () => {
    const world = new World();
    world.register('reg');
    const [ann, bob] = world.logins('ann', 'bob');
    bob?.send('DM reg hello\n');
    expect(await ann?.ask(`NICK reg ${passwordOf('reg')}\n`)).toMatch(/^OK\n(INFO .*\n)?DM bob hello\n$/);
    expect(world.accounts.offline.waitingFor('reg')).toEqual([]);
  });

  it('NICK back to the name of the account delivers what was stored for it meanwhile', async () => {
    const world = new World();
    world.register('reg');
    const reg = await world.loginOwner('reg');
    const bob = world.login('bob');
    await reg.ask('NICK reggie\n');
    bob.send('DM reg hello\n');
    expect(reg.read()).not.toContain('hello');
    reg.send('NICK reg\n');
    expect(reg.read()).toBe('OK\nDM bob hello\n');
    reg.send('NICK Reg\n');
    expect(reg.read()).toBe('OK\n');
    expect(world.accounts.offline.waitingFor('reg')).toEqual([]);
  });

  it('NICK with a wrong password is refused, and the session keeps its name and account', async () => {
    const world = new World();
    world.register('reg');
    const ann = world.login('ann');
    expect(await ann.ask('NICK reg wrong-one\nWHO\n')).toBe('ERR wrong-password\nUSER ann\n');
  });

  it('NICK keeps the account: the owner has its rights and passwords, and can return to the registered name', async () => {
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

  it('NICK to the name of the account takes it from another session of the account with the password alone', async () => {
    const world = new World();
    world.register('opal');
    const first = await world.loginOwner('opal');
    expect(await first.ask('NICK gem\n')).toBe('OK\n');
    const second = await world.loginOwner('opal');
    expect(await first.ask('NICK opal\nNICK opal wrong-one\n')).toBe(
      'ERR username-taken\nERR wrong-password\n',
    );
    expect(second.closed).toBe(false);
    second.read();
    expect(await first.ask('NICK opal opal-password\n')).toContain('OK\n');
    expect(second.read()).toContain('INFO disconnected: logged in elsewhere\n');
    expect(second.closed).toBe(true);
    expect(await first.ask('WHO\n')).toBe('USER opal\n');
  });

  it('UNREGISTER after NICK unregisters the account, not the name in use', async () => {
    const world = new World();
    world.register('opal');
    const opal = await world.loginOwner('opal');
    expect(await opal.ask('NICK gem\nUNREGISTER opal-password\n')).toBe('OK\nOK\n');
    expect(world.accounts.users.account('opal')).toBeUndefined();
  });
});
