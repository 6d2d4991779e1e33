/**
 * Text that no user may send to another: terminal escapes, line breaks, invisible and direction-changing characters. Each
 * is put into every field of every dialect, over real sockets of every kind, and searched for in all output, the log and the transcript.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { DialectName } from '../../src/dialects/index.js';
import { temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { FORBIDDEN } from './common.js';
import { gotalk, irc, lines } from './speakers.js';
import { type Endpoint, ENDPOINTS, FullLobby } from './endpoints.js';

const ESCAPES = [
  '\x1b[31m', // colour
  '\x1b[2J\x1b[H', // clear the screen
  '\x1b]0;title\x07',
  '\x1b]8;;http://evil\x1b\\link',
  '\x1bP+q\x1b\\',
  '\x1bc', // reset
  '\x1b(0\x0e\x0f', // line drawing
  '\u009b31m\u0090\u009c\u0085', // C1
  '\b\b\b\b\x7f\x7f',
  '\0\x01\x05\x07\x1a\x1c',
];
const INVISIBLE = [
  '\u00ad\u061c\u180e',
  '\u200b\u200e\u200f',
  '\u2060\u2064\u206a\u206f',
  '\ufeff\ufff9\ufffb',
];
const TURNED = ['\u202a\u202d\u202e', '\u2066\u2067\u2069', '\u{e0001}\u{e0041}\u{e007f}'];
const BROKEN_BYTES = [
  [0x9b, 0x33, 0x31, 0x6d], // C1 as a byte
  [0xc0, 0x80, 0xc1, 0x9b], // overlong
  [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80], // surrogates
  [0xe2, 0x80], // cut short
  [0xf4, 0x90, 0x80, 0x80, 0xff, 0xff, 0xfe],
  [0xff, 0xfd, 0x01, 0xff, 0xfa, 0x1f, 0x1b, 0x5b, 0xff, 0xf0], // telnet
];
/** Lines of the server about another user. */
const FORGED = ['MSG observer FORGED', 'INFO observer disconnected FORGED', 'observer:FORGED', '* FORGED'];
const BREAKS = ['\n', '\r', '\r\n', '\v', '\f', '\u0085', '\u2028', '\u2029', '\x1e', '\0\n'].map(
  (end) => end + [...FORGED, '[2026-01-01 00:00:00][observer]: FORGED', ''].join(end),
);
const PAYLOADS = [
  ...[...ESCAPES, ...INVISIBLE, ...TURNED, ...BREAKS].map((text) => Buffer.from(text)),
  ...BROKEN_BYTES.map((bytes) => Buffer.from(bytes)),
];

/** The place of the payload in a template. */
const HERE = '@@';

/** Everything that a client can send, with the payload in each field. */
function fields({ speaker }: Endpoint): string[] {
  const inside = speaker.login('ann') + (speaker.dialect === 'machat' ? '' : '\n');
  return [
    speaker.login(`an${HERE}n`) + speaker.say('in'),
    speaker.enter('ann', `de${HERE}v`) + speaker.say('in'),
    inside + speaker.say(`a${HERE}z`),
    inside + speaker.say(HERE),
    inside + (speaker.tell(`memb${HERE}er0`, 'hi') ?? ''),
    inside + (speaker.tell('member0', `a${HERE}z`) ?? ''),
    ...OTHERS[speaker.dialect].map((line) => `${inside}${line}\n`),
  ];
}

/** The fields for a payload: all at the first endpoint of a dialect, a third at the others, where only the transport differs. */
function fieldsFor(payload: number, endpoint: Endpoint): string[] {
  const { dialect } = endpoint.speaker;
  const isFirst = ENDPOINTS.find(({ speaker }) => speaker.dialect === dialect) === endpoint;
  return fields(endpoint).filter((_, field) => isFirst || field % 3 === payload % 3);
}

const OTHERS: Record<DialectName, readonly string[]> = {
  lines: [
    HERE,
    `${HERE}MSG x`,
    `WHO ${HERE}`,
    `PING ${HERE}`,
    `PASTE\na${HERE}z\n.`,
    `TAGS ${HERE}`,
    `SEARCH ${HERE}`,
  ],
  gotalk: [HERE, `/${HERE}`, `/who ${HERE}`, `//${HERE}`, `/history ${HERE}`, `/search ${HERE}`],
  machat: [],
  irc: [
    HERE,
    `TOPIC #lobby :a${HERE}z`,
    `AWAY :a${HERE}z`,
    `SETNAME :a${HERE}z`,
    `JOIN #dev,#a${HERE}z`,
    `JOIN #mine\r\nMODE #mine +b a${HERE}z!*@*\r\nMODE #mine b`,
    `JOIN #dev\r\nPART #dev :a${HERE}z`,
    `JOIN #dev\r\nNOTICE #dev :a${HERE}z`,
    `JOIN #dev\r\nPRIVMSG #dev :\x01ACTION a${HERE}z\x01`,
    `PRIVMSG #lobby :\x01X a${HERE}z\x01`,
    `CAP REQ :message-tags labeled-response batch draft/multiline\r\n@label=a${HERE}z;+a${HERE}=a${HERE}z PRIVMSG #lobby :hi`,
    `CAP REQ :message-tags batch draft/multiline\r\nBATCH +1 draft/multiline #lobby\r\n@batch=1 PRIVMSG #lobby :a${HERE}z\r\nBATCH -1`,
    `CAP REQ :a${HERE}z`,
    `AUTHENTICATE PLAIN\r\nAUTHENTICATE a${HERE}z`,
    `KILL member0 :a${HERE}z`,
    `INVITE member0 #a${HERE}z`,
    `QUIT :a${HERE}z`,
  ],
};

function filled(template: string, payload: Buffer): Buffer {
  const [head = '', ...tails] = template.split(HERE);
  return Buffer.concat([Buffer.from(head), ...tails.flatMap((tail) => [payload, Buffer.from(tail)])]);
}

/** JSON may also carry any character as an escape. */
function asEscapes({ speaker }: Endpoint, payload: Buffer): Buffer[] {
  if (speaker.dialect !== 'machat') return [];
  const text = payload.toString();
  const objects = [
    { name: `an${text}n`, room: 'lobby' },
    { name: 'ann', room: `de${text}v` },
    { name: 'ann', room: 'lobby', [text]: text },
  ];
  return objects.map((object) =>
    Buffer.from(JSON.stringify(object).replace(/[^ -~]/g, escaped) + speaker.say('in')),
  );
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

it.each(ENDPOINTS)(
  '$name cannot send control characters to any other client, the log or the transcript',
  async (endpoint) => {
    const transcript = join(temporaryFolder(), 'chat_logs.txt');
    const lobby = await FullLobby.open({ TRANSCRIPT_FILE: transcript });
    const inDev = [lines, gotalk, irc].map(
      (speaker) => ENDPOINTS.find((other) => other.speaker === speaker) ?? endpoint,
    );
    for (const [number, other] of inDev.entries())
      lobby.members.push(
        await lobby.connect(other, `dev${number}`, other.speaker.enter(`dev${number}`, 'dev')),
      );
    const answers: string[] = [];
    for (const [number, payload] of PAYLOADS.entries()) {
      const packets = fieldsFor(number, endpoint).map((template) => filled(template, payload));
      for (const bytes of [...packets, ...asEscapes(endpoint, payload)]) {
        const ann = await endpoint.connect(lobby.server);
        ann.send(bytes);
        ann.end();
        answers.push((await ann.toEnd()).text);
      }
      // Unread output would disconnect a member as a slow reader.
      await lobby.receivedByAll();
    }
    for (const member of lobby.members) member.connection.send(ASKS_ALL[member.speaker.dialect]);
    await lobby.receivedByAll();
    const asker = await SocketClient.login(lobby.server.port, 'asker');
    asker.send(ASKS_ALL.lines);
    answers.push(await asker.fence());

    await lobby.server.stop();
    const isIrc = endpoint.speaker === irc;
    const arrived = [
      readFileSync(transcript, 'utf8'),
      ...answers.map((text) => (isIrc ? text.replaceAll('\r\n', '\n') : text)),
      ...lobby.members.map(({ everything, speaker }) => {
        // Formatting passes from IRC to IRC alone.
        const allowed = isIrc ? speaker.controls : speaker === irc ? /\r(?=\n)/g : null;
        return everything.replaceAll(allowed ?? '', '');
      }),
    ];
    for (const text of arrived) expect(text).not.toMatch(FORBIDDEN);
    for (const event of lobby.server.log.events)
      for (const value of Object.values(event)) expect(String(value)).not.toMatch(FORBIDDEN);
    const forgeries = arrived
      .join('')
      .replaceAll('[ENTER YOUR NAME]: ', '')
      .split('\n')
      .filter((line) => line.includes('FORGED'));
    const others = forgeries.filter((line) => !SAID_BY_ANN.test(line));
    expect(others).toEqual([]);
    expect(forgeries.length).toBeGreaterThan(100);
  },
);

const ASKS_ALL: Record<DialectName, string> = {
  lines: 'WHO\nROOMS\nHISTORY 500\n',
  gotalk: '/who\n/rooms\n/history 500\n',
  machat: '',
  irc: 'NAMES\r\nLIST\r\nTOPIC #lobby\r\nWHO #lobby\r\nWHOIS ann\r\nWHOWAS ann\r\n',
};

/** A message of ann in any dialect, or a reply to ann. */
const SAID_BY_ANN =
  /^(MSG|DM|HIST \d+ \S+) an\S* |^(@\S+ )?:an\S*![a-z]+@|^:partyline\.local (\d{3}|CAP|PONG|FAIL) |^ERROR :Closing Link: \S+ \(Quit: |^(an\S*:|\* an\S* \(private\): )|^\[[^\]]*\](\[#\S+\])?\[an\S*( -> you)?\]: |^(PONG|ERR) |\]\[system\]: (unknown command|no (user|room)) /;
