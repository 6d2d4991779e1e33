import { describe, expect, it } from 'vitest';
import { IrcPeer, ircLogin, lineBytes } from '../../support/irc.js';
import { World } from '../../support/world.js';

const S = ':partyline.local';

function inDev() {
  const world = new World();
  const ann = ircLogin(world, 'ann', { rooms: ['#dev'] });
  const bob = ircLogin(world, 'bob', { rooms: ['#dev'] });
  ann.lines();
  return { world, ann, bob };
}

describe('JOIN', () => {
  it('enters rooms, `dev` being #dev, and shows their topic and members', () => {
    const { world, ann } = inDev();
    const lines = world.login('lin');
    lines.send('JOIN dev\n');
    ann.lines();
    const eve = ircLogin(world, 'eve');
    expect(eve.ask('JOIN dev,#other')).toEqual([
      ':eve!eve@host JOIN #dev',
      expect.stringMatching(/^:partyline\.local 353 eve = #dev :@?ann bob lin eve$/),
      `${S} 366 eve #dev :End of NAMES list`,
      ':eve!eve@host JOIN #other',
      expect.stringMatching(/^:partyline\.local 353 eve = #other :@?eve$/),
      `${S} 366 eve #other :End of NAMES list`,
    ]);
    expect(ann.lines()).toEqual([':eve!eve@host JOIN #dev']);
    expect(lines.read()).toContain('INFO eve joined dev\n');
  });

  it('of a room that one is in is silent', () => {
    const { ann, bob } = inDev();
    expect(ann.ask('JOIN #DEV')).toEqual([]);
    expect(bob.lines()).toEqual([]);
  });

  it('needs a room with a valid name', () => {
    const { ann } = inDev();
    expect(ann.ask('JOIN', 'JOIN :', 'JOIN #a!b', 'JOIN #', 'JOIN ##x', 'JOIN a!b', 'JOIN :a b')).toEqual([
      `${S} 461 ann JOIN :Not enough parameters`,
      `${S} 461 ann JOIN :Not enough parameters`,
      `${S} 403 ann #a!b :No such channel`,
      `${S} 403 ann # :No such channel`,
      `${S} 403 ann ##x :No such channel`,
      `${S} 403 ann a!b :No such channel`,
      `${S} 403 ann a :No such channel`,
    ]);
  });

  it('of 0 leaves all rooms', () => {
    const { ann, bob } = inDev();
    ann.ask('JOIN #two');
    expect(ann.ask('JOIN 0')).toEqual([':ann!ann@host PART #dev', ':ann!ann@host PART #two']);
    expect(bob.lines()).toEqual([':ann!ann@host PART #dev']);
  });

  it('of a 51st room is refused', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann');
    const rooms = Array.from({ length: 51 }, (_, n) => `#r${n}`);
    expect(ann.ask(`JOIN ${rooms.join(',')}`).at(-1)).toBe(
      `${S} 405 ann #r50 :You have joined too many channels`,
    );
  });

  it('shows the realname and the account to clients with extended-join', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { caps: 'extended-join', rooms: ['#dev'] });
    ircLogin(world, 'bob', { rooms: ['#dev'] });
    const lin = world.login('lin');
    lin.send('JOIN dev\n');
    expect(ann.lines()).toEqual([':bob!bob@host JOIN #dev * :bob Real', ':lin!lines@host JOIN #dev * :lin']);
  });
});

describe('PART', () => {
  it('leaves rooms, with or without a reason', () => {
    const { ann, bob } = inDev();
    expect(ann.ask('PART #dev :bye all')).toEqual([':ann!ann@host PART #dev :bye all']);
    expect(bob.lines()).toEqual([':ann!ann@host PART #dev :bye all']);
    expect(bob.ask('PART #dev')).toEqual([':bob!bob@host PART #dev']);
  });

  it('of a room that one is not in is refused', () => {
    const { world, ann } = inDev();
    ircLogin(world, 'cat', { rooms: ['#other'] });
    expect(ann.ask('PART', 'PART #x', 'PART #other', 'PART #a!b')).toEqual([
      `${S} 461 ann PART :Not enough parameters`,
      `${S} 403 ann #x :No such channel`,
      `${S} 442 ann #other :You are not on that channel`,
      `${S} 403 ann #a!b :No such channel`,
    ]);
  });
});

describe('NAMES and LIST', () => {
  it('NAMES lists members, and ends for any room', () => {
    const { ann } = inDev();
    expect(ann.ask('NAMES #dev', 'NAMES #nowhere,dev,a!b', 'NAMES')).toEqual([
      expect.stringMatching(/^:partyline\.local 353 ann = #dev :@?ann bob$/),
      `${S} 366 ann #dev :End of NAMES list`,
      `${S} 366 ann #nowhere :End of NAMES list`,
      `${S} 366 ann dev :End of NAMES list`,
      `${S} 366 ann a!b :End of NAMES list`,
      `${S} 366 ann * :End of NAMES list`,
    ]);
  });

  it('LIST lists the rooms with somebody in them', () => {
    const { ann } = inDev();
    expect(ann.ask('LIST')).toEqual([
      expect.stringMatching(/^:partyline\.local 322 ann #dev 2 :/),
      `${S} 323 ann :End of LIST`,
    ]);
  });
});

describe('QUIT and NICK', () => {
  it('are shown once to all who share rooms', () => {
    const { ann, bob } = inDev();
    for (const peer of [ann, bob]) peer.send('JOIN #two');
    ann.lines();
    bob.lines();
    expect(ann.ask('NICK anna')).toEqual([':ann!ann@host NICK anna']);
    expect(bob.lines()).toEqual([':ann!ann@host NICK anna']);
    expect(ann.ask('QUIT :see you')).toEqual([
      expect.stringMatching(/^ERROR :Closing Link: \S+ \(Quit: see you\)$/),
    ]);
    expect(bob.lines()).toEqual([':anna!ann@host QUIT :Quit: see you']);
  });

  it.each([
    ['a', 4],
    ['ann'.repeat(10), 20],
  ])('QUIT with a reason that is too long has a shortened one, the same for all (%s)', (nick, length) => {
    const world = new World();
    const ann = ircLogin(world, nick, { rooms: ['#dev'] });
    const bob = ircLogin(world, 'bob', { rooms: ['#dev'] });
    const words = Array.from({ length: 480 / (length + 2) }, () => 'ä'.repeat(length / 2) + 'x').join(' ');
    ann.lines();
    const [error = ''] = ann.ask(`QUIT :${words}`);
    const [line = ''] = bob.lines();
    const [, reason = ''] = /^ERROR :Closing Link: host \(Quit: (.+)\)$/.exec(error) ?? [];
    expect(line).toBe(`:${nick}!${nick.slice(0, 10)}@host QUIT :Quit: ${reason}`);
    expect(words.startsWith(`${reason} `)).toBe(true);
    for (const one of [error, line]) expect(lineBytes(one)).toBeLessThanOrEqual(512);
    expect(Math.max(lineBytes(error), lineBytes(line))).toBeGreaterThan(512 - length - 2);
    expect(ann.peer.closed).toBe(true);
  });

  it('a lost connection is a QUIT without words of the user', () => {
    const { ann, bob } = inDev();
    ann.peer.vanish();
    expect(bob.lines()).toEqual([':ann!ann@host QUIT :Connection lost']);
  });

  it('NICK is refused where the name is taken, invalid or missing', () => {
    const { ann } = inDev();
    expect(ann.ask('NICK', 'NICK bob', 'NICK a!b', 'NICK ann', 'NICK Ann')).toEqual([
      `${S} 431 ann :No nickname given`,
      `${S} 433 ann bob :Nickname is already in use`,
      `${S} 432 ann a!b :Erroneous nickname`,
      ':ann!ann@host NICK Ann',
    ]);
  });
});

describe('PING', () => {
  it('is answered with its token, and needs one', () => {
    const { ann } = inDev();
    expect(ann.ask('PING x', 'ping :a b', 'PING', 'PING :')).toEqual([
      `${S} PONG partyline.local x`,
      `${S} PONG partyline.local :a b`,
      `${S} 409 ann :No origin specified`,
      `${S} 409 ann :No origin specified`,
    ]);
  });

  it('is refused where PONG would be longer than 512 bytes with its line end', () => {
    const { ann } = inDev();
    const bytes = 510 - `${S} PONG partyline.local `.length;
    expect(ann.ask(`PING ${'x'.repeat(bytes)}`)).toEqual([`${S} PONG partyline.local ${'x'.repeat(bytes)}`]);
    const refused = `${S} 417 ann :Input line was too long`;
    expect(ann.ask(`PING ${'x'.repeat(bytes + 1)}`, `PING ${'x'.repeat(505)}`)).toEqual([refused, refused]);
    expect(ann.ask(`PING :${'ä'.repeat(250)}`, `PING :x ${'x'.repeat(bytes - 2)}`)).toEqual([
      refused,
      refused,
    ]);
  });
});

describe('an unknown command', () => {
  it('is refused, and an empty line ignored', () => {
    expect(ircLogin(new World(), 'ann').ask('XYZZY a', '', ':')).toEqual([
      `${S} 421 ann XYZZY :Unknown command`,
    ]);
  });
});

describe('an idle client', () => {
  it('is sent PING with the name of the server, and is closed with a reason', () => {
    const world = new World({ heartbeatIntervalMs: 30_000, idleTimeoutMs: 60_000 });
    const ann = ircLogin(world, 'ann');
    world.wait(31_000);
    expect(ann.lines()).toEqual(['PING :partyline.local']);
    world.wait(30_000);
    expect(ann.lines()).toEqual([expect.stringMatching(/^ERROR :Closing Link: \S+ \(Idle\)$/)]);
  });
});

it('the first lines of WeeChat get the answers that it needs', () => {
  const world = new World();
  const peer = new IrcPeer(world);
  peer.send('CAP LS 302', 'NICK wee', 'USER wee 0 * :wee');
  const caps =
    'account-notify away-notify cap-notify extended-join invite-notify message-tags multi-prefix server-time setname userhost-in-names';
  peer.send(`CAP REQ :${caps}`, 'CAP END', 'JOIN #lobby');
  const lines = peer.lines();
  expect(lines.some((line) => line.endsWith(`ACK :${caps}`))).toBe(true);
  expect(lines.some((line) => / 001 wee /.test(line))).toBe(true);
});

it('NAMES has a member that takes another name in the same pass, as one knows who NICK is about', () => {
  const world = new World();
  const lin = world.login('lin');
  const ann = ircLogin(world, 'ann');
  lin.say('JOIN dev\n');
  ann.say('JOIN #dev');
  lin.say('NICK lisa\n');
  world.settle();
  const names = ann.lines().find((line) => line.includes(' 353 '));
  // Under the name that it has when the list is made.
  expect(names).toMatch(/:(?:lin|lisa) ann$/);
});
