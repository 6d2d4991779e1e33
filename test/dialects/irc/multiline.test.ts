import { describe, expect, it } from 'vitest';
import { MAX_IRC_BYTES } from '../../../src/dialects/irc/irc.js';
import { ircLogin } from '../../support/irc.js';
import { passwordOf, World } from '../../support/world.js';

const S = ':partyline.local';
const CAPS = 'draft/multiline batch labeled-response';

function inDev() {
  const world = new World();
  const ann = ircLogin(world, 'ann', { caps: CAPS, rooms: ['#dev'] });
  const bob = ircLogin(world, 'bob', { rooms: ['#dev'] });
  for (const peer of [ann, bob]) peer.lines();
  return { world, ann, bob };
}

function historyOfDev(world: World): string {
  const lin = world.login('lin');
  lin.send('JOIN dev\n');
  lin.read();
  lin.send('HISTORY\n');
  return lin.read();
}

describe('a batch of a client', () => {
  it.each([
    ['BATCH +a.b draft/multiline #dev', 'INVALID_REFTAG a.b :Unknown or misplaced batch'],
    ['BATCH + draft/multiline #dev', 'INVALID_REFTAG * :Unknown or misplaced batch'],
    ['BATCH -1', 'INVALID_REFTAG 1 :Unknown or misplaced batch'],
    ['BATCH', 'INVALID_REFTAG * :Unknown or misplaced batch'],
    ['BATCH +1 netsplit a b', 'UNKNOWN_TYPE 1 netsplit :Only draft/multiline batches can be sent'],
    ['BATCH +1', 'UNKNOWN_TYPE 1 * :Only draft/multiline batches can be sent'],
    ['BATCH +1 draft/multiline', 'MULTILINE_INVALID :The batch has no target'],
  ])('is refused, and what claims to be in it is ignored: %s', (line, refusal) => {
    const { ann, bob } = inDev();
    expect(ann.ask(line, '@batch=1 PRIVMSG #dev :lost')).toEqual([`${S} FAIL BATCH ${refusal}`]);
    expect(bob.lines()).toEqual([]);
  });

  it('is refused within another one, which goes on', () => {
    const { ann, bob } = inDev();
    expect(
      ann.ask(
        'BATCH +1 draft/multiline #dev',
        '@batch=1 PRIVMSG #dev :one',
        'BATCH +2 draft/multiline #dev',
        '@batch=2 PRIVMSG #dev :lost',
        '@batch=1 PRIVMSG #dev :two',
        'BATCH -1',
      ),
    ).toEqual([`${S} FAIL BATCH INVALID_REFTAG 2 :Unknown or misplaced batch`]);
    expect(bob.lines()).toEqual([':ann!ann@host PRIVMSG #dev :one', ':ann!ann@host PRIVMSG #dev :two']);
  });

  it('is refused where the capability ends before it does, and none of its lines is said', () => {
    const { ann, bob } = inDev();
    expect(
      ann.ask(
        '@label=7 BATCH +1 draft/multiline #dev',
        '@batch=1 PRIVMSG #dev :one',
        'CAP REQ -draft/multiline',
        '@batch=1 PRIVMSG #dev :two',
        'BATCH -1',
        'PRIVMSG #dev :three',
      ),
    ).toEqual([
      `${S} CAP ann ACK :-draft/multiline`,
      `@label=7 ${S} FAIL BATCH MULTILINE_INVALID :draft/multiline is off`,
    ]);
    expect(bob.lines()).toEqual([':ann!ann@host PRIVMSG #dev :three']);
  });

  it('of several lines to NickServ is refused, and one of a single line is a command', () => {
    const { ann } = inDev();
    const batch = (...lines: readonly string[]) =>
      ann.ask('BATCH +1 draft/multiline NickServ', ...lines, 'BATCH -1');
    expect(batch('@batch=1 PRIVMSG NickServ :REGISTER a', '@batch=1 PRIVMSG NickServ :b')).toEqual([
      `${S} FAIL BATCH MULTILINE_INVALID_TARGET NickServ :Invalid target`,
    ]);
    expect(batch('@batch=1 PRIVMSG NickServ :HELP')).toHaveLength(4);
  });

  it('is refused without the capability', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { caps: 'batch' });
    expect(ann.ask('BATCH +1 draft/multiline ann')).toEqual([
      `${S} FAIL BATCH UNKNOWN_TYPE 1 draft/multiline :Only draft/multiline batches can be sent`,
    ]);
  });

  it('that is open for 30 seconds is given up, under its label', () => {
    const { world, ann, bob } = inDev();
    ann.ask('@label=7 BATCH +1 draft/multiline #dev', '@batch=1 PRIVMSG #dev :one');
    world.wait(29_000);
    expect(ann.lines()).toEqual([]);
    world.wait(1_100);
    expect(ann.lines()).toEqual([`@label=7 ${S} FAIL BATCH TIMEOUT 1 :The batch was open for too long`]);
    expect(ann.ask('@batch=1 PRIVMSG #dev :two', 'BATCH -1')).toEqual([
      `${S} FAIL BATCH INVALID_REFTAG 1 :Unknown or misplaced batch`,
    ]);
    expect(bob.lines()).toEqual([]);
  });

  it('that ends in time is not', () => {
    const { world, ann, bob } = inDev();
    ann.ask('BATCH +1 draft/multiline #dev', '@batch=1 PRIVMSG #dev :one');
    world.wait(29_000);
    ann.ask('BATCH -1', 'BATCH +1 draft/multiline #dev', '@batch=1 PRIVMSG #dev :two');
    world.wait(2_000);
    expect(ann.ask('BATCH -1')).toEqual([]);
    expect(bob.lines()).toEqual([':ann!ann@host PRIVMSG #dev :one', ':ann!ann@host PRIVMSG #dev :two']);
  });
});

describe('a multiline batch', () => {
  it.each(['@#dev', '+#dev'])('of several lines to %s is refused, and nobody gets it', (target) => {
    const { world, ann, bob } = inDev();
    expect(
      ann.ask(
        `BATCH +1 draft/multiline ${target}`,
        `@batch=1 PRIVMSG ${target} :one`,
        `@batch=1 PRIVMSG ${target} :two`,
        'BATCH -1',
      ),
    ).toEqual([`${S} FAIL BATCH MULTILINE_INVALID_TARGET ${target} :Invalid target`]);
    expect(bob.lines()).toEqual([]);
    expect(historyOfDev(world)).toBe('OK\n');
  });

  const tooLong = `${S} 417 ann :Input line was too long`;

  it.each([
    ['too long', `@batch=1 PRIVMSG #dev :${'x'.repeat(500)}`, tooLong],
    ['endless', `@batch=1 PRIVMSG #dev :${'x'.repeat(MAX_IRC_BYTES)}`, tooLong],
    [
      'not UTF-8',
      '@batch=1 PRIVMSG #dev :caf\xe9',
      `${S} FAIL PRIVMSG INVALID_UTF8 :Message rejected: it is not UTF-8`,
    ],
  ])('is not said without a line that is refused: %s', (_, line, refusal) => {
    const { world, ann, bob } = inDev();
    ann.send('BATCH +1 draft/multiline #dev', '@batch=1 PRIVMSG #dev :one');
    ann.peer.send(Buffer.from(`${line}\r\n`, 'latin1'));
    expect(ann.ask('@batch=1 PRIVMSG #dev :two', 'BATCH -1')).toEqual([
      refusal,
      `${S} FAIL BATCH MULTILINE_INVALID :A line of the batch was refused`,
    ]);
    expect(bob.lines()).toEqual([]);
    expect(historyOfDev(world)).toBe('OK\n');
  });

  it('of one line is what the line is without a batch', () => {
    const { world, ann, bob } = inDev();
    const lin = world.login('lin');
    lin.send('JOIN dev\n');
    const batchOf = (target: string, text: string, verb = 'PRIVMSG') => {
      ann.lines();
      lin.read();
      bob.lines();
      ann.send(`BATCH +1 draft/multiline ${target}`, `@batch=1 ${verb} ${target} :${text}`, 'BATCH -1');
      return { ann: ann.lines(), bob: bob.lines(), lin: lin.read() };
    };
    expect(batchOf('#dev', '\x01ACTION waves\x01')).toEqual({
      ann: [],
      bob: [':ann!ann@host PRIVMSG #dev :\x01ACTION waves\x01'],
      lin: 'MSG ann * ann waves\n',
    });
    expect(batchOf('bob', '\x01ACTION waves\x01').bob).toEqual([
      ':ann!ann@host PRIVMSG bob :\x01ACTION waves\x01',
    ]);
    expect(batchOf('#dev', '\x01VERSION\x01')).toEqual({
      ann: [],
      bob: [':ann!ann@host PRIVMSG #dev :\x01VERSION\x01'],
      lin: '',
    });
    expect(batchOf('bob', '\x01PING 1\x01', 'NOTICE').bob).toEqual([
      ':ann!ann@host NOTICE bob :\x01PING 1\x01',
    ]);
    expect(batchOf('@#dev', 'for @')).toEqual({ ann: [], bob: [], lin: '' });
    expect(batchOf('#dev', 'x'.repeat(480)).ann).toEqual([tooLong]);
    lin.send('HISTORY\n');
    expect(lin.read()).toMatch(/^HIST 1 \S+ ann \* ann waves\nOK\n$/);
  });

  it.each([
    ['an action', ['@batch=1 PRIVMSG #dev :one', '@batch=1 PRIVMSG #dev :\x01ACTION waves\x01']],
    ['another CTCP', ['@batch=1 PRIVMSG #dev :\x01VERSION\x01', '@batch=1 PRIVMSG #dev :two']],
    [
      'one in two parts',
      ['@batch=1 PRIVMSG #dev :\x01VER', '@batch=1;draft/multiline-concat PRIVMSG #dev :SION\x01'],
    ],
  ])('is refused with %s among its lines', (_, lines) => {
    const { world, ann, bob } = inDev();
    expect(ann.ask('BATCH +1 draft/multiline #dev', ...lines, 'BATCH -1')).toEqual([
      `${S} FAIL BATCH MULTILINE_INVALID :CTCP is a message of one line`,
    ]);
    expect(bob.lines()).toEqual([]);
    expect(historyOfDev(world)).toBe('OK\n');
  });

  it.each([['one'], ['one', 'two']])('of NOTICE is not answered, not by errors: %s %s', (...texts) => {
    const world = new World();
    world.register('max');
    const ann = ircLogin(world, 'ann', { caps: CAPS, rooms: ['#dev'] });
    const bob = ircLogin(world, 'bob', { caps: CAPS, rooms: ['#dev'] });
    ann.send('MODE #dev +m', 'AWAY :lunch');
    bob.lines();
    const batchTo = (target: string, label = '') => [
      `${label}BATCH +1 draft/multiline ${target}`,
      ...texts.map((text) => `@batch=1 NOTICE ${target} :${text}`),
      'BATCH -1',
    ];
    for (const target of ['#dev', '#none', 'ann', 'max', 'nobody'])
      expect(bob.ask(...batchTo(target))).toEqual([]);
    expect(bob.ask(...batchTo('#dev', '@label=7 '))).toEqual([`@label=7 ${S} ACK`]);
    expect(bob.ask('BATCH +1 draft/multiline #dev', '@batch=1 NOTICE #dev :', 'BATCH -1')).toEqual([
      `${S} FAIL BATCH MULTILINE_INVALID :No text to send`,
    ]);
  });

  it('may name its target in capitals and small letters', () => {
    const { ann, bob } = inDev();
    const lines = [
      'BATCH +1 draft/multiline #DEV',
      '@batch=1 PRIVMSG #dev :one',
      '@batch=1 PRIVMSG #Dev :two',
    ];
    expect(ann.ask(...lines, 'BATCH -1')).toEqual([]);
    expect(bob.lines()).toEqual([':ann!ann@host PRIVMSG #dev :one', ':ann!ann@host PRIVMSG #dev :two']);
    expect(ann.ask(...lines, '@batch=1 PRIVMSG #ops :three', 'BATCH -1')).toEqual([
      `${S} FAIL BATCH MULTILINE_INVALID_TARGET #DEV #ops :Another target`,
    ]);
  });

  it('is said after one of which a line was refused', () => {
    const { ann, bob } = inDev();
    ann.send('BATCH +1 draft/multiline #dev', `@batch=1 PRIVMSG #dev :${'x'.repeat(500)}`, 'BATCH -1');
    ann.lines();
    expect(ann.ask('BATCH +1 draft/multiline #dev', '@batch=1 PRIVMSG #dev :again', 'BATCH -1')).toEqual([]);
    expect(bob.lines()).toEqual([':ann!ann@host PRIVMSG #dev :again']);
  });
});

describe('the limits of a multiline batch', () => {
  const concat = '@batch=1;draft/multiline-concat PRIVMSG #dev :';
  const plain = '@batch=1 PRIVMSG #dev :';
  const full = Array.from({ length: 40 }, () => `${concat}${'x'.repeat(400)}`);

  it.each([
    ['200 lines', Array.from({ length: 200 }, () => `${concat}x`), null],
    ['201 joined lines', Array.from({ length: 201 }, () => `${concat}x`), 'MULTILINE_MAX_LINES 200'],
    ['16384 bytes', [...full, `${concat}${'x'.repeat(384)}`], null],
    ['16385 bytes', [...full, `${concat}${'x'.repeat(385)}`], 'MULTILINE_MAX_BYTES 16384'],
    ['16384 bytes and a line end', [...full, `${plain}${'x'.repeat(384)}`], 'MULTILINE_MAX_BYTES 16384'],
  ])('count all lines, and the line ends between them: %s', (_, lines, code) => {
    const { ann } = inDev();
    const answer = ann.ask('BATCH +1 draft/multiline #dev', ...lines, 'BATCH -1');
    expect(answer).toEqual(
      code === null ? [] : [expect.stringMatching(new RegExp(`^${S} FAIL BATCH ${code} :`))],
    );
  });
});

describe('a multiline batch to a user', () => {
  const lines = [
    'BATCH +1 draft/multiline bob',
    '@batch=1 PRIVMSG bob :\x02one',
    '@batch=1 PRIVMSG bob :',
    '@batch=1 PRIVMSG bob :two',
    'BATCH -1',
  ];

  it('is a batch for those with the capability, and as many messages for others', () => {
    const world = new World();
    const caps = 'draft/multiline batch message-tags';
    const ann = ircLogin(world, 'ann', { caps: `${caps} echo-message labeled-response` });
    const bob = ircLogin(world, 'bob', { caps });
    const [label, ...rest] = lines;
    const batch = [
      '@batch=p1 :ann!ann@host PRIVMSG bob :\x02one',
      '@batch=p1 :ann!ann@host PRIVMSG bob :',
      '@batch=p1 :ann!ann@host PRIVMSG bob :two',
      ':ann!ann@host BATCH -p1',
    ];
    expect(ann.ask(`@label=7 ${label}`, ...rest)).toEqual([
      '@label=7;msgid=1 :ann!ann@host BATCH +p1 draft/multiline bob',
      ...batch,
    ]);
    expect(bob.lines()).toEqual(['@msgid=1 :ann!ann@host BATCH +p1 draft/multiline bob', ...batch]);
    bob.ask('NICK bert');
    const old = ircLogin(world, 'bob', { caps: 'message-tags' });
    ann.ask(...lines);
    expect(old.lines()).toEqual([
      '@msgid=4 :ann!ann@host PRIVMSG bob :\x02one',
      ':ann!ann@host PRIVMSG bob :two',
    ]);
    old.send('QUIT');
    const lin = world.login('bob');
    ann.ask(...lines);
    expect(lin.read()).toBe('DM ann one\nDM ann \nDM ann two\n');
  });

  it('is kept as one message for a user who is offline', async () => {
    const world = new World();
    world.register('bob');
    const ann = ircLogin(world, 'ann', { caps: CAPS });
    expect(ann.ask(...lines)).toEqual([`${S} 301 ann bob :not here; your message is kept`]);
    const bob = world.connect();
    expect(await bob.ask(`LOGIN bob ${passwordOf('bob')}\n`)).toBe('OK\nDM ann one / two\n');
  });
});

describe('a reader without draft/multiline', () => {
  const firstTags = [
    /^@msgid=1;\+a=b :ann!ann@host PRIVMSG #dev :one$/,
    /^:ann!ann@host PRIVMSG #dev :two$/,
  ] as const;

  it.each([
    ['', ['@batch=1 PRIVMSG #dev :one', '@batch=1 PRIVMSG #dev :', '@batch=1 PRIVMSG #dev :two']],
    [
      ', also if that is not the first line',
      ['@batch=1 PRIVMSG #dev :', '@batch=1 PRIVMSG #dev :one', '@batch=1 PRIVMSG #dev :two'],
    ],
  ])('is shown the msgid and the tags of the batch with its first text%s', (_, lines) => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { caps: `${CAPS} message-tags`, rooms: ['#dev'] });
    const bob = ircLogin(world, 'bob', { caps: 'message-tags', rooms: ['#dev'] });
    ann.ask('@+a=b BATCH +1 draft/multiline #dev', ...lines, 'BATCH -1');
    expect(bob.lines()).toEqual(firstTags.map((line): unknown => expect.stringMatching(line)));
  });
});
