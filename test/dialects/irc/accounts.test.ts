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
  it('is told to complete the connection first, as the capability says', () => {
    const peer = new IrcPeer(new World());
    const [capabilities] = peer.ask('CAP LS 302', 'NICK ann', 'USER ann 0 * :Ann').slice(-1);
    expect(capabilities).toMatch(/ draft\/account-registration(?: |$)/);
    expect(peer.ask('REGISTER * * red-horse', 'REGISTER')).toEqual([
      `${S} FAIL REGISTER COMPLETE_CONNECTION_REQUIRED * :Register once you are logged in`,
      `${S} FAIL REGISTER COMPLETE_CONNECTION_REQUIRED * :Register once you are logged in`,
    ]);
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

  it('explains itself', () => {
    const ann = ircLogin(new World(), 'ann');
    expect(ann.ask('PRIVMSG NickServ :HELP', 'PRIVMSG NickServ :what')[0]).toBe(
      said('REGISTER <password> registers your nick'),
    );
    expect(ann.ask('NOTICE NickServ :HELP')).toEqual([]);
  });
});
