import { describe, expect, it } from 'vitest';
import { IrcPeer, ircLogin, lineBytes } from '../../support/irc.js';
import { passwordOf, World } from '../../support/world.js';

const S = ':partyline.local';

async function withOperator(): Promise<{ world: World; opal: IrcPeer }> {
  const world = new World();
  world.register('opal', 'reg');
  world.accounts.users.setOperator('opal', true);
  const opal = ircLogin(world, 'op2');
  opal.send(`OPER opal ${passwordOf('opal')}`);
  await world.hashed();
  return { world, opal };
}

describe('OPER', () => {
  it('makes an operator of a client that knows the secret of one', async () => {
    const { opal } = await withOperator();
    expect(opal.lines()).toEqual([
      `${S} 900 op2 op2!op2@host opal :You are now logged in as opal`,
      `${S} 381 op2 :You are now an IRC operator`,
      ':op2 MODE op2 :+o',
    ]);
    expect(opal.ask('MODE op2')).toEqual([`${S} 221 op2 +o`]);
  });

  it('has an effect until MODE -o, and again after the next OPER', async () => {
    const { world, opal } = await withOperator();
    opal.lines();
    expect(opal.ask('MODE op2 +o-o', 'MODE op2 -o', 'MODE op2', 'WALLOPS :x')).toEqual([
      ':op2 MODE op2 :-o',
      `${S} 221 op2 +`,
      `${S} 481 op2 :Permission denied: you are not an IRC operator`,
    ]);
    expect(opal.ask('MODE op2 +o', 'MODE op2')).toEqual([`${S} 221 op2 +`]);
    opal.send(`OPER opal ${passwordOf('opal')}`);
    await world.hashed();
    expect(opal.lines().at(-1)).toBe(':op2 MODE op2 :+o');
    expect(opal.ask('MODE op2 -o+w')).toEqual([':op2 MODE op2 :+w-o']);
  });

  it('is refused to all others in the same words', async () => {
    const { world } = await withOperator();
    const bob = ircLogin(world, 'bob');
    for (const line of ['OPER opal wrong', `OPER reg ${passwordOf('reg')}`, 'OPER nobody x', 'OPER [ x']) {
      bob.send(line);
      await world.hashed();
      expect(bob.lines()).toEqual([`${S} 464 bob :Password incorrect`]);
    }
    expect(bob.ask('OPER', 'OPER opal')).toEqual([
      `${S} 461 bob OPER :Not enough parameters`,
      `${S} 461 bob OPER :Not enough parameters`,
    ]);
  });
});

describe('the burst of an operator’s own account', () => {
  it.each([
    ['PASS', [`PASS ${passwordOf('opal')}`]],
    [
      'SASL',
      [
        'CAP REQ sasl',
        'AUTHENTICATE PLAIN',
        `AUTHENTICATE ${Buffer.from(`\0opal\0${passwordOf('opal')}`).toString('base64')}`,
      ],
    ],
  ])('shows +o after %s', async (_, lines) => {
    const world = new World();
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const opal = new IrcPeer(world);
    opal.send(...lines);
    await world.hashed();
    opal.send('CAP END', 'NICK opal', 'USER opal 0 * :Opal');
    await world.hashed();
    expect(opal.lines().at(-1)).toBe(`${S} 221 opal +o`);
    expect(opal.ask('MODE opal')).toEqual([`${S} 221 opal +o`]);
  });
});

describe('MODE of the lobby', () => {
  it('makes nobody an operator of it', async () => {
    const { world, opal } = await withOperator();
    const bob = ircLogin(world, 'bob', { rooms: ['#lobby'] });
    opal.ask('JOIN #lobby');
    bob.lines();
    expect(opal.ask('MODE #lobby +o bob', 'MODE #lobby +ov bob bob')).toEqual([
      `${S} 482 op2 #lobby :You are not channel operator`,
      `${S} 482 op2 #lobby :You are not channel operator`,
      ':op2!op2@host MODE #lobby +v bob',
    ]);
    expect(bob.lines()).toEqual([':op2!op2@host MODE #lobby +v bob']);
    expect(bob.ask('NAMES #lobby')[0]).toBe(`${S} 353 bob = #lobby :+bob op2`);
  });
});

describe('KILL', () => {
  it('ends the session of a user, for operators alone', async () => {
    const { world, opal } = await withOperator();
    const bob = ircLogin(world, 'bob', { rooms: ['#dev'] });
    const eve = ircLogin(world, 'eve', { rooms: ['#dev'] });
    opal.lines();
    bob.lines();
    expect(eve.ask('KILL bob :x')).toEqual([`${S} 481 eve :Permission denied: you are not an IRC operator`]);
    expect(opal.ask('KILL nobody', 'KILL', 'KILL bob :spam')).toEqual([
      `${S} 401 op2 nobody :No such nick or channel`,
      `${S} 461 op2 KILL :Not enough parameters`,
    ]);
    expect(bob.lines()).toEqual([
      ':op2 KILL bob :spam',
      expect.stringMatching(/^ERROR :Closing Link: \S+ \(Kicked by op2: spam\)$/),
    ]);
    expect(eve.lines()).toEqual([':bob!bob@host QUIT :Kicked by op2: spam']);
    expect(opal.ask('KILL eve')).toEqual([]);
    expect(eve.lines()[0]).toBe(':op2 KILL eve :op2');
  });
});

describe('a text of an operator that is too long', () => {
  const refused = `${S} 417 op2 :Input line was too long`;

  it('is refused in WALLOPS', async () => {
    const { world, opal } = await withOperator();
    const bob = ircLogin(world, 'bob');
    bob.ask('MODE bob +w');
    opal.lines();
    const most = 510 - ':op2!op2@0123456789.partyline WALLOPS :'.length;
    expect(opal.ask(`WALLOPS :${'x'.repeat(most + 1)}`)).toEqual([refused]);
    expect(bob.lines()).toEqual([]);
    opal.ask(`WALLOPS :${'x'.repeat(most)}`);
    expect(bob.lines()).toEqual([`:op2!op2@host WALLOPS :${'x'.repeat(most)}`]);
  });

  it('is refused in KILL, and one that is not is whole for all, with the longest name', async () => {
    const { world, opal } = await withOperator();
    const nick = '\u{1e900}'.repeat(32);
    const bob = ircLogin(world, nick, { rooms: ['#dev'] });
    const eve = ircLogin(world, 'eve', { rooms: ['#dev'] });
    opal.lines();
    bob.lines();
    const head = `:${nick}!0123456789@0123456789.partyline QUIT :Kicked by op2: `;
    const most = 510 - Buffer.byteLength(head);
    expect(opal.ask(`KILL ${nick} :${'x'.repeat(most + 1)}`, 'PING x')[0]).toBe(refused);
    expect(bob.lines()).toEqual([]);
    const reason = 'x'.repeat(most);
    opal.send(`KILL ${nick} :${reason}`);
    const lines = [...bob.lines(), ...eve.lines()];
    expect(lines).toEqual([
      `:op2 KILL ${nick} :${reason}`,
      `ERROR :Closing Link: host (Kicked by op2: ${reason})`,
      `:${nick}!user@host QUIT :Kicked by op2: ${reason}`,
    ]);
    for (const line of lines) expect(lineBytes(line)).toBeLessThanOrEqual(512);
  });
});

describe('WALLOPS', () => {
  it('reaches those with +w, and is for operators alone', async () => {
    const { world, opal } = await withOperator();
    const bob = ircLogin(world, 'bob');
    const eve = ircLogin(world, 'eve');
    bob.ask('MODE bob +w');
    opal.lines();
    expect(opal.ask('WALLOPS :restart at noon')).toEqual([]);
    expect(bob.lines()).toEqual([':op2!op2@host WALLOPS :restart at noon']);
    expect(eve.ask('WALLOPS :hi', 'WALLOPS')).toEqual([
      `${S} 481 eve :Permission denied: you are not an IRC operator`,
      `${S} 461 eve WALLOPS :Not enough parameters`,
    ]);
    bob.ask('MODE bob -w');
    opal.ask('WALLOPS :again');
    expect(bob.lines()).toEqual([]);
  });
});

describe('SAY of an operator', () => {
  it('is as many notices as it needs, split between words', async () => {
    const world = new World();
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const bob = ircLogin(world, 'bob', { caps: 'server-time' });
    const opal = world.connect();
    opal.send(`LOGIN opal ${passwordOf('opal')}\n`);
    await world.hashed();
    const words = Array.from({ length: 300 }, (_, n) => `wörd${n}`).join(' ');
    opal.send(`SAY ${words}\nSAY short\n`);
    const head = `@time=2026-03-01T12:00:00.000Z ${S} NOTICE * :opal: `;
    const lines = bob.lines();
    expect(lines.pop()).toBe(`${head}short`);
    expect(lines.length).toBeGreaterThan(4);
    for (const line of lines) expect(lineBytes(line)).toBeLessThanOrEqual(512);
    expect(lines.map((line) => line.slice(head.length)).join(' ')).toBe(words);
    expect(lines.every((line) => line.startsWith(head))).toBe(true);
  });
});

describe('USERHOST and ISON', () => {
  it('tell who is online', async () => {
    const { world, opal } = await withOperator();
    const bob = ircLogin(world, 'bob');
    world.login('lin');
    bob.ask('AWAY :lunch');
    opal.lines();
    expect(opal.ask('USERHOST bob op2 nobody', 'ISON bob nobody :lin LIN', 'USERHOST', 'ISON')).toEqual([
      `${S} 302 op2 :bob=-bob@host op2*=+op2@host`,
      `${S} 303 op2 :bob lin lin`,
      `${S} 461 op2 USERHOST :Not enough parameters`,
      `${S} 461 op2 ISON :Not enough parameters`,
    ]);
  });
});

describe('a question about the server', () => {
  it.each([
    ['VERSION', '351 ann partyline-0.1.0 partyline.local :a chat server'],
    ['ADMIN', '423 ann partyline.local :No administrative info available'],
    ['LINKS', '365 ann * :End of LINKS list'],
    ['STATS x', '219 ann x :End of STATS report'],
    ['MOTD', '422 ann :MOTD File is missing'],
    ['LUSERS', '251 ann :There are 1 users and 0 services on 1 servers'],
    ['INFO', '371 ann :partyline-0.1.0, a chat server'],
    ['HELP xyzzy', '524 ann XYZZY :No help available on this topic'],
    ['HELP join', '704 ann JOIN :JOIN <channel>[,<channel>…] [<key>…]'],
  ])('%s is answered', (line, answer) => {
    expect(ircLogin(new World(), 'ann').ask(line)[0]).toBe(`${S} ${answer}`);
  });

  it('TIME and STATS u are answered', () => {
    const ann = ircLogin(new World(), 'ann');
    expect(ann.ask('TIME', 'STATS u')).toEqual([
      expect.stringMatching(/^:partyline\.local 391 ann partyline\.local \d+ 0 :/),
      expect.stringMatching(/^:partyline\.local 242 ann :Server Up \d+ days \d+:\d\d:\d\d$/),
      `${S} 219 ann u :End of STATS report`,
    ]);
  });
});

describe('REGISTER', () => {
  it('registers the nick, which others who asked for it are shown', async () => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { rooms: ['#dev'] });
    const bob = ircLogin(world, 'bob', { caps: 'account-notify', rooms: ['#dev'] });
    ann.lines();
    ann.send('REGISTER * * correct-horse');
    await world.hashed();
    expect(ann.lines()).toEqual([
      `${S} REGISTER SUCCESS ann :Account registered`,
      `${S} 900 ann ann!ann@host ann :You are now logged in as ann`,
    ]);
    expect(bob.lines()).toEqual([':ann!ann@host ACCOUNT ann']);
    ann.send('REGISTER ann * correct-horse');
    await world.hashed();
    expect(ann.lines()).toEqual([
      `${S} FAIL REGISTER ACCOUNT_EXISTS ann :Your account is already registered`,
    ]);
  });

  it('answers what is wrong', async () => {
    const ann = ircLogin(new World(), 'ann');
    expect(ann.ask('REGISTER', 'REGISTER bob * correct-horse', 'REGISTER * * short')).toEqual([
      `${S} 461 ann REGISTER :Not enough parameters`,
      `${S} FAIL REGISTER ACCOUNT_NAME_MUST_BE_NICK bob :The account name must be your nick`,
      expect.stringMatching(/^:partyline\.local FAIL REGISTER WEAK_PASSWORD ann :/),
    ]);
  });
});
