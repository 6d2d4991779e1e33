import { describe, expect, it } from 'vitest';
import { IrcPeer, ircLogin } from '../../support/irc.js';
import { World } from '../../support/world.js';

const S = ':partyline.local';

describe('CAP', () => {
  it('never ends cap-notify for a client of version 302', () => {
    const peer = new IrcPeer(new World());
    peer.ask('CAP LS 302');
    expect(peer.ask('CAP REQ :-cap-notify', 'CAP REQ :cap-notify', 'CAP LIST')).toEqual([
      `${S} CAP * NAK :-cap-notify`,
      `${S} CAP * ACK :cap-notify`,
      `${S} CAP * LIST :cap-notify`,
    ]);
  });

  it('lets any other client end cap-notify', () => {
    const peer = new IrcPeer(new World());
    expect(peer.ask('CAP REQ :cap-notify', 'CAP REQ :-cap-notify', 'CAP LIST')).toEqual([
      `${S} CAP * ACK :cap-notify`,
      `${S} CAP * ACK :-cap-notify`,
      `${S} CAP * LIST :`,
    ]);
  });

  it('takes names without a colon, too', () => {
    const peer = new IrcPeer(new World());
    expect(peer.ask('CAP REQ batch setname')).toEqual([`${S} CAP * ACK :batch setname`]);
  });

  it('answers a request that fills its line with two', () => {
    const peer = new IrcPeer(new World());
    const names = Array.from({ length: 83 }, () => 'batch');
    const lines = peer.ask(`CAP REQ :${names.join(' ')}`);
    const acknowledged = lines.flatMap((line) => line.replace(`${S} CAP * ACK :`, '').split(' '));
    expect(lines).toHaveLength(2);
    expect(acknowledged).toEqual(names);
  });
});

describe('SETNAME', () => {
  it('is done silently for a client without the capability', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { rooms: ['#dev'] });
    const bob = ircLogin(world, 'bob', { caps: 'setname', rooms: ['#dev'] });
    ann.lines();
    expect(ann.ask('SETNAME :Ann B.')).toEqual([]);
    expect(bob.lines()).toEqual([':ann!ann@host SETNAME :Ann B.']);
  });

  it('is limited as 005 says', () => {
    const ann = ircLogin(new World(), 'ann', { caps: 'setname' });
    expect(ann.ask('VERSION').join('\n')).toMatch(/ NAMELEN=128 /);
    expect(ann.ask(`SETNAME :${'é'.repeat(128)}`)).toEqual([`:ann!ann@host SETNAME :${'é'.repeat(128)}`]);
    expect(ann.ask(`SETNAME :${'é'.repeat(129)}`)).toEqual([
      `${S} FAIL SETNAME INVALID_REALNAME :Realname is not valid`,
    ]);
  });
});

describe('a SASL exchange', () => {
  it('is aborted by the end of the registration', () => {
    const peer = new IrcPeer(new World());
    const [first, second, third] = peer
      .ask('CAP REQ :sasl', 'AUTHENTICATE PLAIN', 'NICK ann', 'USER ann 0 * :Ann', 'CAP END')
      .slice(1);
    expect([first, second]).toEqual(['AUTHENTICATE +', `${S} 906 * :SASL authentication aborted`]);
    expect(third).toContain(' 001 ann ');
  });
});

describe('a message with bytes that are not UTF-8', () => {
  it('is refused under its label', () => {
    const ann = ircLogin(new World(), 'ann', { caps: 'labeled-response batch' });
    ann.peer.send(Buffer.from('@label=7 PRIVMSG ann :caf\xe9\r\n', 'latin1'));
    expect(ann.lines()).toEqual([
      `@label=7 ${S} FAIL PRIVMSG INVALID_UTF8 :Message rejected: it is not UTF-8`,
    ]);
  });
});

describe('a labelled command that others see', () => {
  const caps = 'labeled-response batch';

  it.each([
    ['TOPIC #dev :plans', ':ann!ann@host TOPIC #dev :plans'],
    ['MODE #dev +m', ':ann!ann@host MODE #dev +m'],
    ['KICK #dev bob :out', ':ann!ann@host KICK #dev bob :out'],
    ['NICK eve', ':ann!ann@host NICK eve'],
    ['PART #dev :bye', ':ann!ann@host PART #dev :bye'],
  ])('is answered by the same line, labelled: %s', (command, line) => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { caps, rooms: ['#dev'] });
    const bob = ircLogin(world, 'bob', { rooms: ['#dev'] });
    const cat = ircLogin(world, 'cat', { rooms: ['#dev'] });
    for (const peer of [ann, bob, cat]) peer.lines();
    expect(ann.ask(`@label=7 ${command}`)).toEqual([`@label=7 ${line}`]);
    expect(cat.lines()).toEqual([line]);
  });

  it('is answered by a batch of them, a line each', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { caps, rooms: ['#dev'] });
    for (const nick of ['bob', 'cat']) ircLogin(world, nick, { rooms: ['#dev'] });
    ann.lines();
    expect(ann.ask('@label=7 KICK #dev bob,cat')).toEqual([
      `@label=7 ${S} BATCH +1 labeled-response`,
      '@batch=1 :ann!ann@host KICK #dev bob :ann',
      '@batch=1 :ann!ann@host KICK #dev cat :ann',
      `${S} BATCH -1`,
    ]);
  });
});
