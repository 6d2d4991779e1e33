/** The effects of the operators' commands. Their permissions are tested in permissions.test.ts. */
import { describe, expect, it } from 'vitest';
import { FragileHistory } from '../../support/fragile-history.js';
import { type Peer, World, type WorldOptions } from '../../support/world.js';
import { connect, gotalk, login, machat } from '../../dialects/speakers.js';

/** A world with a logged-in operator. */
async function worldWithOperator(options: WorldOptions = {}): Promise<{ world: World; op: Peer }> {
  const world = new World(options);
  world.register('Opal');
  world.accounts.users.setOperator('opal', true);
  world.accounts.commit();
  return { world, op: await world.loginOwner('Opal') };
}

describe('KICK', () => {
  it.each([
    ['KICK bob', 'INFO disconnected: kicked by Opal\n'],
    ['kick BOB  calm   down ', 'INFO disconnected: kicked by Opal: calm   down\n'],
  ])('the command %j ends the session, and every user gets a notice', async (line, notice) => {
    const { world, op } = await worldWithOperator();
    const [bob, cat] = world.logins('bob', 'cat');
    op.send(`${line}\n`);
    expect(op.read()).toBe('OK\nINFO bob disconnected\n');
    expect(bob?.read()).toBe(notice);
    expect(bob?.closed).toBe(true);
    expect(cat?.read()).toBe('INFO bob disconnected\n');
    world.login('bob');
  });

  it('a kicked client gets the reason in every dialect', async () => {
    const { world, op } = await worldWithOperator();
    const [mina, gus] = [login(world, machat, 'mina'), login(world, gotalk, 'gus')];
    op.send('KICK mina go\nKICK gus\n');
    expect(mina.read()).toBe('* disconnected: kicked by Opal: go\n');
    expect(gus.read()).toContain('[system]: disconnected: kicked by Opal\n');
  });

  it.each([
    ['KICK', 'ERR usage: KICK <user> [<reason>]\n'],
    ['KICK nobody', 'ERR user-not-found\n'],
  ])('the KICK command %j is answered %j', async (line, answer) => {
    const { op } = await worldWithOperator();
    op.send(`${line}\n`);
    expect(op.read()).toBe(answer);
  });

  it('an operator cannot kick, ban or mute its own session', async () => {
    const { op } = await worldWithOperator();
    op.send('KICK opal bye\nMUTE opal\nBAN opal\nPING\n');
    expect(op.read()).toBe(`${'ERR not-permitted\n'.repeat(3)}PONG\n`);
  });
});

describe('BAN', () => {
  it('a banned name is disconnected and cannot log in until UNBAN', async () => {
    const { world, op } = await worldWithOperator();
    const bob = world.login('bob');
    op.send('BAN bob spam, again\n');
    expect(op.read()).toBe('OK\nINFO bob disconnected\n');
    expect(bob.read()).toBe('INFO disconnected: banned by Opal: spam, again\n');
    const again = world.connect();
    again.send('LOGIN Bob\nLOGIN other\n');
    expect(again.read()).toBe('ERR banned\n');
    expect(again.closed).toBe(true);
    op.send('UNBAN bob\n');
    expect(op.read()).toBe('OK\n');
    world.login('bob');
  });

  it('a login with a banned name is refused without a hash, so the refusal does not depend on the password', async () => {
    const { world, op } = await worldWithOperator();
    world.register('ann');
    op.send('BAN ann\n');
    const before = world.hasher.begun;
    expect(await world.connect().ask('LOGIN ann ann-password\n')).toBe('ERR banned\n');
    expect(world.hasher.begun).toBe(before);
  });

  it('a ban for 10 minutes ends after 10 minutes', async () => {
    const { world, op } = await worldWithOperator();
    world.login('bob');
    op.send('BAN bob 10 spam\nBANS\n');
    expect(op.read()).toContain('INFO bob until 2026-03-01T12:10:00.000Z by Opal: spam\nOK\n');
    world.wait(10 * 60_000 - 1);
    expect(await world.connect().ask('LOGIN bob\n')).toBe('ERR banned\n');
    world.wait(1);
    expect(await world.connect().ask('LOGIN bob\n')).toBe('OK\n');
    op.send('BANS\n');
    expect(op.read()).toBe('OK\n');
  });

  it('a banned block of addresses is disconnected and refused, except the session of the operator', async () => {
    const { world, op } = await worldWithOperator();
    const near = world.connect('10.0.7.7');
    near.send('LOGIN near\n');
    const notLoggedIn = world.connect('10.0.7.8');
    const far = world.connect('10.1.0.1');
    far.send('LOGIN far\n');
    far.read();
    op.send('BAN 10.0.0.0/16 60\nBAN 10.0.0.0/16 60 FORCE\nBANS\n');
    expect(op.lines()).toEqual([
      'ERR not-permitted',
      'OK',
      'INFO near disconnected',
      'INFO 10.0.0.0/16 until 2026-03-01T13:00:00.000Z by Opal: FORCE',
      'OK',
    ]);
    expect(near.read()).toBe('OK\nINFO disconnected: banned by Opal: FORCE\n');
    notLoggedIn.send('LOGIN sneaky\n');
    expect(notLoggedIn.read()).toBe('ERR banned\n');
    for (const [address, reply] of [
      ['10.0.1.1', 'ERR banned\n'],
      ['10.1.1.1', ''],
    ] as const) {
      const peer = world.connect(address);
      expect(peer.read()).toBe(reply);
      expect(peer.closed).toBe(reply !== '');
    }
    expect(world.connect('10.0.1.2', machat.converse).read()).toBe('* banned\n');
    expect(world.connect('10.0.1.2', gotalk.converse).read()).toBe(
      'Sorry! You are banned. Please contact the operator.\n',
    );
    far.send('PING\n');
    expect(far.read()).toBe('INFO near disconnected\nPONG\n');
    op.send('UNBAN 10.0.0.0/16\n');
    expect(world.connect('10.0.1.1').closed).toBe(false);
  });

  it.each([
    ['BAN', 'ERR usage: BAN <user or address[/bits]> [<minutes>] [<reason>]'],
    ['BAN bob 0', 'ERR usage: BAN <user or address[/bits]> [<minutes>] [<reason>]'],
    ['BAN no/name', 'ERR user-not-found'],
    ['BAN 127.0.0.1', 'ERR not-permitted'],
    ['BAN 127.9.0.0/16 5 spam', 'ERR not-permitted'],
    ['BAN ::/0', 'ERR not-permitted'],
    ['BAN opal', 'ERR not-permitted'],
    ['BAN 10.0.0.0/33', 'ERR user-not-found'],
    ['UNBAN', 'ERR usage: UNBAN <user or address[/bits]>'],
    ['UNBAN nobody', 'ERR user-not-found'],
    ['UNBAN 10.9.9.9', 'ERR user-not-found'],
    ['UNBAN bob', 'OK'],
  ])('the BAN command %j is answered %j', async (line, answer) => {
    const { world, op } = await worldWithOperator();
    world.login('bob');
    op.send(`${line}\n`);
    expect(op.read()).toBe(`${answer}\n`);
  });

  it('a ban, mute or ignore that cannot be stored is refused and undone; a session that a ban ended stays ended', async () => {
    const history = new FragileHistory();
    const { world, op } = await worldWithOperator({ history });
    const [bob, cat] = world.logins('bob', 'cat');
    op.read();
    history.broken = true;
    op.send('BAN bob\nMUTE cat\nIGNORE cat\nUNBAN dan\n');
    expect(op.lines().map((line) => line.split(' ')[1])).toEqual([
      'not-stored',
      'bob',
      'not-stored',
      'not-stored',
      'user-not-found',
    ]);
    expect(bob?.closed).toBe(true);
    expect(world.seen.filter(({ event }) => event.kind === 'done')).toEqual([]);
    cat?.send('MSG still here\nPING\n');
    expect(cat?.read()).toMatch(/^ERR not-stored\nPONG\n$/m);
    history.broken = false;
    cat?.send('MSG still here\n');
    expect(op.read()).toBe('MSG cat still here\n');
    world.login('bob');
    expect(world.hub.userCount).toBe(3);
  });
});

describe('MUTE', () => {
  it('a muted user can read and send direct messages but not speak, also after a reconnect', async () => {
    const { world, op } = await worldWithOperator();
    const bob = world.login('bob');
    op.send('MUTE bob\n');
    bob.send('MSG one\nPASTE\ntwo\n.\nDM opal three\nPING\n');
    expect(bob.read()).toBe('ERR not-permitted\nERR not-permitted\nPONG\n');
    bob.send('QUIT\n');
    const again = world.login('BOB');
    again.send('MSG four\n');
    expect(again.read()).toBe('ERR not-permitted\n');
    expect(op.read()).toBe('OK\nDM bob three\nINFO bob disconnected\n');
    op.send('HISTORY\nUNMUTE bob\nMSG hi\n');
    expect(op.read()).toBe('OK\nOK\n');
    again.send('MSG five\n');
    expect(again.read()).toBe('MSG Opal hi\n');
    expect(op.read()).toBe('MSG BOB five\n');
  });

  it('a muted user can end AWAY and delete its messages, without a word', async () => {
    const { world, op } = await worldWithOperator();
    const bob = world.login('bob');
    bob.send('AWAY lunch\nMSG oops\nDM opal psst\nDM opal psst\n');
    bob.read();
    op.send('MUTE bob\n');
    op.read();
    bob.send('AWAY so there\nDELETE 1 so there\nDELETE 2 so there\n');
    expect(bob.read()).toBe('ERR not-permitted\n'.repeat(3));
    bob.send('AWAY\nDELETE 1\nDELETE 2\nLEAVE\n');
    expect(bob.read()).toBe('OK\n'.repeat(4));
    op.send('WHOIS bob\nHISTORY\n');
    expect(op.read()).not.toMatch(/away|HIST/);
  });

  it('a mute for 5 minutes ends after 5 minutes', async () => {
    const { world, op } = await worldWithOperator();
    const bob = world.login('bob');
    op.send('MUTE bob 5\n');
    world.wait(5 * 60_000 - 1);
    bob.send('MSG early\n');
    world.wait(1);
    bob.send('MSG now\n');
    expect(op.read()).toBe('OK\nMSG bob now\n');
  });

  it.each([
    ['MUTE', 'ERR usage: MUTE <user> [<minutes>]'],
    ['MUTE bob soon', 'ERR usage: MUTE <user> [<minutes>]'],
    ['MUTE bob 0', 'ERR usage: MUTE <user> [<minutes>]'],
    ['MUTE nobody', 'ERR user-not-found'],
    ['UNMUTE', 'ERR usage: UNMUTE <user>'],
    ['UNMUTE nobody', 'ERR user-not-found'],
  ])('the MUTE command %j is answered %j', async (line, answer) => {
    const { world, op } = await worldWithOperator();
    world.login('bob');
    op.send(`${line}\n`);
    expect(op.read()).toBe(`${answer}\n`);
  });

  it('a mute of an offline user applies from the next login', async () => {
    const { world, op } = await worldWithOperator();
    world.register('ann');
    op.send('MUTE ann\n');
    const ann = await world.loginOwner('ann');
    ann.send('MSG hi\n');
    expect(ann.read()).toBe('ERR not-permitted\n');
  });
});

describe('SAY', () => {
  it('an announcement reaches every room and dialect, and is not in the history', async () => {
    const { world, op } = await worldWithOperator();
    const bob = world.login('bob');
    bob.send('JOIN dev\n');
    const [mina, gus] = [login(world, machat, 'mina'), login(world, gotalk, 'gus')];
    for (const peer of [op, bob, mina, gus]) peer.read();
    op.send('SAY restart  at noon\nHISTORY\n');
    expect(op.read()).toBe('OK\nOK\n');
    expect(bob.read()).toBe('INFO Opal: restart  at noon\n');
    expect(mina.read()).toBe('* Opal: restart  at noon\n');
    expect(gus.read()).toBe('[2026-03-01 12:00:00][system]: Opal: restart  at noon\n');
    op.send('SAY\n');
    expect(op.read()).toBe('ERR usage: SAY <text>\n');
  });
});

describe('the operator role', () => {
  it('a role that another program grants or revokes takes effect at once', async () => {
    const { world } = await worldWithOperator();
    world.register('ann');
    const ann = await world.loginOwner('ann');
    const ask = (line: string) => ann.ask(`${line}\n`);
    expect(await ask('BANS')).toBe('ERR not-permitted\n');
    world.accounts.users.setOperator('ann', true);
    world.hub.accountChanged('ann', false, world.clock.now());
    expect(await ask('BANS')).toBe('OK\n');
    expect(await ask('HELP OPERATOR')).toContain('KICK <user>');
    world.accounts.users.setOperator('ann', false);
    expect(await ask('BANS')).toBe('ERR not-permitted\n');
    expect(await ask('HELP OPERATOR')).toBe('ERR not-permitted\n');
  });

  it('an operator whose name is unregistered loses the role', async () => {
    const { world, op } = await worldWithOperator();
    world.accounts.users.unregister('opal');
    world.hub.accountChanged('opal', false, world.clock.now());
    world.settle();
    op.send('BANS\nMSG hi\nPING\n');
    expect(op.read()).toBe('ERR not-permitted\nPONG\n');
  });
});

describe('moderation in gotalk', () => {
  it('an operator uses /verbs and gets replies in words', async () => {
    const { world } = await worldWithOperator();
    const bob = world.login('bob');
    const gus = connect(world, gotalk);
    await gus.ask('opal\nOpal-password\n');
    const system = (text: string) => `[2026-03-01 12:00:00][system]: ${text}\n`;
    gus.send('/mute bob 5\n/unmute bob\n/bans\n/ban\n/say hi\n/kick bob calm down\n/kick nobody\n');
    expect(gus.read()).toBe(
      system('bob is muted until 2026-03-01T12:05:00.000Z') +
        system('bob is no longer muted') +
        system('no bans') +
        system('usage: /ban <user or address[/bits]> [<minutes>] [<reason>]') +
        system('sent to all users') +
        system('bob is disconnected') +
        system('bob has left our chat...') +
        system('unknown user "nobody"; /who lists the users'),
    );
    expect(bob.read()).toMatch(/INFO disconnected: kicked by opal: calm down\n$/);
    gus.send('/help operator\n');
    expect(gus.read()).toContain('/kick <user> ');
  });
});

describe('moderation in the log', () => {
  it('each completed action is observed with its operator', async () => {
    const { world, op } = await worldWithOperator();
    world.login('bob');
    op.send('MUTE bob 5\nBAN bob 10 spam\nSAY hi\nUNBAN bob\n');
    const actions = world.seen.flatMap(({ event, by }) =>
      event.kind === 'done' ? [{ ...event.action, by: by.name?.shown }] : [],
    );
    const minutes = (count: number) => world.clock.now() + count * 60_000;
    expect(actions).toEqual([
      { kind: 'mute', about: 'bob', until: minutes(5), by: 'Opal' },
      { kind: 'ban', about: 'bob', until: minutes(10), text: 'spam', by: 'Opal' },
      { kind: 'announce', about: '', text: 'hi', by: 'Opal' },
      { kind: 'unban', about: 'bob', by: 'Opal' },
    ]);
  });
});
