/** Registered names: REGISTER, PASSWORD, UNREGISTER, and LOGIN with a password or token. */
import { describe, expect, it } from 'vitest';
import { settled } from '../../support/slow-hasher.js';
import { FragileHistory } from '../../support/fragile-history.js';
import { passwordOf, World } from '../../support/world.js';

describe('REGISTER', () => {
  it('a registered name needs its password at the next login', async () => {
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

  it('a second REGISTER is refused without a hash', async () => {
    const world = new World();
    const ann = world.login('ann');
    expect(await ann.ask('REGISTER correct-horse\nREGISTER another-horse\n')).toBe(
      'OK\nERR already-registered\n',
    );
    expect(world.hasher.begun).toBe(1);
  });

  it('REGISTER before the login is refused', async () => {
    expect(await new World().connect().ask('REGISTER correct-horse\n')).toBe(
      "ERR expected 'LOGIN <username>'\n",
    );
  });

  it('a look-alike of a registered name cannot be used', async () => {
    const world = new World();
    world.register('max');
    for (const like of ['rnax', 'máx', 'MAX.', 'lobby'])
      expect(await world.connect().ask(`LOGIN ${like} ${passwordOf('max')}\n`), like).toBe(
        like === 'MAX.' ? 'OK\n' : 'ERR username-taken\n',
      );
    expect(world.hasher.begun).toBe(0);
  });

  it('a registration that cannot be stored is refused and has no effect', async () => {
    const history = new FragileHistory();
    const world = new World({ history });
    const ann = world.login('ann');
    history.broken = true;
    expect(await ann.ask('REGISTER correct-horse\n')).toBe('ERR not-stored\n');
    expect(await ann.ask('UNREGISTER correct-horse\n')).toBe('ERR not-registered\n');
    expect(world.errors.map(String)).toEqual(['Error: disk full']);
    expect(world.accounts.users.all()).toEqual([]);
    history.broken = false;
    expect(await ann.ask('REGISTER correct-horse\n')).toBe('OK\n');
  });

  it('an UNREGISTER or PASSWORD that cannot be stored is refused, and the session stays that of its account', async () => {
    const history = new FragileHistory();
    const world = new World({ history });
    world.register('ann');
    const ann = await world.loginOwner('ann');
    const account = world.accounts.users.account('ann');
    history.broken = true;
    expect(await ann.ask(`PASSWORD ${passwordOf('ann')} new-password\n`)).toBe('ERR not-stored\n');
    expect(await ann.ask(`UNREGISTER ${passwordOf('ann')}\n`)).toBe('ERR not-stored\n');
    expect(ann.client?.account).toBe(account);
    expect(world.accounts.users.account('ann')).toBe(account);
    history.broken = false;
    expect(await ann.ask(`UNREGISTER ${passwordOf('ann')}\n`)).toBe('OK\n');
    expect(ann.client?.account).toBe(null);
  });
});

describe('PASSWORD', () => {
  it('a changed password is valid at once, and the old one is not', async () => {
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
  ])('%s is answered %s and changes nothing', async (line, answer) => {
    const world = new World();
    world.register('ann');
    const ann = await world.loginOwner('ann');
    expect(await ann.ask(`${line}\n`)).toBe(`${answer}\n`);
    expect(await world.connect().ask(`LOGIN ann ${passwordOf('ann')}\n`)).toBe('OK\n');
  });

  it('PASSWORD of an unregistered name is refused', async () => {
    const bob = new World().login('bob');
    expect(await bob.ask('PASSWORD old-horse new-horse\n')).toBe('ERR not-registered\n');
  });

  it('the old password is compared again after its hash: of two concurrent changes, the second must know the first', async () => {
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
  it('the session of an unregistered name continues, and the name is free after it', async () => {
    const world = new World();
    world.register('ann');
    const ann = await world.loginOwner('ann');
    expect(await ann.ask('UNREGISTER wrong-horse\n')).toBe('ERR wrong-password\n');
    expect(await ann.ask(`UNREGISTER ${passwordOf('ann')}\n`)).toBe('OK\n');
    expect(await world.connect().ask('LOGIN ann\n')).toBe('ERR username-taken\n');
    ann.send('QUIT\n');
    expect(await world.connect().ask('LOGIN ann\n')).toBe('OK\n');
  });

  it('UNREGISTER of an unregistered name is refused', async () => {
    const bob = new World().login('bob');
    expect(await bob.ask('UNREGISTER some-horse\n')).toBe('ERR not-registered\n');
    expect(await bob.ask('UNREGISTER\n')).toBe('ERR usage: UNREGISTER <password>\n');
  });
});

describe('LOGIN', () => {
  it('a login with an unregistered name needs no password, and a given one is not checked', async () => {
    const world = new World();
    expect(await world.connect().ask('LOGIN bob whatever\n')).toBe('OK\n');
    expect(world.hasher.begun).toBe(0);
  });

  it('a login with a registered name ends its older session, and every user gets one notice', async () => {
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

  it('a login without the right password does not affect the session of the owner', async () => {
    const world = new World();
    world.register('ann');
    const ann = await world.loginOwner('ann');
    expect(await world.connect().ask('LOGIN ann\nLOGIN ann wrong\n')).toBe(
      'ERR password-required\nERR wrong-password\n',
    );
    expect(ann.closed).toBe(false);
  });

  it('the minimum length of a password is a setting, and people are told it', async () => {
    const world = new World({ minPasswordLength: 3, greetingDelayMs: 2000 });
    const ann = world.connect();
    world.wait(2016);
    ann.send('LOGIN ann\n');
    ann.read();
    expect(await ann.ask('REGISTER xy\n')).toBe(
      'ERR weak-password\nINFO a password has at least 3 characters and no spaces, and differs from your name\n',
    );
    expect(await ann.ask('REGISTER xyz\n')).toMatch(/^OK\n/);
    expect(await ann.ask('PASSWORD xyz xy\n')).toMatch(/^ERR weak-password\n/);
  });

  it('the eleventh REGISTER of an address in an hour is refused, and the connection stays open', async () => {
    const world = new World();
    for (let n = 0; n < 10; n++)
      expect(await world.connect().ask(`LOGIN user${n}\nREGISTER password${n}\n`)).toBe('OK\nOK\n');
    const eleventh = world.connect();
    eleventh.send('LOGIN ann\nREGISTER ann-password\nREGISTER short\nPING\n');
    await world.hashed();
    world.settle();
    expect(eleventh.read()).toBe('OK\nERR too-many-attempts\nERR weak-password\nPONG\n');
    world.wait(3_600_000);
    expect(await eleventh.ask('REGISTER ann-password\n')).toBe('OK\n');
  });

  it('later input of a client waits until its password is checked, other clients do not wait', async () => {
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

  it('a client that has closed its sending side stays connected until its password is checked', async () => {
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

  it('a connection that is lost during the check of its password does not log in', async () => {
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

  it('the fifth wrong password closes the connection', async () => {
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

  it('a login after two wrong passwords is delayed, a login from another address is not', async () => {
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

  it('a login is answered ERR busy when sixteen others wait already', async () => {
    const world = new World();
    world.register('ann');
    const peers = Array.from({ length: 18 }, (_, n) => world.connect(`10.0.1.${n}`));
    for (const peer of peers) peer.send(`LOGIN ann ${passwordOf('ann')}\n`);
    await settled();
    world.wait(200);
    await world.hashed();
    expect(peers[17]?.read()).toBe('ERR busy\n');
    expect(peers.slice(0, 17).map((peer) => peer.read())).toEqual(
      Array.from({ length: 17 }, (_, n) =>
        n === 16 ? 'OK\n' : 'OK\nINFO disconnected: logged in elsewhere\n',
      ),
    );
  });

  it('the login timeout rests while a password is checked, and goes on after a wrong one', async () => {
    const world = new World({ loginTimeoutMs: 1000 });
    world.register('ann');
    const ann = world.connect();
    const guesser = world.connect('10.0.0.66');
    world.wait(600);
    ann.send(`LOGIN ann ${passwordOf('ann')}\n`);
    guesser.send('LOGIN ann guess\n');
    world.wait(60_000);
    await world.hashed();
    expect(ann.read()).toBe('OK\n');
    expect(guesser.read()).toBe('ERR wrong-password\n');
    world.wait(399);
    expect(guesser.read()).toBe('');
    world.wait(32);
    expect(guesser.read()).toBe('ERR login-timeout\n');
  });

  it('a login with a token needs no hash and no delay, even after wrong passwords from its address', async () => {
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

  it('a token expires under a clock that is ahead only once that has lasted for an hour', () => {
    const world = new World();
    world.register('bot');
    const token = world.accounts.users.createToken('bot', world.clock.now(), world.clock.now() + 7_200_000);
    const login = () => {
      const bot = world.connect();
      bot.send(`LOGIN bot ${token}\nQUIT\n`);
      return bot.read().split('\n')[0];
    };
    world.clock.jump(400 * 86_400_000);
    expect(login()).toBe('OK');
    world.wait(3_599_999);
    expect(login()).toBe('OK');
    world.wait(1);
    const late = world.connect();
    late.send(`LOGIN bot ${token}\n`);
    expect(world.hasher.begun).toBe(1);
  });

  it('a session that logged in with a token ends when that token is revoked, not when another one is', async () => {
    const world = new World();
    world.register('bot');
    const { users } = world.accounts;
    const [one, other] = [users.createToken('bot', 0, null), users.createToken('bot', 0, null)];
    const bot = world.connect();
    bot.send(`LOGIN bot ${one}\n`);
    users.revokeToken(users.tokenFor('bot', other, 0) ?? '');
    world.hub.accountChanged('bot', false, world.clock.now());
    world.settle();
    expect(bot.read()).toBe('OK\n');
    users.revokeToken(users.tokenFor('bot', one, 0) ?? '');
    world.hub.accountChanged('bot', false, world.clock.now());
    world.settle();
    expect(bot.read()).toBe('INFO disconnected: token revoked\n');
    expect(bot.closed).toBe(true);
    expect(await world.connect().ask(`LOGIN bot ${one}\n`)).toBe('ERR wrong-password\n');
  });

  it('an internal error during a password check closes only that connection', async () => {
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
  it('unregistered names need the password of the server, registered names their own', async () => {
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

  it('a wrong password is refused before the name is looked up, at the same cost for every name', async () => {
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

describe('secrecy of passwords and keys', () => {
  it('no secret appears in a reply or in an observed event', async () => {
    const world = new World({ serverPassword: 'team-secret', greetingDelayMs: 2000, announceLogin: true });
    const replies: string[] = [];
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
      replies.push(await ann.ask(`${line}\n`));
    expect(replies.join('')).not.toMatch(/horse|team-secret/);
    expect(JSON.stringify(world.seen.map(({ event }) => event))).not.toMatch(/horse|team-secret/);
  });
});
