/** Replies that list things: with long names they are several lines, each of at most 512 bytes and with whole items. */
import { describe, expect, it } from 'vitest';
import { type IrcPeer, ircLogin, lineBytes, setUpIrc } from '../../support/irc.js';
import { World } from '../../support/world.js';

const NAME = `${'s'.repeat(59)}.net`;
const ROOM = `#${'r'.repeat(64)}`;

/** Names of 32 characters. */
const names = (count: number) => Array.from({ length: count }, (_, n) => `n${n}`.padEnd(32, 'x'));

/** A server with a long name, and users with long names in a room with a long name. */
function crowd(nicks: readonly string[], { caps = '', nick = 'a'.repeat(32) } = {}) {
  const world = new World();
  setUpIrc(world, { name: NAME });
  const ann = ircLogin(world, nick, { caps, rooms: [ROOM] });
  const others = nicks.map((nick) => ircLogin(world, nick, { rooms: [ROOM] }));
  ann.lines();
  return { world, ann, others };
}

/** The items of the replies with a numeric, of which each fits into its line, and how many lines these are. */
function itemsOf(lines: readonly string[], numeric: string, separator = ' ') {
  const replies = lines.filter((line) => line.split(' ')[1] === numeric);
  for (const line of replies) expect(lineBytes(line)).toBeLessThanOrEqual(512);
  const items = replies.flatMap((line) => line.slice(line.indexOf(' :') + 2).split(separator));
  return { items, lines: replies.length };
}

/** Asks for nicks, and returns the items of the replies. */
function ask(ann: IrcPeer, question: string, numeric: string, separator = ' ') {
  return itemsOf(ann.ask(question), numeric, separator);
}

describe('a list of users with long names is several lines of whole items', () => {
  it('in 303, the answer to ISON', () => {
    const nicks = names(15);
    const { ann } = crowd(nicks);
    expect(ask(ann, `ISON ${nicks.join(' ')}`, '303')).toEqual({ items: nicks, lines: 2 });
    expect(ann.ask('ISON nobody')).toEqual([`:${NAME} 303 ${'a'.repeat(32)} :`]);
  });

  it('in 302, the answer to USERHOST', () => {
    const nicks = Array.from('一二三四五', (character) => character.repeat(32));
    const { ann } = crowd(nicks);
    expect(ask(ann, `USERHOST ${nicks.join(' ')}`, '302')).toEqual({
      items: nicks.map((nick) => `${nick}=+user@host`),
      lines: 2,
    });
  });

  it('in 353, the answer to NAMES', () => {
    const nicks = names(20);
    const { ann } = crowd(nicks, { caps: 'userhost-in-names multi-prefix' });
    const { items, lines } = ask(ann, `NAMES ${ROOM}`, '353');
    expect(lines).toBeGreaterThan(4);
    expect(items).toEqual([
      `@${'a'.repeat(32)}!aaaaaaaaaa@host`,
      ...nicks.map((nick) => `${nick}!${nick.slice(0, 10)}@host`),
    ]);
  });

  it('in 730 to 732, the answers to MONITOR, also those that no command asked for', () => {
    const nicks = names(14);
    const { ann, others } = crowd(nicks, { nick: '漢'.repeat(32) });
    const sources = nicks.map((nick) => `${nick}!${nick.slice(0, 10)}@host`);
    expect(ask(ann, `MONITOR + ${nicks.join()}`, '730', ',')).toEqual({ items: sources, lines: 3 });
    expect(ask(ann, 'MONITOR L', '732', ',')).toEqual({ items: nicks, lines: 2 });
    for (const other of others) other.peer.vanish();
    ann.lines();
    expect(ask(ann, 'MONITOR S', '731', ',')).toEqual({ items: nicks, lines: 2 });
  });

  it('in MONITOR, which refuses what is longer than any nick', () => {
    const { ann } = crowd([]);
    const reply = (numeric: string, rest: string) => `:${NAME} ${numeric} ${'a'.repeat(32)} ${rest}`;
    expect(ann.ask(`MONITOR + ${'x'.repeat(480)}`, `MONITOR + ${'x'.repeat(129)},eve`, 'MONITOR L')).toEqual([
      reply('432', '* :Erroneous nickname'),
      reply('432', '* :Erroneous nickname'),
      reply('731', ':eve'),
      reply('732', ':eve'),
      reply('733', ':End of MONITOR list'),
    ]);
  });

  it('in 319, the rooms of WHOIS', () => {
    const { world, ann } = crowd([]);
    const rooms = Array.from({ length: 20 }, (_, n) => `#r${n}`.padEnd(65, 'x'));
    const nick = '漢'.repeat(32);
    const bob = ircLogin(world, nick);
    for (const room of rooms) bob.send(`JOIN ${room}`);
    const { items, lines } = ask(ann, `WHOIS ${nick}`, '319');
    expect(lines).toBeGreaterThan(4);
    expect(items).toEqual(rooms.map((room) => `@${room}`));
  });

  it('in 005', () => {
    const { ann } = crowd([]);
    const lines = ann.ask('VERSION').filter((line) => line.split(' ')[1] === '005');
    for (const line of lines) expect(line.endsWith(' :are supported by this server')).toBe(true);
    expect(lines.join()).toContain(' NETWORK=Partyline ');
  });
});
