/** The script of a fuzzing client: random or nearly valid bytes, split anywhere, and the way it ends. */

/** What it does after its bytes: waits for the close, ends its side and waits, closes, or resets. */
type Exit = 'stay' | 'end' | 'leave' | 'reset';

export interface Script {
  readonly packets: readonly Buffer[];
  readonly exit: Exit;
  /** It reads none of the server's output. */
  readonly readsNothing: boolean;
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export type Random = () => number;

export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function makeScript(random: Random): Script {
  const bytes = pick(random, [
    noise,
    noise,
    plausible,
    plausible,
    mutated,
    mutated,
    mutated,
    spliced,
    long,
    frames,
    frames,
    irc,
    irc,
    irc,
  ])(random);
  return {
    packets: cut(random, bytes),
    exit: pick(random, ['stay', 'end', 'end', 'leave', 'leave', 'reset'] as const),
    readsNothing: random() < 0.02,
  };
}

const NAMES = ['ann', 'Ann', 'zoë', 'x', 'ghost', 'system', 'a b', '', '日本', '\u202egnp', 'x'.repeat(40)];
const ROOMS = ['lobby', 'dev', '#dev', 'Dev', 'a b', '', 'x'.repeat(80)];
const TEXTS = [
  'hi',
  '',
  ' ',
  '.',
  '//x',
  '\x1b[2J',
  '\u2028',
  '\0',
  'x'.repeat(4096),
  'x'.repeat(4097),
  '😀',
];
const VERBS =
  `LOGIN MSG DM WHO JOIN LEAVE ROOMS HISTORY SEARCH PASTE TAGS CHAT LINES PING PONG HELP QUIT REGISTER LOCK KICK
  BAN SAY IGNORE TOPIC /dm /who /join /rooms /history /search /help /quit / // NICK USER CAP PASS FOLLOW UNFOLLOW ME
  READ SESSION AWAY NICK`.split(/\s+/);
const TAGS = ['@label=7 ', '@resume=x ', '@label=8;room=dev ', '@room=lobby ', '@label=! ', '@;=;', '@'];
const HTTP = [
  'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\nLOGIN evil\nMSG evil\n',
  'OPTIONS * HTTP/1.0\r\n\r\n',
  'GET /mychat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n',
  'DELETE / HTTP/9.9\r\n',
  'GE',
  'Host: x\r\n',
];
const TLS_HELLO = Buffer.from('16030100c8010000c40303', 'hex');

/** Bytes of every value, or of the few that have a meaning for a framer. */
function noise(random: Random): Buffer {
  const special = [0, 8, 10, 13, 27, 34, 47, 92, 123, 125, 127, 255, 250, 240, 253, 0xc2, 0xe2, 0x80, 32, 65];
  const all = random() < 0.5;
  const byte = () => (all ? below(random, 256) : pick(random, special));
  return Buffer.from(Array.from({ length: below(random, 2000) }, byte));
}

/** Valid input of some dialect or protocol, in random order. */
function plausible(random: Random): Buffer {
  const parts = [pick(random, [hello, handshake, request, tlsHello, nothing])(random)];
  for (let lines = below(random, 12); lines > 0; lines--) parts.push(line(random));
  if (random() < 0.2) parts.push(pick(random, TEXTS));
  return Buffer.from(parts.join(''), parts[0]?.startsWith('\x16') ? 'latin1' : 'utf8');
}

function mutated(random: Random): Buffer {
  const bytes = plausible(random);
  for (let count = 1 + below(random, 6); count > 0 && bytes.length > 0; count--)
    bytes[below(random, bytes.length)] = below(random, 256);
  return bytes;
}

/** The beginning of one input and the end of another. */
function spliced(random: Random): Buffer {
  const [head, tail] = [plausible(random), plausible(random)];
  return Buffer.concat([
    head.subarray(0, below(random, head.length)),
    tail.subarray(below(random, tail.length)),
  ]);
}

/** Longer than a line may be, or far longer. */
function long(random: Random): Buffer {
  const what = pick(random, ['x', '{"a":', '\xff\xfa', '\0', ' ', '日', 'PASTE\n', '\b', '\n', '{', '"\\']);
  return Buffer.from(
    `${pick(random, ['', 'LOGIN ann\nMSG ', '{"name":"'])}${what.repeat(below(random, 30_000))}`,
  );
}

/** A client of IRC that registers, or nearly, and then sends lines that are valid, or nearly. */
function irc(random: Random): Buffer {
  const name = `${pick(random, NAMES)}${below(random, 50)}`;
  const first = [`NICK ${name}`, `USER ${pick(random, ['u', '~!', ''])} 0 * :real ${pick(random, TEXTS)}`];
  if (random() < 0.5)
    first.unshift('CAP LS 302', `CAP REQ :${manyOf(random, IRC_CAPS).join(' ')}`, 'CAP END');
  if (random() < 0.2) first.reverse();
  const lines = [
    ...first,
    ...Array.from({ length: below(random, 15) }, () => pick(random, IRC_LINES)(random)),
  ];
  return Buffer.from(lines.map((line) => line + pick(random, ['\r\n', '\r\n', '\n', '\0\r\n'])).join(''));
}

const IRC_VERBS =
  `JOIN PART PRIVMSG NOTICE TAGMSG TOPIC MODE KICK INVITE NAMES LIST WHO WHOIS WHOWAS USERHOST ISON MONITOR AWAY NICK
  SETNAME CAP AUTHENTICATE BATCH REDACT MARKREAD CHATHISTORY REGISTER OPER WALLOPS KILL LUSERS MOTD STATS HELP PASS
  USER PING PONG QUIT NS VERSION INFO`.split(/\s+/);
const IRC_CAPS =
  `server-time message-tags account-tag batch extended-join away-notify account-notify setname invite-notify sasl
  draft/multiline draft/message-redaction echo-message labeled-response multi-prefix userhost-in-names cap-notify
  draft/chathistory draft/read-marker extended-monitor no-such-cap -batch`.split(/\s+/);
const IRC_WORDS = [
  '#dev',
  '#lobby',
  '@#dev',
  '#a,#b,#a!b',
  'ann0',
  '*',
  ':',
  '+o',
  '-k',
  '*!*@*',
  '\x01ACTION x\x01',
  '\x01X',
  '\x0304,\x02',
  '+1',
  'draft/multiline',
  'timestamp=2026-01-01T00:00:00.000Z',
  'msgid=5',
  'LATEST',
  '0',
];

const IRC_LINES: readonly ((random: Random) => string)[] = [
  ircCommand,
  ircCommand,
  ircCommand,
  (random) => `@label=${'l'.repeat(60 + below(random, 10))} ${ircCommand(random)}`,
  (random) => `@${'+a=b;'.repeat(below(random, 1700))} ${ircCommand(random)}`,
  (random) => `${pick(random, IRC_VERBS)} ${'p '.repeat(14 + below(random, 5))}:last`,
  () => ':',
  (random) => `:ann!a@b ${ircCommand(random)}`,
  (random) => `AUTHENTICATE ${'A'.repeat(400)}\r\n`.repeat(below(random, 60)),
  (random) => `MODE #dev ${'+b-o+v'.repeat(10)} ${'x '.repeat(below(random, 30))}`,
  (random) => `JOIN ${Array.from({ length: 51 }, () => `#r${below(random, 200)}`).join(',')}`,
  (random) => `BATCH +${below(random, 3)} draft/multiline #dev`,
  (random) => `@batch=${below(random, 3)} PRIVMSG #dev :${pick(random, TEXTS)}`,
  (random) => `BATCH -${below(random, 3)}`,
  (random) => `MONITOR + ${Array.from({ length: 60 }, () => `m${below(random, 300)}`).join(',')}`,
  (random) => `CAP REQ :${manyOf(random, IRC_CAPS).join(' ')}`,
];

function ircCommand(random: Random): string {
  const words = [pick(random, IRC_VERBS)];
  for (let count = below(random, 5); count > 0; count--)
    words.push(pick(random, [...IRC_WORDS, ...NAMES, ...TEXTS]));
  if (random() < 0.5) words.push(`:${pick(random, TEXTS)}`);
  return words.join(' ');
}

/** A complete WebSocket handshake, and frames that are valid or nearly. */
function frames(random: Random): Buffer {
  const parts: Uint8Array[] = [Buffer.from(upgradeTo(pick(random, ['/ws', '/mychat', '/ws?x', '/'])))];
  for (let count = below(random, 8); count > 0; count--) parts.push(frame(random));
  if (random() < 0.3) parts.push(noise(random));
  return Buffer.concat(parts);
}

/** RFC 6455, 5.2. */
function frame(random: Random): Buffer {
  const text = pick(random, [hello, handshake, line, line, line])(random);
  const payload = random() < 0.8 ? Buffer.from(text) : noise(random);
  const opcode = pick(random, [1, 1, 1, 1, 2, 2, 0, 8, 9, 10, below(random, 16)]);
  const flags = random() < 0.8 ? 0x80 : pick(random, [0, 0, 0x70, 0xc0]);
  const masked = random() < 0.95 ? 0x80 : 0;
  const length = random() < 0.95 ? payload.length : below(random, 65_536);
  const lengthBytes = length < 126 ? [masked | length] : [masked | 126, length >> 8, length & 255];
  // A mask of zeros changes nothing.
  return Buffer.concat([
    Buffer.from([flags | opcode, ...lengthBytes]),
    Buffer.alloc(masked === 0 ? 0 : 4),
    payload,
  ]);
}

function upgradeTo(path: string): string {
  return (
    `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
  );
}

const hello = (random: Random) =>
  `${pick(random, ['', 'TAGS ON\n'])}LOGIN ${pick(random, NAMES)}${below(random, 50)}\n`;
const request = (random: Random) => pick(random, HTTP);
const tlsHello = () => TLS_HELLO.toString('latin1');
const nothing = () => '';

function handshake(random: Random): string {
  const name = pick(random, [`${pick(random, NAMES)}${below(random, 50)}`, null, 5, [], {}]);
  const room = random() < 0.8 ? pick(random, ROOMS) : undefined;
  const object = JSON.stringify({ name, room, password: random() < 0.1 ? 'hunter2' : undefined });
  return random() < 0.5 ? object : `${object}\n`;
}

function line(random: Random): string {
  const words = [pick(random, ['', '', ...TAGS]) + pick(random, VERBS)];
  for (let count = below(random, 4); count > 0; count--)
    words.push(
      pick(random, [pick(random, NAMES), pick(random, ROOMS), pick(random, TEXTS), `${below(random, 600)}`]),
    );
  return words.join(' ') + pick(random, ['\n', '\n', '\r\n', '\r', '\n\n', '\0\n']);
}

/** Splits the bytes: not at all, into a few packets, or, if short, into single bytes. */
function cut(random: Random, bytes: Buffer): Buffer[] {
  const cuts = bytes.length < 60 && random() < 0.3 ? bytes.length : below(random, 4);
  const at = Array.from({ length: cuts }, (_, index) =>
    cuts === bytes.length ? index + 1 : below(random, bytes.length + 1),
  ).sort((a, b) => a - b);
  return [...at, bytes.length].map((end, index) => bytes.subarray(at[index - 1] ?? 0, end));
}

function manyOf<Item>(random: Random, items: readonly Item[]): Item[] {
  return items.filter(() => random() < 0.3);
}

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[below(random, items.length)];
  if (item === undefined) throw new Error('cannot pick from an empty list');
  return item;
}
