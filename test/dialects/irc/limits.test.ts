/** The limits of what a client may ask for, at the limit and one above it. */
import { describe, expect, it } from 'vitest';
import { IrcPeer, ircLogin } from '../../support/irc.js';
import { World } from '../../support/world.js';

const S = ':partyline.local';
const CAPS = 'labeled-response batch message-tags draft/multiline';

function inDev() {
  const world = new World();
  const ann = ircLogin(world, 'ann', { caps: CAPS, rooms: ['#dev'] });
  const bob = ircLogin(world, 'bob', { rooms: ['#dev'] });
  ann.lines();
  return { world, ann, bob };
}

describe('a client of IRC', () => {
  it('has twelve changes of modes made by a line, and the rest left out', () => {
    const { ann, bob } = inDev();
    const masks = Array.from({ length: 30 }, (_, n) => `n${n}!*@*`);
    ann.ask(`MODE #dev +${'b'.repeat(30)} ${masks.slice(0, 12).join(' ')}`);
    expect(bob.lines()).toEqual([
      `:ann!ann@host MODE #dev +${'b'.repeat(12)} ${masks.slice(0, 12).join(' ')}`,
    ]);
  });

  it('is shown each list once, and told of an unknown mode once, however often a line has them', () => {
    const { ann } = inDev();
    ann.ask('MODE #dev +bb eve kim');
    expect(ann.ask(`MODE #dev ${'bbZI'.repeat(100)}`)).toEqual([
      `${S} 472 ann Z :is unknown mode char to me`,
      expect.stringContaining(' 367 ann #dev eve!*@* '),
      expect.stringContaining(' 367 ann #dev kim!*@* '),
      `${S} 368 ann #dev :End of channel ban list`,
      `${S} 347 ann #dev :End of channel invite exception list`,
    ]);
    expect(ann.ask(`MODE #dev +${'k'.repeat(400)}`)).toHaveLength(12);
  });

  it('of NAMES and KICK beyond TARGMAX are told', () => {
    const { ann, bob } = inDev();
    const rooms = Array.from({ length: 12 }, (_, n) => `#r${n}`);
    const named = ann.ask(`NAMES ${rooms.join()}`);
    expect(named.slice(-2)).toEqual([
      `${S} 366 ann #r9 :End of NAMES list`,
      `${S} 407 ann #r10 :Too many targets`,
    ]);
    expect(named).toHaveLength(11);
    const nicks = Array.from({ length: 10 }, (_, n) => `n${n}`);
    expect(ann.ask(`KICK #dev ${nicks.join()},bob,eve`).slice(-2)).toEqual([
      `${S} 401 ann n9 :No such nick or channel`,
      `${S} 407 ann bob :Too many targets`,
    ]);
    expect(bob.lines()).toEqual([]);
  });

  it('may have a hundred entries in the lists of a room', () => {
    const { ann } = inDev();
    for (let n = 0; n < 100; n++) expect(ann.ask(`MODE #dev +b n${n}`)).toHaveLength(1);
    expect(ann.ask('MODE #dev +b n100', 'MODE #dev +b N5')).toEqual([
      `${S} 478 ann #dev b :Channel list is full`,
    ]);
    expect(ann.ask('MODE #dev b')).toHaveLength(101);
  });

  it('may watch a hundred names', () => {
    const { ann } = inDev();
    const names = Array.from({ length: 99 }, (_, n) => `n${n}`);
    ann.ask(...names.map((name) => `MONITOR + ${name}`));
    expect(ann.ask('MONITOR + x,y').filter((line) => line.includes(' 734 '))).toEqual([
      `${S} 734 ann 100 y :Monitor list is full`,
    ]);
    ann.ask('MONITOR C');
    expect(ann.ask('MONITOR L')).toEqual([`${S} 733 ann :End of MONITOR list`]);
  });

  it.each(['PRIVMSG bob,bob,bob,bob,eve :hi', '@+x=1 TAGMSG bob,bob,bob,bob,eve'])(
    'that writes to five targets reaches none of them: %s',
    (line) => {
      const { ann, bob } = inDev();
      bob.ask('CAP REQ message-tags');
      expect(ann.ask(line)).toEqual([`${S} 407 ann eve :Too many targets`]);
      expect(bob.lines()).toEqual([]);
      expect(ann.ask(line.replace(',eve', ''))).toEqual([]);
      expect(bob.lines()).toHaveLength(4);
    },
  );

  it('may use labels of 64 bytes; a longer one is as if there were none', () => {
    const { ann } = inDev();
    const label = 'l'.repeat(64);
    expect(ann.ask(`@label=${label} PING x`)).toEqual([`@label=${label} ${S} PONG partyline.local x`]);
    expect(ann.ask(`@label=${label}l PING x`)).toEqual([`${S} PONG partyline.local x`]);
  });

  it('is told with its label of a line that is too long, as long as the label was read', () => {
    const { ann, bob } = inDev();
    const text = 'x'.repeat(600);
    const refused = `${S} 417 ann :Input line was too long`;
    expect(
      ann.ask(
        `@label=z PRIVMSG #dev :${text}`,
        `@+a=${'x'.repeat(3900)};label=y PRIVMSG #dev :${text}`,
        `@label=x;+a=${'x'.repeat(4100)} PRIVMSG #dev :hi`,
        `@label=z PRIVMSG #dev :${text.repeat(8)}`,
        `PRIVMSG #dev :${text}`,
      ),
    ).toEqual([`@label=z ${refused}`, `@label=y ${refused}`, `@label=x ${refused}`, refused, refused]);
    expect(bob.lines()).toEqual([]);
    const plain = ircLogin(new World(), 'ann');
    expect(plain.ask(`@label=z PRIVMSG #dev :${text}`)).toEqual([refused]);
  });

  it('has one open batch; a second one is refused, and the first goes on', () => {
    const { ann, bob } = inDev();
    const answers = ann.ask(
      'BATCH +1 draft/multiline #dev',
      'BATCH +2 draft/multiline #dev',
      '@batch=1 PRIVMSG #dev :one',
      '@batch=1 PRIVMSG #dev :two',
      'BATCH -1',
    );
    expect(answers).toEqual([expect.stringMatching(/^:partyline\.local FAIL BATCH \S+ /)]);
    expect(bob.lines()).toEqual([':ann!ann@host PRIVMSG #dev :one', ':ann!ann@host PRIVMSG #dev :two']);
  });

  it('leaves nothing of a batch that is open when it ends', () => {
    const { world, ann, bob } = inDev();
    ann.send('BATCH +1 draft/multiline #dev', '@batch=1 PRIVMSG #dev :one');
    ann.peer.vanish();
    expect(bob.lines()).toEqual([':ann!ann@host QUIT :Connection lost']);
    expect(world.errors).toEqual([]);
  });

  it('gives at most fifteen parameters: the last one has the rest of the line', () => {
    const { ann } = inDev();
    expect(ann.ask(`PING ${'p '.repeat(15)}:last`, `XYZZY ${'p '.repeat(20)}`)).toEqual([
      `${S} PONG partyline.local p`,
      `${S} 421 ann XYZZY :Unknown command`,
    ]);
  });

  it('has at most 64 open invitations, of which the oldest is forgotten', () => {
    const { world, bob } = inDev();
    const hosts = [ircLogin(world, 'cat'), ircLogin(world, 'dan')];
    for (let n = 0; n < 65; n++) {
      const host = hosts[n % 2];
      host?.ask(`JOIN #r${n}`, `MODE #r${n} +i`, `INVITE bob #r${n}`);
    }
    const invited = bob.ask('INVITE').filter((line) => line.includes(' 336 '));
    expect(invited).toHaveLength(64);
    expect(bob.lines()).toEqual([]);
    expect(bob.ask('JOIN #r0')).toEqual([`${S} 473 bob #r0 :Cannot join channel (+i)`]);
    expect(bob.ask('JOIN #r1')[0]).toBe(':bob!bob@host JOIN #r1');
  });

  it('is refused a SASL payload that is too long, and may go on', () => {
    const peer = new IrcPeer(new World());
    peer.ask('CAP LS 302', 'CAP REQ :sasl', 'AUTHENTICATE PLAIN');
    const answers = peer.ask(...Array.from({ length: 60 }, () => `AUTHENTICATE ${'A'.repeat(400)}`));
    expect(answers.some((line) => / 90[45] /.test(line))).toBe(true);
    expect(peer.ask('NICK ann', 'USER ann 0 * :Ann', 'CAP END')[0]).toContain(' 001 ann ');
  });

  it('is refused tags of more than 4096 bytes, which do nothing', () => {
    const { ann, bob } = inDev();
    const tags = (bytes: number) => `@+a=${'x'.repeat(bytes - '@+a= '.length)} `;
    expect(ann.ask(`${tags(4097)}PRIVMSG #dev :hi`, `${tags(8192)}PRIVMSG #dev :hi`)).toEqual([
      `${S} 417 ann :Input line was too long`,
      `${S} 417 ann :Input line was too long`,
    ]);
    expect(ann.ask(`${tags(4096)}PRIVMSG #dev :hi`)).toEqual([]);
    expect(bob.lines()).toEqual([':ann!ann@host PRIVMSG #dev :hi']);
  });
});
