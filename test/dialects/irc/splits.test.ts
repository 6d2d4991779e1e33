/** The first lines of real clients and a chat, cut at every place, with either line end: the bytes of the answers are the same. */
import { describe, expect, it } from 'vitest';
import { IrcPeer, ircLogin } from '../../support/irc.js';
import { World } from '../../support/world.js';

/** What Debian's irssi 1.4 sends first. */
const IRSSI = [
  'CAP LS 302',
  'JOIN :',
  'CAP REQ :multi-prefix extended-join setname invite-notify away-notify account-notify server-time',
  'CAP END',
  'NICK ann',
  'USER ann ann localhost :Ann Ä',
  'MODE ann +i',
  'JOIN #dev',
];
/** What Debian's WeeChat 3.8 sends first. */
const WEECHAT = [
  'CAP LS 302',
  'NICK ann',
  'USER ann 0 * :Ann Ä',
  'CAP REQ :account-notify away-notify cap-notify extended-join invite-notify message-tags multi-prefix server-time setname userhost-in-names',
  'CAP END',
  'JOIN #dev',
  'MODE #dev',
  'WHO #dev %cuhsnfdar',
];
const CHAT = [
  'NICK ann',
  'USER ann 0 * :Ann',
  'CAP REQ :labeled-response batch echo-message message-tags draft/multiline',
  'CAP END',
  '@label=1 JOIN #dev',
  'PRIVMSG #dev :grüße \x02日本\x02',
  '@label=2;+a=b PRIVMSG #dev :\x01ACTION waves\x01',
  '@label=3 BATCH +1 draft/multiline #dev',
  '@batch=1 PRIVMSG #dev :one',
  '@batch=1 PRIVMSG #dev :two',
  'BATCH -1',
  ':ann!a@b topic #dev :ours',
  'NICK anna',
  'PING :a b',
  'QUIT :bye',
];

/** What ann and bob receive if ann sends these packets. */
function receivedFor(packets: readonly Uint8Array[]): string[][] {
  const world = new World();
  const bob = ircLogin(world, 'bob', { rooms: ['#dev'] });
  const ann = new IrcPeer(world);
  for (const packet of packets) ann.peer.send(packet);
  return [ann.lines(), bob.lines()];
}

describe.each([
  ['irssi', IRSSI],
  ['WeeChat', WEECHAT],
  ['a chat', CHAT],
] as const)('the lines of %s', (_, lines) => {
  const text = (end: string) => Buffer.from(lines.map((line) => line + end).join(''));
  const whole = receivedFor([text('\r\n')]);

  it('log in, and are answered', () => {
    expect(whole[0]?.some((line) => line.includes(' 001 ann '))).toBe(true);
    expect(whole[1]?.[0]).toMatch(/^:ann!ann@host JOIN #dev/);
  });

  it.each(['\r\n', '\n'])('have the same answers wherever they are cut, with the line end %j', (end) => {
    const bytes = text(end);
    for (let at = 0; at <= bytes.length; at++)
      expect(receivedFor([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
    expect(receivedFor(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(whole);
  });
});

const LOGIN = ['NICK ann', 'USER ann 0 * :Ann'];

describe('the order of CAP, NICK and USER', () => {
  /** The numerics and verbs of the answers, without the repeated ones of the burst. */
  const heads = (lines: readonly string[]) => [...new Set(lines.map((line) => line.split(' ')[1]))];

  it.each([
    ['CAP before', ['CAP LS 302', ...LOGIN, 'CAP END'], 'CAP'],
    ['CAP between', ['NICK ann', 'CAP REQ :server-time', 'USER ann 0 * :Ann', 'CAP END'], 'CAP'],
    ['CAP after', [...LOGIN, 'CAP LS', 'CAP END'], '001'],
    ['CAP LIST, which negotiates nothing', ['CAP LIST', ...LOGIN], 'CAP'],
    ['USER before NICK', [...LOGIN].reverse(), '001'],
  ])('%s logs in once', (_, lines, first) => {
    const answers = new IrcPeer(new World()).ask(...lines);
    expect(heads(answers)[0]).toBe(first);
    expect(answers.filter((line) => line.includes(' 001 ann '))).toHaveLength(1);
  });

  it('CAP without NICK and USER never logs in', () => {
    const ann = new IrcPeer(new World());
    expect(heads(ann.ask('CAP LS 302', 'CAP REQ :server-time', 'CAP END', 'JOIN #dev', 'CAP END'))).toEqual([
      'CAP',
      '451',
    ]);
  });

  it('CAP LS once more holds a login that was refused, until CAP END', () => {
    const world = new World();
    ircLogin(world, 'ann');
    const second = new IrcPeer(world);
    expect(heads(second.ask('CAP LS 302', ...LOGIN, 'CAP END'))).toEqual(['CAP', '433']);
    expect(heads(second.ask('CAP LS 302', 'NICK bea'))).toEqual(['CAP']);
    expect(heads(second.ask('CAP END'))[0]).toBe('001');
  });

  it('two nicks before USER: the last one counts, and the first stays free', () => {
    const world = new World();
    expect(new IrcPeer(world).ask('NICK one', 'NICK ann', 'USER x 0 * :X')[0]).toContain(' 001 ann ');
    expect(new IrcPeer(world).ask('NICK one', 'USER x 0 * :X')[0]).toContain(' 001 one ');
  });

  it('a second nick that is none leaves the first', () => {
    const lines = new IrcPeer(new World()).ask('NICK ann', 'NICK !!', 'USER x 0 * :X');
    expect(heads(lines).slice(0, 2)).toEqual(['432', '001']);
    expect(lines[1]).toContain(' 001 ann ');
  });

  it('a nick that is in use may be tried again, and another follows at once', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann');
    const second = new IrcPeer(world);
    expect(heads(second.ask(...LOGIN, 'NICK ann', 'NICK Ann', 'NICK ann_'))).toEqual(
      expect.arrayContaining(['433', '001']),
    );
    ann.send('QUIT');
    expect(second.ask('NICK ann')).toEqual([':ann_!ann@host NICK ann']);
  });

  it('a nick that is in use is free for one that waits for it when its session ends', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann');
    const second = new IrcPeer(world);
    expect(heads(second.ask(...LOGIN))).toEqual(['433']);
    ann.peer.vanish();
    expect(heads(second.ask('NICK ann'))[0]).toBe('001');
  });
});
