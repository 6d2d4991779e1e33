/** What keeping order does, and to whom. Who may is in rights.test.ts. */
import { describe, expect, it } from 'vitest';
import { type Peer, World } from '../../support/world.js';
import { connect, gotalk, login, machat } from '../../dialects/speakers.js';

/** A world with an operator in it. */
async function ordered(): Promise<{ world: World; op: Peer }> {
  const world = new World();
  world.register('Opal');
  world.accounts.users.setOperator('opal', true);
  return { world, op: await world.loginOwner('Opal') };
}

describe('KICK', () => {
  it.each([
    ['KICK bob', 'INFO disconnected: kicked by Opal\n'],
    ['kick BOB  calm   down ', 'INFO disconnected: kicked by Opal: calm   down\n'],
  ])('%j ends a session, of which everyone is told', async (line, words) => {
    const { world, op } = await ordered();
    const [bob, cat] = world.logins('bob', 'cat');
    op.send(`${line}\n`);
    expect(op.read()).toBe('OK\nINFO bob disconnected\n');
    expect(bob?.read()).toBe(words);
    expect(bob?.closed).toBe(true);
    expect(cat?.read()).toBe('INFO bob disconnected\n');
    world.login('bob');
  });

  it('is said to every dialect', async () => {
    const { world, op } = await ordered();
    const [mina, gus] = [login(world, machat, 'mina'), login(world, gotalk, 'gus')];
    op.send('KICK mina go\nKICK gus\n');
    expect(mina.read()).toBe('* disconnected: kicked by Opal: go\n');
    expect(gus.read()).toContain('[system]: disconnected: kicked by Opal\n');
  });

  it.each([
    ['KICK', 'ERR usage: KICK <user> [<reason>]\n'],
    ['KICK nobody', 'ERR user-not-found\n'],
  ])('%j is answered %j', async (line, answer) => {
    const { op } = await ordered();
    op.send(`${line}\n`);
    expect(op.read()).toBe(answer);
  });

  it('may be of oneself', async () => {
    const { op } = await ordered();
    op.send('KICK opal bye\nPING\n');
    expect(op.read()).toBe('OK\nINFO disconnected: kicked by Opal: bye\n');
  });
});

describe('BAN', () => {
  it('of a name ends its session and keeps it out, until UNBAN', async () => {
    const { world, op } = await ordered();
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

  it('of a registered name costs no hash to keep out, and nobody learns whether the password was right', async () => {
    const { world, op } = await ordered();
    world.register('ann');
    op.send('BAN ann\n');
    const before = world.hasher.begun;
    expect(await world.connect().ask('LOGIN ann ann-password\n')).toBe('ERR banned\n');
    expect(world.hasher.begun).toBe(before);
  });

  it('for some minutes is over then', async () => {
    const { world, op } = await ordered();
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

  it('of addresses ends all sessions from there but one’s own, and shuts the door', async () => {
    const { world, op } = await ordered();
    const near = world.connect('10.0.7.7');
    near.send('LOGIN near\n');
    const undecided = world.connect('10.0.7.8');
    const far = world.connect('10.1.0.1');
    far.send('LOGIN far\n');
    far.read();
    op.send('BAN 10.0.0.0/16 60\nBANS\n');
    expect(op.lines()).toEqual([
      'OK',
      'INFO near disconnected',
      'INFO 10.0.0.0/16 until 2026-03-01T13:00:00.000Z by Opal',
      'OK',
    ]);
    expect(near.read()).toBe('OK\nINFO disconnected: banned by Opal\n');
    undecided.send('LOGIN sneaky\n');
    expect(undecided.read()).toBe('ERR banned\n');
    for (const [address, words] of [
      ['10.0.1.1', 'ERR banned\n'],
      ['10.1.1.1', ''],
    ] as const) {
      const peer = world.connect(address);
      expect(peer.read()).toBe(words);
      expect(peer.closed).toBe(words !== '');
    }
    expect(world.connect('10.0.1.2', machat.converse).read()).toBe('* banned\n');
    expect(world.connect('10.0.1.2', gotalk.converse).read()).toBe('Sorry! You are banned here.\n');
    far.send('PING\n');
    expect(far.read()).toBe('INFO near disconnected\nPONG\n');
    op.send('UNBAN 10.0.0.0/16\n');
    expect(world.connect('10.0.1.1').closed).toBe(false);
  });

  it.each([
    ['BAN', 'ERR usage: BAN <user or address[/bits]> [<minutes>] [<reason>]'],
    ['BAN bob 0', 'ERR usage: BAN <user or address[/bits]> [<minutes>] [<reason>]'],
    ['BAN nobody', 'ERR user-not-found'],
    ['BAN opal', 'ERR not-permitted'],
    ['BAN 10.0.0.0/33', 'ERR user-not-found'],
    ['UNBAN', 'ERR usage: UNBAN <user or address[/bits]>'],
    ['UNBAN nobody', 'ERR user-not-found'],
    ['UNBAN 10.9.9.9', 'ERR user-not-found'],
    ['UNBAN bob', 'OK'],
  ])('%j is answered %j', async (line, answer) => {
    const { world, op } = await ordered();
    world.login('bob');
    op.send(`${line}\n`);
    expect(op.read()).toBe(`${answer}\n`);
  });

  it('that cannot be stored has not happened', async () => {
    const { world, op } = await ordered();
    const bob = world.login('bob');
    world.accounts.bans.add = () => {
      throw new Error('disk full');
    };
    op.send('BAN bob\nMUTE bob\n');
    expect(op.read()).toBe('ERR not-stored\nERR not-stored\n');
    bob.send('MSG still here\nPING\n');
    expect(bob.read()).toBe('PONG\n');
    expect(op.read()).toBe('MSG bob still here\n');
  });
});

describe('MUTE', () => {
  it('lets someone listen, and neither speak nor be stored, over a reconnect too', async () => {
    const { world, op } = await ordered();
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

  it('for some minutes is over then', async () => {
    const { world, op } = await ordered();
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
  ])('%j is answered %j', async (line, answer) => {
    const { world, op } = await ordered();
    world.login('bob');
    op.send(`${line}\n`);
    expect(op.read()).toBe(`${answer}\n`);
  });

  it('of someone who is away waits for the return', async () => {
    const { world, op } = await ordered();
    world.register('ann');
    op.send('MUTE ann\n');
    const ann = await world.loginOwner('ann');
    ann.send('MSG hi\n');
    expect(ann.read()).toBe('ERR not-permitted\n');
  });
});

describe('SAY', () => {
  it('is heard by everyone in whatever room and dialect, and is in no history', async () => {
    const { world, op } = await ordered();
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

describe('roles', () => {
  it('hold at once when they are granted or revoked from outside', async () => {
    const { world } = await ordered();
    world.register('ann');
    const ann = await world.loginOwner('ann');
    const ask = (line: string) => ann.ask(`${line}\n`);
    expect(await ask('BANS')).toBe('ERR not-permitted\n');
    world.accounts.users.setOperator('ann', true);
    world.hub.accountChanged('ann', world.clock.now());
    expect(await ask('BANS')).toBe('OK\n');
    expect(await ask('HELP OPERATOR')).toContain('KICK <user>');
    world.accounts.users.setOperator('ann', false);
    expect(await ask('BANS')).toBe('ERR not-permitted\n');
    expect(await ask('HELP OPERATOR')).toBe('ERR not-permitted\n');
  });

  it('end with the name’s registration', async () => {
    const { world, op } = await ordered();
    world.accounts.users.unregister('opal');
    world.hub.accountChanged('opal', world.clock.now());
    op.send('BANS\nMSG hi\nPING\n');
    expect(op.read()).toBe('ERR not-permitted\nPONG\n');
  });
});

describe('gotalk', () => {
  it('keeps order by /verbs, and is answered in words', async () => {
    const { world } = await ordered();
    const bob = world.login('bob');
    const gus = connect(world, gotalk);
    await gus.ask('opal\nOpal-password\n');
    const system = (text: string) => `[2026-03-01 12:00:00][system]: ${text}\n`;
    gus.send('/mute bob 5\n/unmute bob\n/bans\n/ban\n/say hi\n/kick bob calm down\n/ban nobody\n');
    expect(gus.read()).toBe(
      system('bob is muted until 2026-03-01T12:05:00.000Z') +
        system('bob is no longer muted') +
        system('no bans') +
        system('usage: /ban <user or address[/bits]> [<minutes>] [<reason>]') +
        system('sent to all users') +
        system('bob is disconnected') +
        system('bob has left our chat...') +
        system('no user "nobody" here; /who lists the users'),
    );
    expect(bob.read()).toMatch(/INFO disconnected: kicked by opal: calm down\n$/);
    gus.send('/help operator\n');
    expect(gus.read()).toContain('/kick <user> ');
  });
});

describe('the log', () => {
  it('has what was done, by whom', async () => {
    const { world, op } = await ordered();
    world.login('bob');
    op.send('MUTE bob 5\nBAN bob 10 spam\nSAY hi\nUNBAN bob\n');
    const deeds = world.seen.flatMap(({ event, by }) =>
      event.kind === 'done' ? [{ ...event.action, by: by.name?.shown }] : [],
    );
    const minutes = (count: number) => world.clock.now() + count * 60_000;
    expect(deeds).toEqual([
      { kind: 'mute', about: 'bob', until: minutes(5), by: 'Opal' },
      { kind: 'ban', about: 'bob', until: minutes(10), text: 'spam', by: 'Opal' },
      { kind: 'announce', about: '', text: 'hi', by: 'Opal' },
      { kind: 'unban', about: 'bob', by: 'Opal' },
    ]);
  });
});
