import { describe, expect, it } from 'vitest';
import { IrcPeer, ircLogin } from '../../support/irc.js';
import { passwordOf, World } from '../../support/world.js';

const S = ':partyline.local';

const plain = (account: string, password: string, authorization = '') =>
  Buffer.from(`${authorization}\0${account}\0${password}`).toString('base64');

/** A client that has asked for SASL and not logged in. */
function connecting(world: World): IrcPeer {
  const peer = new IrcPeer(world);
  peer.send('CAP REQ :sasl');
  peer.lines();
  return peer;
}

async function asked(world: World, peer: IrcPeer, ...lines: readonly string[]): Promise<string[]> {
  peer.send(...lines);
  await world.hashed();
  return peer.lines();
}

describe('REGISTER before the login', () => {
  const registered = [
    `${S} REGISTER SUCCESS ann :Account registered`,
    `${S} 900 * *!*@* ann :You are now logged in as ann`,
  ];

  it('registers the nick, to which the client is then logged in', async () => {
    const world = new World();
    const peer = new IrcPeer(world);
    const [capabilities] = peer.ask('CAP LS 302', 'NICK ann', 'USER ann 0 * :Ann').slice(-1);
    expect(capabilities).toMatch(/ draft\/account-registration=before-connect(?: |$)/);
    expect(await asked(world, peer, 'REGISTER * * red-horse')).toEqual(registered);
    expect(peer.ask('CAP END')[0]).toContain(' 001 ann ');
    expect(peer.ask('WHOIS ann')).toContain(`${S} 330 ann ann ann :is logged in as`);
    expect(world.accounts.users.findFolded('ann')).toBeDefined();
  });

  it('registers it also if no login follows', async () => {
    const world = new World();
    const peer = new IrcPeer(world);
    peer.send('NICK ann');
    expect(await asked(world, peer, 'REGISTER ANN * red-horse')).toEqual(registered);
    peer.send('QUIT');
    expect(new IrcPeer(world).ask('NICK ann', 'USER ann 0 * :Ann')[0]).toContain(' 433 * ann ');
  });

  it('answers what is wrong', async () => {
    const world = new World();
    world.register('reg');
    world.login('lin');
    const peer = new IrcPeer(world);
    expect(
      await asked(
        world,
        peer,
        'CAP LS 302',
        'REGISTER',
        'REGISTER * * red-horse',
        'NICK ann',
        'REGISTER bob * x',
      ),
    ).toEqual([
      expect.stringContaining(' CAP * LS '),
      `${S} 461 * REGISTER :Not enough parameters`,
      `${S} FAIL REGISTER NEED_NICK * :Choose a nick with NICK first`,
      `${S} FAIL REGISTER ACCOUNT_NAME_MUST_BE_NICK bob :The account name must be your nick`,
    ]);
    const register = async (nick: string, password: string) =>
      (await asked(world, peer, `NICK ${nick}`, `REGISTER * * ${password}`))[0];
    expect(await register('ann', 'short')).toMatch(/ FAIL REGISTER WEAK_PASSWORD ann :/);
    expect(await register('reg', 'red-horse')).toMatch(/ FAIL REGISTER ACCOUNT_EXISTS reg :/);
    for (const nick of ['lin', 'NickServ'])
      expect(await asked(world, peer, `NICK ${nick}`, 'REGISTER * * red-horse')).toEqual([
        `${S} 433 * ${nick} :Nickname is already in use`,
        `${S} FAIL REGISTER NEED_NICK * :Choose a nick with NICK first`,
      ]);
    peer.send('NICK max');
    world.login('max');
    expect((await asked(world, peer, 'REGISTER * * red-horse'))[0]).toMatch(
      / FAIL REGISTER BAD_ACCOUNT_NAME max :/,
    );
    expect(await register('ann', 'red-horse')).toBe(registered[0]);
    expect(await register('eve', 'red-horse')).toMatch(/ FAIL REGISTER ACCOUNT_EXISTS eve :/);
  });

  it('needs the password of the server, where it has one', async () => {
    const world = new World({ serverPassword: 'team-secret' });
    const without = new IrcPeer(world);
    expect(await asked(world, without, 'NICK ann', 'REGISTER * * red-horse')).toEqual([
      `${S} 464 * :Password required: PASS <password>`,
      expect.stringMatching(/^ERROR :/),
    ]);
    const wrong = new IrcPeer(world);
    expect(await asked(world, wrong, 'PASS no', 'NICK ann', 'REGISTER * * red-horse')).toEqual([
      `${S} 464 * :Password incorrect`,
      expect.stringMatching(/^ERROR :/),
    ]);
    const right = new IrcPeer(world);
    right.send('PASS team-secret', 'NICK ann');
    expect(await asked(world, right, 'REGISTER * * red-horse')).toEqual(registered);
  });

  it('is for nobody who is banned', () => {
    const world = new World();
    world.accounts.bans.add({
      ...({ kind: 'banned-name', target: 'ann', shown: 'ann' } as const),
      ...{ until: Number.POSITIVE_INFINITY, by: 'opal', reason: '' },
    });
    const peer = new IrcPeer(world);
    peer.send('NICK ann', 'REGISTER * * red-horse');
    return world.hashed().then(() => {
      expect(peer.lines()[0]).toMatch(/ 465 \* :You are banned/);
      expect(world.accounts.users.findFolded('ann')).toBeUndefined();
    });
  });
});

describe('SASL', () => {
  it('logs in to an account before the login, whose nick may be another', async () => {
    const world = new World();
    world.register('ann');
    const peer = connecting(world);
    expect(peer.ask('AUTHENTICATE PLAIN')).toEqual(['AUTHENTICATE +']);
    expect(await asked(world, peer, `AUTHENTICATE ${plain('ann', passwordOf('ann'))}`)).toEqual([
      `${S} 900 * *!*@* ann :You are now logged in as ann`,
      `${S} 903 * :SASL authentication successful`,
    ]);
    peer.send('NICK ann-phone', 'USER ann 0 * :Ann', 'CAP END');
    peer.lines();
    expect(peer.ask('WHOIS ann-phone')).toContain(`${S} 330 ann-phone ann-phone ann :is logged in as`);
    const lin = world.login('lin');
    lin.send('WHOIS ann-phone\n');
    expect(lin.read()).toMatch(/^INFO ann-phone is logged in as ann\n(?!.*registered)/s);
    expect(peer.ask('AUTHENTICATE PLAIN')).toEqual([
      `${S} 907 ann-phone :You have already authenticated using SASL`,
    ]);
  });

  it('takes the name back from the ghost of its own account', async () => {
    const world = new World();
    world.register('ann');
    const ghost = await world.loginOwner('ann');
    const peer = connecting(world);
    await asked(world, peer, 'AUTHENTICATE PLAIN', `AUTHENTICATE ${plain('ann', passwordOf('ann'))}`);
    peer.send('NICK ann', 'USER ann 0 * :Ann', 'CAP END');
    expect(peer.lines()[0]).toContain(' 001 ann ');
    expect(ghost.read()).toContain('logged in elsewhere');
  });

  it('takes the name back with NICK from another session of the account', async () => {
    const world = new World();
    world.register('ann');
    const ghost = connecting(world);
    await asked(world, ghost, 'AUTHENTICATE PLAIN', `AUTHENTICATE ${plain('ann', passwordOf('ann'))}`);
    ghost.send('NICK ann', 'USER ann 0 * :Ann', 'CAP END');
    const phone = connecting(world);
    await asked(world, phone, 'AUTHENTICATE PLAIN', `AUTHENTICATE ${plain('ann', passwordOf('ann'))}`);
    phone.send('NICK ann-phone', 'USER ann 0 * :Ann', 'CAP END');
    for (const peer of [ghost, phone]) peer.lines();
    expect(phone.ask('NICK ann')).toEqual([':ann-phone!ann@host NICK ann']);
    expect(ghost.lines()).toEqual([
      expect.stringMatching(/^ERROR :Closing Link: \S+ \(Logged in elsewhere\)$/),
    ]);
  });

  it('answers what is wrong', async () => {
    const world = new World();
    world.register('ann');
    const peer = connecting(world);
    expect(peer.ask('AUTHENTICATE', 'AUTHENTICATE EXTERNAL')).toEqual([
      `${S} 461 * AUTHENTICATE :Not enough parameters`,
      `${S} 908 * PLAIN :are available SASL mechanisms`,
      `${S} 904 * :SASL authentication failed`,
    ]);
    expect(peer.ask('AUTHENTICATE PLAIN', 'AUTHENTICATE *')).toEqual([
      'AUTHENTICATE +',
      `${S} 906 * :SASL authentication aborted`,
    ]);
    expect(peer.ask('AUTHENTICATE PLAIN', `AUTHENTICATE ${'A'.repeat(401)}`)).toEqual([
      'AUTHENTICATE +',
      `${S} 905 * :SASL message too long`,
    ]);
    for (const payload of ['!!!', plain('ann', ''), plain('ann', 'x', 'bob'), plain('[', 'x'), '+'])
      expect(peer.ask('AUTHENTICATE PLAIN', `AUTHENTICATE ${payload}`)).toEqual([
        'AUTHENTICATE +',
        `${S} 904 * :SASL authentication failed`,
      ]);
    expect(await asked(world, peer, 'AUTHENTICATE PLAIN', `AUTHENTICATE ${plain('ann', 'wrong')}`)).toEqual([
      'AUTHENTICATE +',
      `${S} 904 * :SASL authentication failed`,
    ]);
  });

  it('accepts a payload in parts of 400 bytes', async () => {
    const world = new World();
    const peer = connecting(world);
    const payload = plain('nobody', 'x'.repeat(292));
    expect(payload.length).toBe(400);
    expect(
      await asked(world, peer, 'AUTHENTICATE PLAIN', `AUTHENTICATE ${payload}`, 'AUTHENTICATE +'),
    ).toEqual(['AUTHENTICATE +', `${S} 904 * :SASL authentication failed`]);
  });

  it('closes after five wrong passwords', async () => {
    const world = new World();
    const peer = connecting(world);
    for (let n = 0; n < 5; n++) peer.send('AUTHENTICATE PLAIN', `AUTHENTICATE ${plain('nobody', 'x')}`);
    await world.hashed();
    expect(peer.lines().at(-1)).toMatch(/^ERROR :Closing Link: \S+ \(Too many wrong passwords\)$/);
    expect(peer.peer.closed).toBe(true);
  });
});

describe('a registered nick', () => {
  it('needs its password, without which another nick may be taken', async () => {
    const world = new World();
    world.register('ann');
    const peer = new IrcPeer(world);
    expect(peer.ask('NICK ann', 'USER ann 0 * :Ann')).toEqual([
      `${S} 433 * ann :Nickname is registered`,
      `${S} NOTICE * :ann is registered: log in with SASL or PASS <password>, or choose another nick`,
    ]);
    expect(peer.ask('NICK ann2')[0]).toContain(' 001 ann2 ');
    const owner = new IrcPeer(world);
    expect(
      await asked(world, owner, `PASS ${passwordOf('ann')}`, 'NICK ann', 'USER ann 0 * :Ann'),
    ).toContainEqual(expect.stringContaining(' 001 ann '));
  });

  it('with a wrong PASS is refused, and the connection closed', async () => {
    const world = new World();
    world.register('ann');
    const peer = new IrcPeer(world);
    expect(await asked(world, peer, 'PASS wrong', 'NICK ann', 'USER ann 0 * :Ann')).toEqual([
      `${S} 464 * :Password incorrect`,
      expect.stringMatching(/^ERROR /),
    ]);
    expect(peer.peer.closed).toBe(true);
  });
});

describe('a server with a password', () => {
  it('closes a connection without it, and admits one with it', async () => {
    const world = new World({ serverPassword: 'team-secret' });
    const peer = new IrcPeer(world);
    expect(await asked(world, peer, 'NICK ann', 'USER ann 0 * :Ann')).toEqual([
      `${S} 464 * :Password required: PASS <password>`,
      expect.stringMatching(/^ERROR /),
    ]);
    const other = new IrcPeer(world);
    expect((await asked(world, other, 'PASS team-secret', 'NICK ann', 'USER ann 0 * :Ann'))[0]).toContain(
      ' 001 ',
    );
  });
});

describe('NickServ', () => {
  const said = (text: string) => `:NickServ!NickServ@partyline.local NOTICE ann :${text}`;

  it('registers a nick, changes its password and removes it', async () => {
    const world = new World();
    const ann = ircLogin(world, 'ann');
    expect(await asked(world, ann, 'PRIVMSG NickServ :REGISTER short')).toEqual([
      expect.stringContaining('NOTICE ann :Weak password'),
    ]);
    expect(await asked(world, ann, 'PRIVMSG NickServ :REGISTER correct-horse')).toEqual([
      said('ann is registered; you are logged in to it'),
      `${S} 900 ann ann!ann@host ann :You are now logged in as ann`,
    ]);
    expect(await asked(world, ann, 'NS PASSWORD wrong-horse better-horse')).toEqual([
      said('Wrong password, or no such account'),
    ]);
    expect(await asked(world, ann, 'NICKSERV PASSWORD correct-horse better-horse')).toEqual([
      said('Your password is changed'),
    ]);
    expect(await asked(world, ann, 'PRIVMSG NickServ :UNREGISTER better-horse')).toEqual([
      said('ann is not registered any more'),
      `${S} 901 ann ann!ann@host :You are now logged out`,
    ]);
  });

  it('tells the other sessions of an account that another session has removed it', async () => {
    const world = new World();
    world.register('ann');
    const ann = await world.loginOwner('ann');
    const phone = ircLogin(world, 'ann-phone', { caps: 'account-notify' });
    const old = ircLogin(world, 'ann-old');
    for (const peer of [phone, old]) await asked(world, peer, `NS IDENTIFY ann ${passwordOf('ann')}`);
    for (const peer of [phone, old]) peer.lines();
    expect(await ann.ask(`UNREGISTER ${passwordOf('ann')}\n`)).toBe('OK\n');
    expect(phone.lines()).toEqual([
      `${S} 901 ann-phone ann-phone!ann-phone@host :You are now logged out`,
      ':ann-phone!ann-phone@host ACCOUNT *',
    ]);
    expect(old.lines()).toEqual([`${S} 901 ann-old ann-old!ann-old@host :You are now logged out`]);
  });

  it('logs in to another account, which those who asked for it are shown', async () => {
    const world = new World();
    world.register('reg');
    const ann = ircLogin(world, 'ann', { caps: 'account-notify', rooms: ['#dev'] });
    const bob = ircLogin(world, 'bob', { caps: 'account-notify extended-join', rooms: ['#dev'] });
    ann.lines();
    expect(await asked(world, ann, `PRIVMSG NickServ :IDENTIFY reg ${passwordOf('reg')}`)).toEqual([
      said('You are logged in to reg'),
      `${S} 900 ann ann!ann@host reg :You are now logged in as reg`,
      ':ann!ann@host ACCOUNT reg',
    ]);
    expect(bob.lines()).toEqual([':ann!ann@host ACCOUNT reg']);
  });

  it('shows that a user of another dialect has logged in to another account, and what it may no longer do', async () => {
    const world = new World();
    world.register('fay', 'reg');
    const fay = await world.loginOwner('fay');
    await fay.ask('JOIN dev\n');
    const bob = ircLogin(world, 'bob', { caps: 'account-notify', rooms: ['#dev'] });
    bob.lines();
    expect(await fay.ask(`NICK reg ${passwordOf('reg')}\n`)).toContain('OK\n');
    expect(bob.lines()).toEqual([
      ':fay!lines@host NICK reg',
      ':reg!lines@host ACCOUNT reg',
      `${S} MODE #dev -o reg`,
    ]);
  });

  it('explains itself', () => {
    const ann = ircLogin(new World(), 'ann');
    expect(ann.ask('PRIVMSG NickServ :HELP', 'PRIVMSG NickServ :what')[0]).toBe(
      said('REGISTER <password> registers your nick'),
    );
    expect(ann.ask('NOTICE NickServ :HELP')).toEqual([]);
  });
});
