/** What no IRC user may send to another user, to a file or to a log, in any field of a command. */
import { expect, it } from 'vitest';
import { streamDialect } from '../../../src/dialects/stream/index.js';
import { IrcPeer, ircLogin } from '../../support/irc.js';
import { World } from '../../support/world.js';
import { FORBIDDEN } from '../common.js';
import { gotalk, lines, machat } from '../speakers.js';

/** The characters that pass between IRC users alone. */
const BETWEEN_IRC_USERS = /[\x01\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f]/g;

/** Every character that text must not hold, but for those that end a line. NUL is removed by the framer. */
const CHARACTERS = [
  ...range(0x01, 0x08),
  ...range(0x0b, 0x0c),
  ...range(0x0e, 0x1f),
  ...range(0x7f, 0x9f),
  ...[0xad, 0x61c, 0x180e, 0xfeff],
  ...range(0x200b, 0x200f).filter((code) => ![0x200c, 0x200d].includes(code)),
  ...range(0x2028, 0x202e),
  ...range(0x2060, 0x206f).filter((code) => code !== 0x2065),
  ...range(0xfff9, 0xfffb),
  // The tag characters are one range; their own tests have all of them.
  ...[0xe0000, 0xe0001, 0xe0041, 0xe007f],
].map((code) => String.fromCodePoint(code));

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

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
  'PRIVMSG gus :a@z',
  'PRIVMSG mina :a@z',
  'PRIVMSG nobody :a@z',
  'PRIVMSG NickServ :IDENTIFY a@z a@z',
  'NOTICE lin :\x01PING a@z\x01',
  'MODE #dev +eI a@z!*@* b@z',
  'MODE #dev +o a@z',
  'MODE #a@z',
  'TOPIC #a@z :x',
  'KICK #dev a@z :x',
  'KILL bob :a@z',
  'OPER a@z a@z',
  'AUTHENTICATE a@z',
  'MONITOR + a@z',
  'NAMES #a@z',
  'WHOWAS a@z',
  'ISON a@z',
  'REDACT #dev a@z :a@z',
  'MARKREAD #dev a@z',
  'CHATHISTORY LATEST #dev a@z 5',
  'BATCH +a@z draft/multiline #a@z',
  'NS HELP a@z',
  'HELP a@z',
  'CAP REQ :a@z',
  'CAP a@z',
  'XY@Z',
  'QUIT :a@z',
];

/** Before the login. */
const FIRST_FIELDS = [
  'NICK a@n\r\nUSER u 0 * :real',
  'NICK ann\r\nUSER a@z 0 * :real',
  'NICK ann\r\nUSER u a@z a@z :real',
  'NICK ann\r\nUSER u 0 * :a@z',
  'PASS a@z\r\nNICK ann\r\nUSER u 0 * :real',
  'CAP LS a@z\r\nCAP REQ :a@z\r\nCAP END\r\nNICK ann\r\nUSER u 0 * :real',
  'AUTHENTICATE PLAIN\r\nAUTHENTICATE a@z\r\nAUTHENTICATE a@z\r\nNICK ann\r\nUSER u 0 * :real',
  'REGISTER a@z a@z a@z\r\nNICK ann\r\nUSER u 0 * :real',
];

const CAPS =
  'message-tags server-time setname away-notify labeled-response batch account-tag extended-join draft/multiline';

/** A room with a client of each dialect, where bob is @. */
function newRoom() {
  const world = new World();
  const bob = ircLogin(world, 'bob', { caps: CAPS, rooms: ['#dev'] });
  const others = [lines, gotalk, machat].map((speaker) => {
    const peer = world.connect('10.0.0.1', speaker.converse);
    peer.send(speaker.enter(speaker === lines ? 'lin' : speaker === gotalk ? 'gus' : 'mina', 'dev'));
    return peer;
  });
  const tab = world.connect('10.0.0.1', lines.converse);
  tab.send(`TAGS ON\n${lines.enter('tab', 'dev')}`);
  const stream = world.subscribe(['dev'], {
    dialect: streamDialect('text', { hasPresence: true, isHist: false, namesRooms: true }),
  });
  return { world, bob, others: [...others, tab, stream] };
}

/** What the readers got, and what files and logs can get: events without what is live. */
function check({ world, bob, others }: ReturnType<typeof newRoom>, ann: IrcPeer): void {
  const toIrc = [...ann.lines(), ...bob.lines()].join('\n').replace(BETWEEN_IRC_USERS, '');
  expect(toIrc).not.toMatch(FORBIDDEN);
  expect(others.map((peer) => peer.read()).join('')).not.toMatch(FORBIDDEN);
  const isLive = new Set(['live', 'styled', 'signal']);
  const kept = world.seen
    .splice(0)
    .map(({ event }) =>
      JSON.stringify(event, (key, value: unknown) => (isLive.has(key) ? undefined : value)),
    );
  expect(kept.join('\n')).not.toMatch(/\\u00[01][0-9a-f]/);
  expect(kept.join('\n')).not.toMatch(FORBIDDEN);
  expect(world.errors).toEqual([]);
}

/** What the history and the search return is what others read later. */
function checkHistory({ world, bob }: ReturnType<typeof newRoom>): void {
  const late = world.connect();
  late.send('LOGIN late\nTAGS ON\nJOIN dev\nHISTORY 500\nSEARCH az\nTOPIC\nROOMS ALL\nWHO\nWHOIS bob\n');
  expect(late.read()).not.toMatch(FORBIDDEN);
  bob.send(
    'CAP REQ :draft/chathistory',
    'CHATHISTORY LATEST #dev * 100',
    'TOPIC #dev',
    'MODE #dev b',
    'WHOWAS ann',
  );
  for (const line of bob.lines()) expect(line.replace(/\x01/g, '')).not.toMatch(FORBIDDEN);
}

it.each(FIELDS)('no control character reaches others in %j', async (field) => {
  let room = newRoom();
  for (const character of CHARACTERS) {
    // A field that ends bob's session or bob's rights needs a new room.
    if (room.bob.peer.closed || !room.bob.ask('MODE #dev -m').join().includes('MODE')) room = newRoom();
    const ann = ircLogin(room.world, 'ann', { caps: CAPS, rooms: ['#dev'] });
    room.bob.send('MODE #dev +o ann');
    check(room, ann);
    ann.send(field.replaceAll('a@', `a${character}`).replace('@Z', `${character}Z`));
    await room.world.hashed();
    check(room, ann);
    ann.peer.vanish();
    check(room, ann);
  }
  checkHistory(room);
});

it.each(FIRST_FIELDS)('no control character reaches others in %j, before the login', async (field) => {
  const room = newRoom();
  for (const character of CHARACTERS) {
    const ann = new IrcPeer(room.world);
    ann.send(
      ...field.replaceAll('a@', `a${character}`).split('\r\n'),
      'JOIN #dev',
      'PRIVMSG #dev :hi',
      'WHOIS ann',
    );
    await room.world.hashed();
    room.bob.send('WHO #dev');
    check(room, ann);
    ann.peer.vanish();
    check(room, ann);
  }
  checkHistory(room);
});
