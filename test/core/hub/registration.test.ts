/** Names that stay their owners': REGISTER, PASSWORD, UNREGISTER, and LOGIN with a secret. */
import { describe, expect, it } from 'vitest';
import { passwordOf, World } from '../../support/world.js';

describe('REGISTER', () => {
  it('makes the name in use one’s own', async () => {
    const world = new World();
    const ann = world.login('Ann');
    expect(await ann.ask('REGISTER correct-horse\n')).toBe('OK\n');
    ann.send('QUIT\n');
    for (const like of ['ann', 'ANN']) {
      expect(await world.connect().ask(`LOGIN ${like}\n`)).toBe('ERR password-required\n');
      expect(await world.connect().ask(`LOGIN ${like} wrong-horse\n`)).toBe('ERR wrong-password\n');
    }
    expect(await world.connect('10.0.0.2').ask('LOGIN ann correct-horse\n')).toBe('OK\n');
  });

  it.each([
    ['1234567', 'ERR weak-password'],
    ['ann-the-1', 'ERR weak-password'],
    ['ANN-THE-1', 'ERR weak-password'],
    ['12345678', 'OK'],
    ['pässwörd', 'OK'],
    ['🐎🐎🐎🐎', 'ERR weak-password'],
    ['two words', 'ERR weak-password'],
    ['', 'ERR usage: REGISTER <password>'],
  ])('%j is answered %j', async (password, answer) => {
    const ann = new World().login('ann-the-1');
    expect(await ann.ask(`REGISTER ${password}\n`)).toBe(`${answer}\n`);
  });

  it('is done once', async () => {
    const world = new World();
    const ann = world.login('ann');
    expect(await ann.ask('REGISTER correct-horse\nREGISTER another-horse\n')).toBe(
      'OK\nERR already-registered\n',
    );
    expect(world.hasher.begun).toBe(1);
  });

  it('is for those who are logged in', async () => {
    expect(await new World().connect().ask('REGISTER correct-horse\n')).toBe(
      "ERR expected 'LOGIN <username>'\n",
    );
  });

  it('takes what looks like the name out of everybody’s reach', async () => {
    const world = new World();
    world.register('max');
    for (const like of ['rnax', 'máx', 'MAX.', 'lobby'])
      expect(await world.connect().ask(`LOGIN ${like} ${passwordOf('max')}\n`), like).toBe(
        like === 'MAX.' ? 'OK\n' : 'ERR username-taken\n',
      );
    expect(world.hasher.begun).toBe(0);
  });

  it('that cannot be stored is said, and has not happened', async () => {
    const world = new World();
    const ann = world.login('ann');
    world.accounts.users.register = () => {
      throw new Error('disk full');
    };
    expect(await ann.ask('REGISTER correct-horse\nUNREGISTER correct-horse\n')).toBe(
      'ERR not-stored\nERR not-registered\n',
    );
    expect(world.errors.map(String)).toEqual(['Error: disk full']);
  });
});

describe('PASSWORD', () => {
  it('is another from now on', async () => {
    const world = new World();
    world.register('ann');
    const ann = await world.loginOwner('ann');
    expect(await ann.ask(`PASSWORD ${passwordOf('ann')} better-horse\n`)).toBe('OK\n');
    expect(await world.connect().ask(`LOGIN ann ${passwordOf('ann')}\n`)).toBe('ERR wrong-password\n');
    expect(await world.connect().ask('LOGIN ann better-horse\n')).toBe('OK\n');
  });

  it.each([
    ['PASSWORD wrong-horse better-horse', 'ERR wrong-password'],
    ['PASSWORD ann-password short', 'ERR weak-password'],
    ['PASSWORD ann-password', 'ERR usage: PASSWORD <old> <new>'],
    ['PASSWORD ann-password two words', 'ERR weak-password'],
  ])('%s is answered %s, and changes nothing', async (line, answer) => {
    const world = new World();
    world.register('ann');
    const ann = await world.loginOwner('ann');
    expect(await ann.ask(`${line}\n`)).toBe(`${answer}\n`);
    expect(await world.connect().ask(`LOGIN ann ${passwordOf('ann')}\n`)).toBe('OK\n');
  });

  it('is for registered names', async () => {
    const bob = new World().login('bob');
    expect(await bob.ask('PASSWORD old-horse new-horse\n')).toBe('ERR not-registered\n');
  });

  it('of two at once, the one that comes second must know the first', async () => {
    const world = new World();
    world.register('ann');
    const ann = await world.loginOwner('ann');
    ann.say(`PASSWORD ${passwordOf('ann')} better-horse\n`);
    world.accounts.users.changePassword('ann', world.hasher.hashOf('reset-horse'));
    await world.hashed();
    expect(ann.read()).toBe('ERR wrong-password\n');
    expect(await world.connect().ask('LOGIN ann reset-horse\n')).toBe('OK\n');
  });
});

describe('UNREGISTER', () => {
  it('gives the name up, and the session goes on', async () => {
    const world = new World();
    world.register('ann');
    const ann = await world.loginOwner('ann');
    expect(await ann.ask('UNREGISTER wrong-horse\n')).toBe('ERR wrong-password\n');
    expect(await ann.ask(`UNREGISTER ${passwordOf('ann')}\n`)).toBe('OK\n');
    expect(await world.connect().ask('LOGIN ann\n')).toBe('ERR username-taken\n');
    ann.send('QUIT\n');
    expect(await world.connect().ask('LOGIN ann\n')).toBe('OK\n');
  });

  it('is for registered names', async () => {
    const bob = new World().login('bob');
    expect(await bob.ask('UNREGISTER some-horse\n')).toBe('ERR not-registered\n');
    expect(await bob.ask('UNREGISTER\n')).toBe('ERR usage: UNREGISTER <password>\n');
  });
});

describe('LOGIN', () => {
  it('of an unregistered name needs no secret, and one that is given is not looked at', async () => {
    const world = new World();
    expect(await world.connect().ask('LOGIN bob whatever\n')).toBe('OK\n');
    expect(world.hasher.begun).toBe(0);
  });

  it('of a registered name ends its older session, of which everyone is told once', async () => {
    const world = new World();
    world.register('ann');
    const bob = world.login('bob');
    const ghost = await world.loginOwner('ann');
    const back = world.connect();
    expect(await back.ask(`LOGIN ann ${passwordOf('ann')}\nWHO\n`)).toBe('OK\nUSER bob\nUSER ann\n');
    expect(ghost.read()).toBe('INFO disconnected: logged in elsewhere\n');
    expect(ghost.closed).toBe(true);
    expect(bob.read()).toBe('INFO ann disconnected\n');
    back.send('MSG back\n');
    expect(bob.read()).toBe('MSG ann back\n');
  });

  it('without the secret does not disturb the session that has the name', async () => {
    const world = new World();
    world.register('ann');
    const ann = await world.loginOwner('ann');
    expect(await world.connect().ask('LOGIN ann\nLOGIN ann wrong\n')).toBe(
      'ERR password-required\nERR wrong-password\n',
    );
    expect(ann.closed).toBe(false);
  });

  it('is waited for, and so is all that the same client sends behind it', async () => {
    const world = new World();
    world.register('ann');
    const bob = world.login('bob');
    const ann = world.connect();
    ann.send(`LOGIN ann ${passwordOf('ann')}\nMSG one\nMSG two\nPING done\n`);
    bob.send('PING\n');
    expect(bob.read()).toBe('PONG\n');
    expect(ann.read()).toBe('');
    await world.hashed();
    expect(ann.read()).toBe('OK\nPONG done\n');
    expect(bob.read()).toBe('MSG ann one\nMSG ann two\n');
  });

  it('is waited for before a pipe that has ended is closed', async () => {
    const world = new World();
    world.register('ann');
    const bob = world.login('bob');
    const ann = world.connect();
    ann.end(`LOGIN ann ${passwordOf('ann')}\nMSG done`);
    expect(ann.closed).toBe(false);
    await world.hashed();
    expect(ann.read()).toBe('OK\n');
    expect(ann.closed).toBe(true);
    expect(bob.read()).toBe('MSG ann done\nINFO ann disconnected\n');
  });

  it('of a connection that is lost while it is waited for does not happen', async () => {
    const world = new World();
    world.register('ann');
    const bob = world.login('bob');
    const ann = world.connect();
    ann.send(`LOGIN ann ${passwordOf('ann')}\n`);
    ann.vanish();
    await world.hashed();
    bob.send('WHO\n');
    expect(bob.read()).toBe('USER bob\n');
    expect(world.errors).toEqual([]);
  });

  it('is refused after the fifth wrong try, and the connection closed', async () => {
    const world = new World();
    world.register('ann');
    const guesser = world.connect('10.0.0.66');
    for (let n = 1; n <= 4; n++) {
      guesser.send('LOGIN ann guess\n');
      world.wait(30_000);
      expect(await guesser.ask('')).toBe('ERR wrong-password\n');
    }
    guesser.send('LOGIN ann guess\nLOGIN bob\n');
    world.wait(30_000);
    await world.hashed();
    expect(guesser.read()).toBe('ERR wrong-password\nERR too-many-attempts\n');
    expect(guesser.closed).toBe(true);
    expect(world.seen.at(-1)?.event).toMatchObject({ kind: 'detached', why: 'too-many-attempts' });
  });

  it('after two wrong tries waits, and that of the owner elsewhere does not', async () => {
    const world = new World();
    world.register('ann');
    const guesser = world.connect('10.0.0.66');
    expect(await guesser.ask('LOGIN ann guess\nLOGIN ann guess\nLOGIN ann guess\n')).toBe(
      'ERR wrong-password\nERR wrong-password\n',
    );
    const owner = world.connect('10.0.0.1');
    expect(await owner.ask(`LOGIN ann ${passwordOf('ann')}\n`)).toBe('OK\n');
    world.wait(500);
    await world.hashed();
    expect(guesser.read()).toBe('ERR wrong-password\n');
  });

  it('beyond sixteen that wait is refused for now', async () => {
    const world = new World();
    world.register('ann');
    const peers = Array.from({ length: 18 }, (_, n) => world.connect(`10.0.1.${n}`));
    for (const peer of peers) peer.send(`LOGIN ann ${passwordOf('ann')}\n`);
    expect(await peers[17]?.ask('')).toBe('ERR busy\n');
    expect(peers.slice(0, 17).map((peer) => peer.read())).toEqual(
      Array.from({ length: 17 }, (_, n) =>
        n === 16 ? 'OK\n' : 'OK\nINFO disconnected: logged in elsewhere\n',
      ),
    );
  });

  it('that waits longer than LOGIN_TIMEOUT is given up', async () => {
    const world = new World({ loginTimeoutMs: 1000 });
    world.register('ann');
    const ann = world.connect();
    ann.send(`LOGIN ann ${passwordOf('ann')}\n`);
    world.wait(1016);
    expect(ann.read()).toBe('ERR login-timeout\n');
    await world.hashed();
    expect(ann.read()).toBe('');
  });

  it('by a token needs no hash, however often somebody there guessed wrong', async () => {
    const world = new World();
    world.register('bot', 'ann');
    const token = world.accounts.users.createToken('bot', world.clock.now(), null);
    const guesser = world.connect('10.0.0.1');
    await guesser.ask('LOGIN bot guess\nLOGIN bot guess\nLOGIN bot guess\n');
    const begun = world.hasher.begun;
    const bot = world.connect('10.0.0.1');
    bot.send(`LOGIN bot ${token}\n`);
    expect(bot.read()).toBe('OK\n');
    expect(world.hasher.begun).toBe(begun);
    expect(await world.connect('10.0.0.2').ask(`LOGIN ann ${token}\n`)).toBe('ERR wrong-password\n');
  });

  it('by a token ends when the token is revoked, and only then', async () => {
    const world = new World();
    world.register('bot');
    const { users } = world.accounts;
    const [one, other] = [users.createToken('bot', 0, null), users.createToken('bot', 0, null)];
    const bot = world.connect();
    bot.send(`LOGIN bot ${one}\n`);
    users.revokeToken(users.tokenFor('bot', other, 0) ?? '');
    world.hub.accountChanged('bot', world.clock.now());
    world.settle();
    expect(bot.read()).toBe('OK\n');
    users.revokeToken(users.tokenFor('bot', one, 0) ?? '');
    world.hub.accountChanged('bot', world.clock.now());
    world.settle();
    expect(bot.read()).toBe('INFO disconnected: token revoked\n');
    expect(bot.closed).toBe(true);
    expect(await world.connect().ask(`LOGIN bot ${one}\n`)).toBe('ERR wrong-password\n');
  });

  it('whose check fails by our fault costs that connection alone', async () => {
    const world = new World();
    world.register('ann');
    world.hasher.matches = () => Promise.reject(new Error('no memory'));
    const ann = world.connect();
    expect(await ann.ask(`LOGIN ann ${passwordOf('ann')}\n`)).toBe('');
    await world.hashed();
    world.settle();
    expect(ann.read()).toBe('INFO disconnected: internal error\n');
    expect(world.errors.map(String)).toEqual(['Error: no memory']);
  });
});

describe('a server with a password', () => {
  it('asks unregistered names for it, and registered ones for their own', async () => {
    const world = new World({ serverPassword: 'team-secret' });
    world.register('ann');
    const ask = (line: string) => world.connect().ask(line);
    expect(await ask('LOGIN bob\n')).toBe('ERR password-required\n');
    expect(await ask('LOGIN bob wrong-secret\n')).toBe('ERR wrong-password\n');
    expect(await ask('LOGIN bob team-secret\n')).toBe('OK\n');
    expect(await ask('LOGIN ann team-secret\n')).toBe('ERR wrong-password\n');
    world.wait(60_000);
    const ann = world.connect('10.0.0.9');
    expect(await ann.ask(`LOGIN ann ${passwordOf('ann')}\n`)).toBe('OK\n');
  });

  it('tells strangers nothing of who is there: the secret comes first, and costs the same', async () => {
    const world = new World({ serverPassword: 'team-secret' });
    world.register('ann');
    expect(await world.connect().ask('LOGIN bob team-secret\n')).toBe('OK\n');
    for (const [index, name] of ['bob', 'nobody', 'ann', 'system'].entries()) {
      const before = world.hasher.begun;
      expect(await world.connect(`10.0.2.${index}`).ask(`LOGIN ${name} guess\n`)).toBe(
        'ERR wrong-password\n',
      );
      expect(world.hasher.begun).toBe(before + 1);
    }
    expect(await world.connect('10.0.3.1').ask('LOGIN bob team-secret\n')).toBe('ERR username-taken\n');
  });
});

describe('no secret', () => {
  it('is in what is said to anyone, or to the log', async () => {
    const world = new World({ serverPassword: 'team-secret', greetingDelayMs: 2000, announceLogin: true });
    const said: string[] = [];
    const ann = world.connect();
    world.wait(2000);
    for (const line of [
      'LOGIN ann team-secret',
      'REGISTER horse-one',
      'PASSWORD horse-one horse-two',
      'PASSWORD horse-none horse-two horse-three',
      'JOIN dev horse-key',
      'LOGIN ann horse-four',
      'UNREGISTER horse-five',
      'REGISTER horse-six',
      'HISTORY',
      'QUIT',
    ])
      said.push(await ann.ask(`${line}\n`));
    expect(said.join('')).not.toMatch(/horse|team-secret/);
    expect(JSON.stringify(world.seen.map(({ event }) => event))).not.toMatch(/horse|team-secret/);
  });
});
