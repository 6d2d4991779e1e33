import { describe, expect, it } from 'vitest';
import { IrcPeer, ircLogin } from '../../support/irc.js';
import { passwordOf, World } from '../../support/world.js';

const S = ':partyline.local';
const NOON = '@time=2026-03-01T12:00:00.000Z';

function inDev(caps = '') {
  const world = new World();
  const ann = ircLogin(world, 'ann', { caps, rooms: ['#dev'] });
  const bob = ircLogin(world, 'bob', { caps, rooms: ['#dev'] });
  const lin = world.login('lin');
  lin.send('JOIN dev\n');
  lin.read();
  ann.lines();
  bob.lines();
  return { world, ann, bob, lin };
}

describe('PRIVMSG', () => {
  it('reaches the other members of a room, each in its own language', () => {
    const { ann, bob, lin } = inDev();
    expect(ann.ask('PRIVMSG #dev :hello  there')).toEqual([]);
    expect(bob.lines()).toEqual([':ann!ann@host PRIVMSG #dev :hello  there']);
    expect(lin.read()).toBe('MSG ann hello  there\n');
    expect(ann.ask('privmsg #DEV hi')).toEqual([]);
    expect(bob.lines()).toEqual([':ann!ann@host PRIVMSG #dev :hi']);
  });

  it('reaches a user, and tells whether that one is away', () => {
    const { ann, bob, lin } = inDev();
    expect(ann.ask('PRIVMSG bob,lin :psst')).toEqual([]);
    expect(bob.lines()).toEqual([':ann!ann@host PRIVMSG bob :psst']);
    expect(lin.read()).toBe('DM ann psst\n');
    expect(bob.ask('AWAY :at lunch')).toEqual([`${S} 306 bob :You have been marked as being away`]);
    expect(ann.ask('PRIVMSG bob :psst')).toEqual([`${S} 301 ann bob :at lunch`]);
    bob.lines();
    expect(bob.ask('AWAY')).toEqual([`${S} 305 bob :You are no longer marked as being away`]);
    expect(ann.ask('PRIVMSG bob :psst')).toEqual([]);
  });

  it('needs a target, at most four, and a text', () => {
    const { ann } = inDev();
    expect(
      ann.ask(
        'PRIVMSG',
        'PRIVMSG #dev',
        'PRIVMSG #dev :',
        'PRIVMSG a,b,c,d,e :x',
        'PRIVMSG #a!b :x',
        'PRIVMSG x :y',
      ),
    ).toEqual([
      `${S} 411 ann :No recipient given (PRIVMSG)`,
      `${S} 412 ann :No text to send`,
      `${S} 412 ann :No text to send`,
      `${S} 407 ann e :Too many targets`,
      `${S} 403 ann #a!b :No such channel`,
      `${S} 401 ann x :No such nick or channel`,
    ]);
  });

  it('from outside of a room is refused', () => {
    const { world, bob } = inDev();
    expect(ircLogin(world, 'eve').ask('PRIVMSG #dev :hi')).toEqual([
      `${S} 404 eve #dev :Cannot send to channel`,
    ]);
    expect(bob.lines()).toEqual([]);
  });

  it('is never cut: what does not fit with the name in front is refused', () => {
    const { ann, bob } = inDev();
    const source = ':ann!ann@0123456789.partyline ';
    const most = 510 - `${source}PRIVMSG #dev :`.length;
    expect(ann.ask(`PRIVMSG #dev :${'x'.repeat(most)}`)).toEqual([]);
    expect(bob.lines()[0]).toHaveLength(510 - '0123456789.partyline'.length + 'host'.length);
    expect(ann.ask(`PRIVMSG #dev :${'x'.repeat(most + 1)}`)).toEqual([
      `${S} 417 ann :Input line was too long`,
    ]);
    expect(ann.ask(`PRIVMSG #dev :${'ä'.repeat(most / 2 + 1)}`)).toEqual([
      `${S} 417 ann :Input line was too long`,
    ]);
    expect(ann.ask('x'.repeat(511), 'x'.repeat(7000))).toEqual([
      `${S} 417 ann :Input line was too long`,
      `${S} 417 ann :Input line was too long`,
    ]);
    expect(bob.lines()).toEqual([]);
  });

  it('that is not UTF-8 is refused and not replaced', () => {
    const { ann, bob } = inDev();
    ann.peer.send(Buffer.from('PRIVMSG #dev :caf\xe9\r\n\xff\xfd\x01\r\n', 'latin1'));
    expect(ann.lines()).toEqual([
      `${S} FAIL PRIVMSG INVALID_UTF8 :Message rejected: it is not UTF-8`,
      `${S} FAIL * INVALID_UTF8 :Message rejected: it is not UTF-8`,
    ]);
    expect(bob.lines()).toEqual([]);
  });
});

describe('a message of another dialect', () => {
  it('is as many lines as it needs, of which the first has the id', () => {
    const { bob, lin } = inDev('server-time message-tags');
    const words = Array.from({ length: 120 }, (_, n) => `word${n}`).join(' ');
    lin.send(`MSG ${words}\n`);
    const lines = bob.lines();
    expect(lines.length).toBeGreaterThan(1);
    expect(lines[0]).toMatch(new RegExp(`^${NOON};msgid=\\d+ :lin!lines@host PRIVMSG #dev :word0 `));
    expect(lines[1]).toMatch(new RegExp(`^${NOON} :lin!lines@host PRIVMSG #dev :`));
    expect(lines.map((line) => line.split(' PRIVMSG #dev :')[1]).join(' ')).toBe(words);
  });
});

describe('NOTICE', () => {
  it('is sent like PRIVMSG, and its errors are not told', () => {
    const { ann, bob, lin } = inDev();
    expect(
      ann.ask('NOTICE #dev :hi', 'NOTICE', 'NOTICE #dev', 'NOTICE x :y', 'NOTICE #x :y', 'NOTICE #a!b :x'),
    ).toEqual([]);
    expect(bob.lines()).toEqual([expect.stringMatching(/^:ann!ann@host (?:NOTICE|PRIVMSG) #dev :hi$/)]);
    expect(lin.read()).toBe('MSG ann hi\n');
  });
});

describe('a kept message', () => {
  it('comes in the form in which it was sent', async () => {
    const world = new World();
    world.register('bob');
    const ann = ircLogin(world, 'ann');
    ann.ask('NOTICE bob :a notice', 'PRIVMSG bob :\x01ACTION waves\x01', 'PRIVMSG bob :a text');
    const bob = new IrcPeer(world);
    bob.send(`PASS ${passwordOf('bob')}`, 'NICK bob', 'USER bob 0 * :Bob');
    await world.hashed();
    expect(bob.lines().filter((line) => line.startsWith(':ann!'))).toEqual([
      ':ann!user@partyline.local NOTICE bob :a notice',
      ':ann!user@partyline.local PRIVMSG bob :\x01ACTION waves\x01',
      ':ann!user@partyline.local PRIVMSG bob :a text',
    ]);
  });
});

describe('echo-message', () => {
  it('sends one its own messages, stored, with their ids', () => {
    const { ann, lin } = inDev('echo-message server-time message-tags');
    expect(ann.ask('PRIVMSG #dev :hi', 'PRIVMSG lin :psst')).toEqual([
      expect.stringMatching(new RegExp(`^${NOON};msgid=\\d+ :ann!ann@host PRIVMSG #dev :hi$`)),
      expect.stringMatching(new RegExp(`^${NOON};msgid=\\d+ :ann!ann@host PRIVMSG lin :psst$`)),
    ]);
    expect(lin.read()).toBe('MSG ann hi\nDM ann psst\n');
  });
});

describe('labeled-response', () => {
  const caps = 'labeled-response batch message-tags echo-message';

  it('labels an answer of one line', () => {
    const { ann } = inDev(caps);
    expect(ann.ask('@label=1 PING x', '@label=2 XYZZY', '@label=a\\sb PRIVMSG')).toEqual([
      `@label=1 ${S} PONG partyline.local x`,
      `@label=2 ${S} 421 ann XYZZY :Unknown command`,
      `@label=a\\sb ${S} 411 ann :No recipient given (PRIVMSG)`,
    ]);
  });

  it('puts an answer of several lines in a batch', () => {
    const { ann } = inDev(caps);
    const [start = '', ...lines] = ann.ask('@label=1 NAMES #dev');
    const batch = /^@label=1 :partyline\.local BATCH \+(\S+) labeled-response$/.exec(start)?.[1] ?? '?';
    expect(lines).toEqual([
      expect.stringMatching(new RegExp(`^@batch=${batch} ${S} 353 ann = #dev :@?ann bob lin$`)),
      `@batch=${batch} ${S} 366 ann #dev :End of NAMES list`,
      `${S} BATCH -${batch}`,
    ]);
  });

  it('acknowledges a command without an answer', () => {
    const { ann } = inDev(caps);
    expect(ann.ask('@label=1 PONG x', '@label=2 JOIN #dev', '@label=3 NOTICE nobody :x')).toEqual([
      `@label=1 ${S} ACK`,
      `@label=2 ${S} ACK`,
      `@label=3 ${S} ACK`,
    ]);
  });

  it('labels the echo of a message, or acknowledges the message', () => {
    const { ann, bob } = inDev(caps);
    expect(ann.ask('@label=1 PRIVMSG #dev :hi')).toEqual([
      expect.stringMatching(/^@label=1;msgid=\d+ :ann!ann@host PRIVMSG #dev :hi$/),
    ]);
    expect(bob.lines()).toEqual([expect.stringMatching(/^@msgid=\d+ :ann!ann@host PRIVMSG #dev :hi$/)]);
    const { ann: silent } = inDev('labeled-response batch');
    expect(silent.ask('@label=1 PRIVMSG #dev :hi')).toEqual([`@label=1 ${S} ACK`]);
  });

  it('labels the message to oneself once', () => {
    const { ann } = inDev(caps);
    const lines = ann.ask('@label=1 PRIVMSG ann :me');
    expect(lines).toHaveLength(2);
    expect(lines.filter((line) => line.includes('label=1'))).toHaveLength(1);
  });

  it('labels the end of a session', () => {
    const { ann } = inDev(caps);
    expect(ann.ask('@label=1 QUIT')).toEqual([
      expect.stringMatching(/^@label=1 ERROR :Closing Link: \S+ \(Quit\)$/),
    ]);
  });

  it('ignores a label that is too long, and a label without the capability', () => {
    const { ann } = inDev(caps);
    expect(ann.ask(`@label=${'x'.repeat(65)} PING x`)).toEqual([`${S} PONG partyline.local x`]);
    const { ann: plain } = inDev();
    expect(plain.ask('@label=1 PING x')).toEqual([`${S} PONG partyline.local x`]);
  });
});
