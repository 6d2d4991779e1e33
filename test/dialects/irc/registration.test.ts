import { describe, expect, it } from 'vitest';
import { IrcPeer, ircLogin, setUpIrc } from '../../support/irc.js';
import { room } from '../../support/roamer.js';
import { World } from '../../support/world.js';

const S = ':partyline.local';

/** The numerics of a burst, without their texts. */
const numerics = (lines: readonly string[]) => lines.map((line) => line.split(' ')[1]);

describe('an IRC client', () => {
  it('is logged in by NICK and USER, in any order', () => {
    const world = new World();
    for (const [nick, lines] of [
      ['ann', ['NICK ann', 'USER ann 0 * :Ann A']],
      ['bob', ['USER b!ob~x 0 * :Bob', 'NICK bob']],
    ] as const) {
      const burst = new IrcPeer(world).ask(...lines);
      expect(numerics(burst).slice(0, 8)).toEqual(['001', '002', '003', '004', '005', '005', '005', '251']);
      expect(burst.at(-1)).toBe(`${S} 221 ${nick} +`);
    }
  });

  it('is told its nick, user and host, the server and its features', () => {
    const burst = new IrcPeer(new World()).ask('USER b!o~b:x 0 * :Bob', 'NICK bob');
    expect(burst.slice(0, 5)).toEqual([
      `${S} 001 bob :Welcome to the Partyline network, bob!bobx@host`,
      `${S} 002 bob :Your host is partyline.local, running version partyline-0.1.0`,
      `${S} 003 bob :This server was created Sun, 01 Mar 2026 11:00:00 GMT`,
      `${S} 004 bob partyline.local partyline-0.1.0 Biow CIbeiklmnostv Ibeklov`,
      expect.stringMatching(/^:partyline\.local 005 bob (?:\S+ ){13}:are supported by this server$/),
    ]);
  });

  it('is in the rooms of IRC_AUTOJOIN, with their members, and sees clients of other dialects there', () => {
    const world = new World();
    setUpIrc(world, { autojoin: [room('lobby')] });
    const ann = world.login('ann');
    const bob = new IrcPeer(world);
    expect(bob.ask('NICK bob', 'USER bob 0 * :Bob').slice(-3)).toEqual([
      ':bob!bob@host JOIN #lobby',
      `${S} 353 bob = #lobby :ann bob`,
      `${S} 366 bob #lobby :End of NAMES list`,
    ]);
    ann.send('MSG hello\n');
    expect(bob.lines()).toEqual([':ann!lines@host PRIVMSG #lobby :hello']);
    bob.send('PRIVMSG #lobby :hi ann');
    expect(ann.read()).toBe('MSG bob hi ann\n');
    expect(bob.lines()).toEqual([]);
  });

  it('is told of the rooms of IRC_AUTOJOIN that are closed to it', async () => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { rooms: ['#one', '#two', '#three', '#four'] });
    ann.send('MODE #one +k sesame', 'MODE #two +i', 'MODE #three +b bob', 'MODE #four +l 1');
    await world.hashed();
    const closed = [
      `${S} 475 bob #one :Cannot join channel (+k)`,
      `${S} 473 bob #two :Cannot join channel (+i)`,
      `${S} 474 bob #three :Cannot join channel (+b)`,
      `${S} 471 bob #four :Cannot join channel (+l)`,
    ];
    setUpIrc(world, { autojoin: ['one', 'two', 'three', 'four'].map(room) });
    const bob = new IrcPeer(world);
    expect(bob.ask('NICK bob', 'USER bob 0 * :Bob').slice(-5)).toEqual([`${S} 221 bob +`, ...closed]);
    expect(bob.ask('QUIT')).toHaveLength(1);
    setUpIrc(world, { autojoin: ['one', 'two', 'lobby', 'three', 'four'].map(room) });
    const again = new IrcPeer(world);
    expect(again.ask('NICK bob', 'USER bob 0 * :Bob').slice(-7)).toEqual([
      ':bob!bob@host JOIN #lobby',
      `${S} 353 bob = #lobby :bob`,
      `${S} 366 bob #lobby :End of NAMES list`,
      ...closed,
    ]);
  });

  it('gets the message of the day if there is one', () => {
    const world = new World();
    setUpIrc(world, { motd: ['Welcome!', ''] });
    expect(new IrcPeer(world).ask('NICK bob', 'USER bob 0 * :Bob').slice(-5, -1)).toEqual([
      `${S} 375 bob :- partyline.local Message of the day -`,
      `${S} 372 bob :- Welcome!`,
      `${S} 372 bob :- `,
      `${S} 376 bob :End of MOTD command`,
    ]);
  });

  it('gets a long line of the message of the day as several', () => {
    const world = new World();
    setUpIrc(world, { motd: [`${'x'.repeat(400)} ${'y'.repeat(100)}`] });
    expect(new IrcPeer(world).ask('NICK bob', 'USER bob 0 * :Bob').slice(-4, -2)).toEqual([
      `${S} 372 bob :- ${'x'.repeat(400)}`,
      `${S} 372 bob :- ${'y'.repeat(100)}`,
    ]);
  });

  it('is refused other commands before its login', () => {
    const peer = new IrcPeer(new World());
    expect(peer.ask('JOIN :', 'PING x', 'XYZZY', 'PONG x')).toEqual([
      `${S} 451 * :You have not registered`,
      `${S} 451 * :You have not registered`,
      `${S} 451 * :You have not registered`,
    ]);
  });

  it('is refused what is not a nick, and may try another', () => {
    const peer = new IrcPeer(new World());
    expect(peer.ask('USER bob 0 * :Bob', 'NICK', 'NICK :', 'NICK [bob]', 'NICK -x')).toEqual([
      `${S} 431 * :No nickname given`,
      `${S} 431 * :No nickname given`,
      `${S} 432 * [bob] :Erroneous nickname`,
      `${S} 432 * -x :Erroneous nickname`,
    ]);
    expect(numerics(peer.ask('NICK bob'))[0]).toBe('001');
  });

  it.each([['bob'], ['BOB'], ['b0b'], ['NickServ'], ['lobby']])(
    'is refused the nick %s, which is taken, alike or reserved, and may take another',
    (nick) => {
      const world = new World();
      world.login('bob');
      world.login('bOb0');
      const peer = new IrcPeer(world);
      expect(peer.ask(`NICK ${nick}`, 'USER bob 0 * :Bob')).toEqual([
        `${S} 433 * ${nick} :Nickname is already in use`,
      ]);
      expect(numerics(peer.ask('NICK other'))[0]).toBe('001');
    },
  );

  it('may change its nick before USER', () => {
    const peer = new IrcPeer(new World());
    expect(peer.ask('NICK one', 'NICK two', 'USER x 0 * :X')[0]).toContain(' 001 two ');
  });

  it('needs all parameters of USER and PASS, and gives them once', () => {
    const peer = new IrcPeer(new World());
    expect(peer.ask('USER x 0 *', 'USER x 0 * :', 'PASS', 'NICK x')).toEqual([
      `${S} 461 * USER :Not enough parameters`,
      `${S} 461 * USER :Not enough parameters`,
      `${S} 461 * PASS :Not enough parameters`,
    ]);
    peer.ask('USER x 0 * :X');
    expect(peer.ask('USER x 0 * :X', 'PASS x')).toEqual([
      `${S} 462 x :You may not reregister`,
      `${S} 462 x :You may not reregister`,
    ]);
  });

  it('has the user `user` if USER has no letter that is allowed', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { rooms: ['#a'] });
    const peer = new IrcPeer(world);
    peer.ask('NICK bob', 'USER ~!* 0 * :Bob', 'JOIN #a');
    expect(ann.lines()).toEqual([':bob!user@host JOIN #a']);
  });

  it('may ask for capabilities before, between and after NICK and USER, and is logged in at CAP END', () => {
    const world = new World();
    for (const [nick, ...lines] of [
      ['a1', 'CAP LS 302', 'NICK a1', 'USER a 0 * :A'],
      ['a2', 'NICK a2', 'CAP LS', 'USER a 0 * :A'],
      ['a3', 'NICK a3', 'USER a 0 * :A'],
    ] as const) {
      const peer = new IrcPeer(world);
      peer.send(...lines);
      const burst = [...peer.lines(), ...peer.ask('CAP END')];
      expect(burst.filter((line) => line.includes(` 001 ${nick} `))).toHaveLength(1);
    }
  });

  it('of irssi sends JOIN before its login, and is logged in', () => {
    const peer = new IrcPeer(new World());
    peer.send('CAP LS 302', 'JOIN :');
    expect(peer.lines().at(-1)).toBe(`${S} 451 * :You have not registered`);
    const wanted =
      'multi-prefix extended-join setname invite-notify away-notify chghost account-notify server-time';
    // Chghost is not offered; a real irssi asks for what is.
    expect(peer.ask(`CAP REQ :${wanted}`)).toEqual([`${S} CAP * NAK :${wanted}`]);
    const offered = wanted.replace('chghost ', '');
    expect(peer.ask(`CAP REQ :${offered}`)).toEqual([`${S} CAP * ACK :${offered}`]);
    peer.send('CAP END');
    expect(numerics(peer.ask('NICK ann', 'USER ann ann localhost :Ann'))[0]).toBe('001');
  });

  it('that quits before its login is told so', () => {
    const peer = new IrcPeer(new World());
    expect(peer.ask('QUIT :bye')).toEqual([expect.stringMatching(/^ERROR :Closing Link: .*\(Quit: bye\)$/)]);
    expect(peer.peer.closed).toBe(true);
  });

  it('is closed where its first line is an HTTP request', () => {
    const peer = new IrcPeer(new World());
    peer.peer.send('POST / HTTP/1.1\r\nNICK bob\r\nUSER b 0 * :b\r\n');
    expect(peer.peer.closed).toBe(true);
  });

  it('may send its bytes one at a time', () => {
    const world = new World();
    const peer = new IrcPeer(world);
    for (const byte of Buffer.from('CAP LS 302\r\nNICK zoë\r\nUSER z 0 * :Zoë\r\nCAP END\r\n'))
      peer.peer.send(Uint8Array.of(byte));
    expect(peer.lines().some((line) => line.includes(' 001 zoë '))).toBe(true);
  });
});

describe('a nick before the login is complete', () => {
  const taken = (nick: string) => `${S} 433 * ${nick} :Nickname is already in use`;
  const LS = expect.stringMatching(/^:partyline\.local CAP \* LS :/);

  it.each(['bob', 'b0b', 'NickServ'])('is refused at once if it is %s, and another is taken', (nick) => {
    const world = new World();
    world.login('bob');
    const peer = new IrcPeer(world);
    expect(peer.ask('CAP LS 302', `NICK ${nick}`)).toEqual([LS, taken(nick)]);
    expect(peer.ask('USER bob 0 * :Bob', 'CAP END')).toEqual([]);
    expect(numerics(peer.ask('NICK other'))[0]).toBe('001');
  });

  it('is refused at once before USER, in whatever order, and the nick before it is gone too', () => {
    const world = new World();
    world.login('bob');
    const peer = new IrcPeer(world);
    expect(peer.ask('NICK one', 'NICK bob', 'USER bob 0 * :Bob')).toEqual([taken('bob')]);
    expect(peer.ask('NICK one')[0]).toContain(' 001 one ');
  });

  it('is reserved for nobody: the first login has it', () => {
    const world = new World();
    const [one, two] = [new IrcPeer(world), new IrcPeer(world)];
    for (const peer of [one, two])
      expect(peer.ask('CAP LS 302', 'NICK ann', 'USER ann 0 * :Ann')).toEqual([LS]);
    expect(numerics(two.ask('CAP END'))[0]).toBe('001');
    expect(one.ask('CAP END')).toEqual([taken('ann')]);
    expect(numerics(one.ask('NICK amy'))[0]).toBe('001');
  });

  it('is not refused if it is registered: the password may follow', async () => {
    const world = new World();
    world.register('reg');
    await world.loginOwner('reg');
    const peer = new IrcPeer(world);
    expect(peer.ask('CAP LS 302', 'NICK reg', 'USER reg 0 * :Reg', 'CAP REQ sasl')).toHaveLength(2);
    peer.send('AUTHENTICATE PLAIN', `AUTHENTICATE ${btoa('\0reg\0reg-password')}`);
    await world.hashed();
    expect(numerics(peer.lines())).toEqual(['+', '900', '903']);
    expect(numerics(peer.ask('CAP END'))[0]).toBe('001');
    const other = new IrcPeer(world);
    expect(other.ask('CAP LS 302', 'NICK reg', 'USER reg 0 * :Reg')).toEqual([LS]);
    expect(other.ask('CAP END')).toEqual([
      `${S} 433 * reg :Nickname is registered`,
      `${S} NOTICE * :reg is registered: log in with SASL or PASS <password>, or choose another nick`,
    ]);
  });

  it('is refused to a client that is logged in to another account than that of the nick', async () => {
    const world = new World();
    world.register('reg', 'ann');
    const peer = new IrcPeer(world);
    peer.send('CAP REQ sasl', 'AUTHENTICATE PLAIN', `AUTHENTICATE ${btoa('\0ann\0ann-password')}`);
    await world.hashed();
    peer.lines();
    expect(peer.ask('NICK reg')[0]).toBe(`${S} 433 * reg :Nickname is registered`);
    expect(peer.ask('NICK ann')).toEqual([]);
    expect(peer.ask('USER ann 0 * :Ann', 'CAP END')[0]).toContain(' 001 ann ');
  });

  it('is not checked where the server has a password, which comes first', async () => {
    const world = new World({ serverPassword: 'team-secret' });
    setUpIrc(world, { needsPassword: true });
    const lin = world.connect();
    lin.send('LOGIN lin team-secret\n');
    await world.hashed();
    const stranger = new IrcPeer(world);
    expect(stranger.ask('CAP LS 302', 'NICK lin', 'USER x 0 * :X')).toEqual([LS]);
    expect(stranger.ask('CAP END')[0]).toBe(`${S} 464 * :Password required: PASS <password>`);
    const friend = new IrcPeer(world);
    friend.send('PASS team-secret', 'NICK lin', 'USER x 0 * :X');
    await world.hashed();
    expect(friend.lines()).toEqual([taken('lin')]);
  });

  it('is refused with 432 if names like it are no longer allowed', () => {
    const peer = new IrcPeer(new World());
    expect(peer.ask('CAP LS 302', 'NICK annʰ')).toEqual([LS, `${S} 432 * annʰ :Erroneous nickname`]);
  });
});
