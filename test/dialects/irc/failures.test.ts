/** What IRC clients are told where the server fails: what could not be stored, what it is too busy for, and guesses. */
import { describe, expect, it } from 'vitest';
import { FragileHistory } from '../../support/fragile-history.js';
import { IrcPeer, ircLogin } from '../../support/irc.js';
import { settled } from '../../support/slow-hasher.js';
import { passwordOf, World } from '../../support/world.js';

const S = ':partyline.local';
const ERROR = expect.stringMatching(/^ERROR :Closing Link: /);

const plain = (account: string, password: string) => btoa(`\0${account}\0${password}`);
const notStored = (verb: string, about: string) =>
  `${S} FAIL ${verb} NOT_STORED ${about} :Nothing was sent or changed: it could not be stored`;
const busy = (verb: string) =>
  `${S} FAIL ${verb} TEMPORARILY_UNAVAILABLE :The server is busy; try again in a moment`;

/** A world with a disk that is full; ann made #dev and has @, reg is registered and offline. */
function onFullDisk(caps = '') {
  const history = new FragileHistory();
  const world = new World({ history });
  world.register('reg');
  const ann = ircLogin(world, 'ann', { caps, rooms: ['#dev'] });
  const bob = ircLogin(world, 'bob', { rooms: ['#dev'] });
  for (const peer of [ann, bob]) peer.lines();
  history.broken = true;
  return { world, history, ann, bob };
}

describe('what could not be stored', () => {
  it.each([
    ['PRIVMSG #dev :hi', 'PRIVMSG', '#dev'],
    ['PRIVMSG reg :hi', 'PRIVMSG', 'reg'],
    ['TOPIC #dev :hi', 'TOPIC', '#dev'],
    ['MODE #dev +m', 'MODE', '#dev'],
  ])('is told by FAIL, and nobody is shown it: %s', (line, verb, about) => {
    const { ann, bob } = onFullDisk();
    expect(ann.ask(line)).toEqual([notStored(verb, about)]);
    expect(bob.lines()).toEqual([]);
  });

  it('is told of a removed account alone, and its other sessions are not logged out', async () => {
    const history = new FragileHistory();
    const world = new World({ history });
    world.register('reg');
    const reg = await world.loginOwner('reg');
    const phone = ircLogin(world, 'phone', { caps: 'account-notify', rooms: ['#dev'] });
    const bob = ircLogin(world, 'bob', { caps: 'account-notify extended-monitor', rooms: ['#dev'] });
    const eve = ircLogin(world, 'eve', { caps: 'account-notify extended-monitor' });
    eve.ask('MONITOR + phone');
    phone.send(`NS IDENTIFY reg ${passwordOf('reg')}`);
    await world.hashed();
    for (const peer of [phone, bob, eve]) peer.lines();
    history.broken = true;
    expect(await reg.ask(`UNREGISTER ${passwordOf('reg')}\n`)).toBe('ERR not-stored\n');
    for (const peer of [phone, bob, eve]) expect(peer.lines()).toEqual([]);
    history.broken = false;
    expect(await reg.ask(`UNREGISTER ${passwordOf('reg')}\n`)).toBe('OK\n');
    expect(phone.lines()).toEqual([expect.stringContaining(' 901 phone '), ':phone!phone@host ACCOUNT *']);
    for (const peer of [bob, eve]) expect(peer.lines()).toEqual([':phone!phone@host ACCOUNT *']);
  });

  it('does not hide that another program has removed an account', async () => {
    const history = new FragileHistory();
    const world = new World({ history });
    world.register('reg');
    const phone = ircLogin(world, 'phone', { caps: 'account-notify', rooms: ['#dev'] });
    const bob = ircLogin(world, 'bob', { caps: 'account-notify', rooms: ['#dev'] });
    phone.send(`NS IDENTIFY reg ${passwordOf('reg')}`);
    await world.hashed();
    for (const peer of [phone, bob]) peer.lines();
    history.broken = true;
    bob.say('PRIVMSG #dev :hi');
    world.accounts.users.unregister('reg');
    world.hub.accountChanged('reg', false, world.clock.now());
    world.settle();
    expect(phone.lines()).toEqual([expect.stringContaining(' 901 phone '), ':phone!phone@host ACCOUNT *']);
    expect(bob.lines()).toEqual([notStored('PRIVMSG', '#dev'), ':phone!phone@host ACCOUNT *']);
  });

  it('is told under the label, in place of the echo', () => {
    const { ann } = onFullDisk('echo-message labeled-response batch message-tags');
    expect(ann.ask('@label=7 PRIVMSG #dev :hi', '@label=8 PRIVMSG #dev,reg :hi')).toEqual([
      `@label=7 ${notStored('PRIVMSG', '#dev')}`,
      expect.stringMatching(/^@label=8 :partyline\.local BATCH \+\S+ labeled-response$/),
      expect.stringMatching(/^@batch=\S+ :partyline\.local FAIL PRIVMSG NOT_STORED #dev :/),
      expect.stringMatching(/^@batch=\S+ :partyline\.local FAIL PRIVMSG NOT_STORED reg :/),
      expect.stringMatching(/^:partyline\.local BATCH -\S+$/),
    ]);
  });

  it('is told of a batch once', () => {
    const { ann, bob } = onFullDisk('batch draft/multiline message-tags');
    expect(
      ann.ask(
        'BATCH +1 draft/multiline #dev',
        '@batch=1 PRIVMSG #dev :a',
        '@batch=1 PRIVMSG #dev :b',
        'BATCH -1',
      ),
    ).toEqual([notStored('BATCH', '#dev')]);
    expect(bob.lines()).toEqual([]);
  });

  it('is not told of NOTICE', () => {
    const { ann, bob } = onFullDisk();
    expect(ann.ask('NOTICE #dev :hi')).toEqual([]);
    expect(bob.lines()).toEqual([]);
  });

  it('is told of a message that cannot be deleted', () => {
    const { history, ann } = onFullDisk('draft/message-redaction echo-message');
    history.broken = false;
    ann.send('PRIVMSG #dev :hi', 'PRIVMSG bob :hi');
    history.broken = true;
    ann.lines();
    expect(ann.ask('TOPIC #dev :x', 'REDACT #dev 1', 'REDACT bob 2')).toEqual([
      notStored('TOPIC', '#dev'),
      notStored('REDACT', '#dev 1'),
      notStored('REDACT', 'bob 2'),
    ]);
  });

  it('is told of a registration', async () => {
    const { world, ann } = onFullDisk();
    ann.send('REGISTER * * correct-horse');
    await world.hashed();
    expect(ann.lines()).toEqual([notStored('REGISTER', 'ann')]);
    ann.send('PRIVMSG NickServ :REGISTER correct-horse');
    await world.hashed();
    expect(ann.lines()).toEqual([
      ':NickServ!NickServ@partyline.local NOTICE ann :Not done: it could not be stored; try again in a moment',
    ]);
  });
});

describe('a server that has lost the others of its cluster', () => {
  it.each([
    ['PRIVMSG #dev :hi', notStored('PRIVMSG', '#dev')],
    ['PRIVMSG bob :hi', busy('PRIVMSG')],
    ['JOIN #ops', busy('JOIN')],
    ['PART #dev', busy('PART')],
    ['NICK amy', busy('NICK')],
    ['TOPIC #dev :hi', busy('TOPIC')],
    ['MODE #dev +m', busy('MODE')],
    ['KICK #dev bob', busy('KICK')],
    ['INVITE bob #dev', busy('INVITE')],
    ['AWAY :lunch', busy('AWAY')],
  ])('answers %s: %s', (line, answer) => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { rooms: ['#dev'] });
    const bob = ircLogin(world, 'bob', { rooms: ['#dev'] });
    for (const peer of [ann, bob]) peer.lines();
    world.cut();
    expect(ann.ask(line)).toEqual([answer]);
    expect(bob.lines()).toEqual([]);
  });

  it('answers a login, which may be tried again', () => {
    const world = new World();
    world.cut();
    const peer = new IrcPeer(world);
    expect(peer.ask('NICK ann', 'USER ann 0 * :Ann')).toEqual([busy('USER')]);
    world.cut(false);
    expect(peer.ask('NICK ann')[0]).toContain(' 001 ann ');
  });
});

describe('a queue of passwords that is full', () => {
  /** Sixteen logins wait, and one is being checked. */
  async function fullQueue(): Promise<World> {
    const world = new World();
    world.register('ann');
    for (let n = 0; n < 17; n++) world.connect(`10.0.1.${n}`).send('LOGIN ann guess\n');
    await settled();
    return world;
  }

  async function asked(world: World, peer: IrcPeer, ...lines: readonly string[]): Promise<string[]> {
    peer.send(...lines);
    await settled();
    world.wait(200);
    await world.hashed();
    return peer.lines();
  }

  it('fails SASL, and the connection stays open', async () => {
    const world = await fullQueue();
    const peer = new IrcPeer(world);
    expect(
      await asked(world, peer, 'AUTHENTICATE PLAIN', `AUTHENTICATE ${plain('ann', 'ann-password')}`),
    ).toEqual(['AUTHENTICATE +', `${S} 904 * :SASL authentication failed`, busy('AUTHENTICATE')]);
    expect(peer.ask('PING x')).toEqual([`${S} 451 * :You have not registered`]);
  });

  it('refuses a login with PASS, and the connection closes', async () => {
    const world = await fullQueue();
    const peer = new IrcPeer(world);
    expect(await asked(world, peer, 'PASS ann-password', 'NICK ann', 'USER ann 0 * :Ann')).toEqual([
      busy('USER'),
      ERROR,
    ]);
    expect(peer.peer.closed).toBe(true);
  });

  it('refuses REGISTER, and the connection stays open', async () => {
    const world = await fullQueue();
    const bob = ircLogin(world, 'bob', { rooms: ['#dev'] });
    expect(await asked(world, bob, 'REGISTER * * correct-horse')).toEqual([
      `${S} FAIL REGISTER TEMPORARILY_UNAVAILABLE bob :The server is busy; try again in a moment`,
    ]);
  });
});

describe('too many attempts', () => {
  it('at OPER are each refused, and the fifth closes the connection', async () => {
    const world = new World();
    const ann = ircLogin(world, 'ann');
    const wrong = `${S} 464 ann :Password incorrect`;
    for (let n = 0; n < 5; n++) ann.send('OPER ann guess');
    await world.hashed();
    expect(ann.lines()).toEqual([
      ...[wrong, wrong, wrong, wrong, wrong],
      expect.stringMatching(/^ERROR :Closing Link: \S+ \(Too many wrong passwords\)$/),
    ]);
    expect(ann.peer.closed).toBe(true);
  });

  it('at SASL are each refused, and the fifth closes the connection', async () => {
    const world = new World();
    const peer = new IrcPeer(world);
    for (let n = 0; n < 5; n++) peer.send('AUTHENTICATE PLAIN', `AUTHENTICATE ${plain('nobody', 'guess')}`);
    await world.hashed();
    const tries = ['AUTHENTICATE +', `${S} 904 * :SASL authentication failed`];
    expect(peer.lines()).toEqual([
      ...Array.from({ length: 5 }, () => tries).flat(),
      expect.stringMatching(/^ERROR :Closing Link: \S+ \(Too many wrong passwords\)$/),
    ]);
  });

  it('to register are refused, and the connection stays open', async () => {
    const world = new World();
    for (let n = 0; n < 10; n++) {
      const peer = ircLogin(world, `user${'abcdefghkm'[n]}`);
      peer.send('REGISTER * * correct-horse');
      await world.hashed();
    }
    const ann = ircLogin(world, 'ann');
    ann.send('REGISTER * * correct-horse');
    await world.hashed();
    world.settle();
    expect(ann.lines()).toEqual([
      `${S} FAIL REGISTER TEMPORARILY_UNAVAILABLE ann :Too many registrations; try again in an hour`,
    ]);
    expect(ann.ask('PING x')).toEqual([`${S} PONG partyline.local x`]);
  });
});
