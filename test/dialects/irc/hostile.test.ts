/** What no IRC user may send to another user, to a file or to a log, in any field of a command. */
import { expect, it } from 'vitest';
import { ircLogin } from '../../support/irc.js';
import { World } from '../../support/world.js';
import { FORBIDDEN } from '../common.js';

/** The characters that pass between IRC users alone. */
const BETWEEN_IRC_USERS = /[\x01\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f]/g;

const CHARACTERS = [
  ...Array.from({ length: 0x20 }, (_, code) => code).filter((code) => ![0x00, 0x0a, 0x0d].includes(code)),
  ...Array.from({ length: 0x21 }, (_, index) => 0x7f + index),
  ...[0xad, 0x61c, 0x180e, 0x200b, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2060, 0x2064],
  ...[0x2066, 0x2069, 0x206a, 0x206f, 0xfeff, 0xfff9, 0xfffb, 0xe0001, 0xe007f],
].map((code) => String.fromCodePoint(code));

const FIELDS = [
  'PRIVMSG #dev :a@z',
  'PRIVMSG #dev :\x01ACTION a@z\x01',
  'PRIVMSG #dev :\x01X a@z\x01',
  'PRIVMSG bob :a@z',
  'PRIVMSG lin :a@z',
  'NOTICE #dev :a@z',
  '@+a=a@z TAGMSG #dev',
  '@+a@z=b TAGMSG #dev',
  '@label=a@z PING x',
  'PRIVMSG @#dev :a@z',
  'TOPIC #dev :a@z',
  'AWAY :a@z',
  'SETNAME :a@z',
  'NICK a@n',
  'MODE #dev +b a@z!*@*',
  'MODE #dev +a@z',
  'MODE #dev +k a@z',
  'INVITE bob #a@z',
  'JOIN #a@z',
  'PART #dev :a@z',
  'KICK #dev bob :a@z',
  'WHO a@z',
  'WHOIS a@z',
  'LIST a@z',
  'PING :a@z',
  'REGISTER a@z * x',
  'HELP a@z',
  'CAP REQ :a@z',
  'CAP a@z',
  'XY@Z',
  'QUIT :a@z',
];

it.each(FIELDS)('no control character reaches others in %j', async (field) => {
  for (const character of CHARACTERS) {
    const world = new World();
    const caps = 'message-tags server-time setname away-notify labeled-response batch account-tag';
    const bob = ircLogin(world, 'bob', { caps, rooms: ['#dev'] });
    const ann = ircLogin(world, 'ann', { caps, rooms: ['#dev'] });
    bob.ask('MODE #dev +o ann');
    const lin = world.login('lin');
    lin.send('JOIN dev\n');
    for (const peer of [ann, bob]) peer.lines();
    lin.read();
    ann.send(field.replace('a@', `a${character}`).replace('@Z', `${character}Z`));
    await world.hashed();
    for (const line of [...ann.lines(), ...bob.lines()])
      expect(line.replace(BETWEEN_IRC_USERS, '')).not.toMatch(FORBIDDEN);
    expect(lin.read()).not.toMatch(FORBIDDEN);
    for (const { event } of world.seen) {
      const { live, styled, signal, ...kept } = { live: 0, styled: 0, signal: 0, ...event };
      expect([live, styled, signal]).toHaveLength(3);
      expect(JSON.stringify(kept)).not.toMatch(/\\u00[01][0-9a-f]/);
    }
    expect(world.errors).toEqual([]);
  }
});
