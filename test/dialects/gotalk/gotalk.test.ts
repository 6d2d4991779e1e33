import { describe, expect, it } from 'vitest';
import { GotalkConversation } from '../../../src/dialects/gotalk/parse.js';
import { PENGUIN } from '../../../src/dialects/gotalk/banner.js';
import { GotalkDialect, localTime } from '../../../src/dialects/gotalk/format.js';
import { LineFramer } from '../../../src/framing/line-framer.js';
import { FragileHistory } from '../../support/fragile-history.js';
import { settled } from '../../support/slow-hasher.js';
import { type Peer, World } from '../../support/world.js';
import { connect, gotalk, gotalkDialect, irc, lines, login, machat } from '../speakers.js';

const PROMPT = '[ENTER YOUR NAME]: ';
const IN_USE = 'Sorry! The name you are trying to enter is already in use.\n';
const EMPTY = "Sorry! Empty name can't be accepted.\n";
const NO_NAME =
  "Sorry! That name can't be accepted.\na name has 1 to 32 letters or digits of one script, and _ - . after the first\n";
const NOON = '[2026-03-01 12:00:00]';
const system = (text: string) => `${NOON}[system]: ${text}\n`;

/** A connection whose greeting is read. */
function atThePrompt(world: World): Peer {
  const peer = connect(world, gotalk);
  peer.read();
  return peer;
}

describe('gotalk: the prompt', () => {
  it('gotalk: the server sends a welcome, a penguin and a prompt without a line end first', () => {
    const peer = connect(new World(), gotalk);
    expect(peer.read()).toBe(`Welcome to TCP-Chat!\n${PENGUIN}${PROMPT}`);
    expect(PENGUIN).toMatch(/^[ -~\n]+\n$/);
  });

  it.each([
    ['a banner\n', 'a banner\n'],
    ['two\nlines', 'two\nlines\n'],
    ['', ''],
  ])('gotalk: another banner is shown unchanged, with a line end: %j', (banner, shown) => {
    const peer = new World().connect(
      '10.0.0.1',
      () => new GotalkConversation(new LineFramer(4096), { dialect: gotalkDialect, banner }),
    );
    expect(peer.read()).toBe(`Welcome to TCP-Chat!\n${shown}${PROMPT}`);
  });

  it.each([
    ['', EMPTY],
    ['  \t', EMPTY],
    ['\x07\u200b', EMPTY],
    ['ann', IN_USE],
    ['ANN', IN_USE],
    ['system', IN_USE],
    ['a b', NO_NAME],
    ['-x', NO_NAME],
    ['/quit', NO_NAME],
    ['x'.repeat(33), NO_NAME],
    ['x'.repeat(5000), NO_NAME],
  ])(
    'gotalk: a name that is empty, taken or invalid is refused, and the prompt follows again (%#)',
    (typed, sorry) => {
      const world = new World();
      world.login('ann');
      const peer = atThePrompt(world);
      peer.send(`${typed}\n`);
      expect(peer.read()).toBe(sorry + PROMPT);
      peer.send(' bob \r\n');
      expect(peer.read()).toBe('');
      peer.send('/who\n');
      expect(peer.read()).toBe(system('ann') + system('bob') + system('2 users online'));
    },
  );

  it.each([
    ['\nann\na b\n', EMPTY + PROMPT + IN_USE + PROMPT + NO_NAME],
    ['\n\n\n', EMPTY + PROMPT + EMPTY + PROMPT + EMPTY],
    ['a b\n-\nann\n', NO_NAME + PROMPT + NO_NAME + PROMPT + IN_USE],
    [`\n\n${'x'.repeat(5000)}\n`, EMPTY + PROMPT + EMPTY + PROMPT + NO_NAME],
  ])('gotalk: the third refusal closes the connection without a prompt (%#)', (typed, answers) => {
    const world = new World();
    const ann = world.login('ann');
    const peer = atThePrompt(world);
    peer.send(`${typed}bob\nhello\n`);
    expect(peer.read()).toBe(answers);
    expect(peer.closed).toBe(true);
    expect(ann.read()).toBe('');
  });

  it('gotalk: the third attempt may succeed', () => {
    const peer = atThePrompt(new World());
    peer.send('\na b\nbob\n/rooms\n');
    expect(peer.read()).toBe(EMPTY + PROMPT + NO_NAME + PROMPT + system('lobby: 1 user'));
    expect(peer.closed).toBe(false);
  });

  it.each([{ maxClients: 1 }, { maxClientsPerAddress: 1 }])(
    'gotalk: a full server sends one line in place of the greeting: %j',
    (limits) => {
      const world = new World(limits);
      connect(world, gotalk);
      const peer = connect(world, gotalk);
      expect(peer.read()).toBe('Maximum connection limit reached. Please try again later...\n');
      expect(peer.closed).toBe(true);
    },
  );

  it('gotalk: a connection without a name is closed after the login timeout', () => {
    const world = new World({ loginTimeoutMs: 60_000, greetingDelayMs: 2000 });
    const peer = atThePrompt(world);
    world.wait(60_001);
    expect(peer.read()).toBe('\nNo name was entered in time. Please connect again.\n');
    expect(peer.closed).toBe(true);
  });

  it.each([
    ['with keys that correct it', 'bpb\x08\x08ob\x1b[D\r\n'],
    ['between telnet negotiation', Buffer.from('\xff\xfb\x1fb\xff\xfd\x03ob\r\0\n', 'latin1')],
    ['between blanks', ' \tbob \n'],
    ['with characters that are taken out', '\u200bb\x1bob\u202e\n'],
  ])('gotalk: a name may be typed %s', (_, typed) => {
    const world = new World();
    const ann = login(world, gotalk, 'ann');
    const peer = atThePrompt(world);
    for (const byte of Buffer.from(typed)) peer.send(Uint8Array.of(byte));
    expect(ann.read()).toBe(gotalk.joined('bob'));
    expect(peer.read()).toBe('');
  });

  it.each([
    ['bob', gotalk.joined('bob') + gotalk.disconnected('bob')],
    ['bob\nhi', gotalk.joined('bob') + gotalk.said('bob', 'hi') + gotalk.disconnected('bob')],
    ['', ''],
  ])(
    'gotalk: a client that closes its sending side at the prompt has its name and messages processed: %j',
    (bytes, shown) => {
      const world = new World();
      const ann = login(world, gotalk, 'ann');
      const peer = atThePrompt(world);
      peer.end(bytes);
      expect(peer.closed).toBe(true);
      expect(peer.read()).toBe('');
      expect(ann.read()).toBe(shown);
    },
  );

  it('gotalk: a client without a name is not shown to others and receives no messages', () => {
    const world = new World();
    const ann = login(world, gotalk, 'ann');
    const peer = atThePrompt(world);
    ann.send('hello\n');
    peer.vanish();
    expect([ann.read(), peer.read()]).toEqual(['', '']);
  });

  it.each(['GET / HTTP/1.1\r\nHost: x\r\n\r\nevil\r\n', 'Host: x\nevil\n'])(
    'gotalk: an HTTP request is disconnected: %j',
    (bytes) => {
      const peer = atThePrompt(new World());
      peer.send(bytes);
      expect(peer.read()).toBe('');
      expect(peer.closed).toBe(true);
    },
  );
});

describe('gotalk: the chat', () => {
  it('gotalk: the session of GoTalk’s README gives the same bytes', () => {
    const world = new World();
    const [bob, alice] = [login(world, gotalk, 'Bob'), login(world, gotalk, 'Alice')];
    alice.send('Hi Bob!\n');
    world.wait(17_000);
    bob.send('Hello Alice!\n');
    expect(alice.read()).toBe('[2026-03-01 12:00:17][Bob]: Hello Alice!\n');
    expect(bob.read()).toBe(`${system('Alice joined the chat')}${NOON}[Alice]: Hi Bob!\n`);
    bob.end();
    expect(alice.read()).toBe('[2026-03-01 12:00:17][system]: Bob has left our chat...\n');
  });

  it('gotalk: a new user sees the last 50 messages with their times, and not its own join', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.send(Array.from({ length: 59 }, (_, n) => `MSG n${n}\n`).join(''));
    world.wait(90_000);
    ann.send('MSG last\n');
    const bob = atThePrompt(world);
    bob.say('bob\n');
    ann.say('MSG live\n');
    world.settle();
    expect(bob.lines()).toEqual([
      ...Array.from({ length: 49 }, (_, n) => `${NOON}[ann]: n${n + 10}`),
      '[2026-03-01 12:01:30][ann]: last',
      '[2026-03-01 12:01:30][ann]: live',
    ]);
  });

  it('gotalk: the number of messages shown at a login is an option of the server', () => {
    const world = new World();
    world.login('ann').send('MSG a\nMSG b\nMSG c\n');
    const dialect = (historyReplay: number) => new GotalkDialect({ historyReplay, showTime: () => 'now' });
    const come = (name: string, historyReplay: number) => {
      const spoken = dialect(historyReplay);
      const peer = world.connect(
        '10.0.0.1',
        () => new GotalkConversation(new LineFramer(4096), { dialect: spoken, banner: '' }),
      );
      peer.read();
      peer.send(`${name}\n`);
      return peer.read();
    };
    expect(come('bob', 2)).toBe('[now][ann]: b\n[now][ann]: c\n');
    expect(come('cat', 0)).toBe('');
  });

  it('gotalk: the whole history is shown where the server says so, in pages', () => {
    const world = new World({ writeQueueBytes: 4096, rateLimit: 0 });
    const ann = world.login('ann');
    for (let n = 0; n < 1200; n += 100)
      ann.send(Array.from({ length: 100 }, (_, index) => `MSG n${n + index}\n`).join(''));
    const dialect = new GotalkDialect({ historyReplay: Number.POSITIVE_INFINITY, showTime: () => 'now' });
    const bob = world.connect(
      '10.0.0.1',
      () => new GotalkConversation(new LineFramer(4096), { dialect, banner: '' }),
    );
    bob.read();
    bob.stopReading(100);
    bob.send('bob\n');
    bob.readOn();
    expect(bob.closed).toBe(false);
    const shown = bob.lines();
    const first = 1200 - shown.length;
    expect(shown.length).toBeGreaterThanOrEqual(1000);
    expect(shown).toEqual(Array.from({ length: shown.length }, (_, n) => `[now][ann]: n${first + n}`));
  });

  it('gotalk: a client at the prompt gets the notice of a shutdown, on a line of its own', () => {
    const world = new World();
    const bob = atThePrompt(world);
    void world.connections.close();
    world.settle();
    expect(bob.read()).toBe(`\n${NOON}[system]: server shutting down\n`);
  });

  it('gotalk: a new user that reads slowly receives all of them and is not disconnected', () => {
    const world = new World({ writeQueueBytes: 4096 });
    const ann = world.login('ann');
    const texts = Array.from({ length: 50 }, (_, n) => `${n} ${'日'.repeat(100)}`);
    for (const text of texts) ann.send(`MSG ${text}\n`);
    const bob = atThePrompt(world);
    bob.stopReading(100);
    bob.send('bob\n');
    ann.send('MSG live\n');
    bob.readOn();
    expect(bob.closed).toBe(false);
    const shown = bob.lines().map((line) => line.slice(`${NOON}[ann]: `.length));
    expect(shown.filter((text) => text !== 'live')).toEqual(texts);
    expect(shown).toContain('live');
  });

  it('gotalk: a user sees joins and leaves of its own room, in any dialect', () => {
    const world = new World({ announceLogin: true });
    const gus = login(world, gotalk, 'gus');
    const ann = login(world, lines, 'ann');
    login(world, machat, 'mina').vanish();
    const away = connect(world, machat);
    away.send('{"name":"away","room":"dev"}');
    ann.send('JOIN dev\nLEAVE\nQUIT\n');
    away.vanish();
    expect(gus.read()).toBe(
      system('ann joined the chat') +
        system('mina joined the chat') +
        system('mina has left our chat...') +
        system('ann has left our chat...') +
        system('ann joined the chat') +
        system('ann has left our chat...'),
    );
  });

  it.each([
    ['\n  \n\u200b\n', ''],
    ['hello\r\n', `${NOON}[gus]: hello\n`],
    ['  as typed  \n', `${NOON}[gus]:   as typed  \n`],
    ['//etc/passwd\n', `${NOON}[gus]: /etc/passwd\n`],
    ['//\n', `${NOON}[gus]: /\n`],
    ['///x\n', `${NOON}[gus]: //x\n`],
    [' /who\n', `${NOON}[gus]:  /who\n`],
    ['LOGIN x\n', `${NOON}[gus]: LOGIN x\n`],
    ['[system]: forged\n', `${NOON}[gus]: [system]: forged\n`],
  ])('gotalk: the line %j is shown to other users as %j', (typed, shown) => {
    const world = new World();
    const [gus, bob] = [login(world, gotalk, 'gus'), login(world, gotalk, 'bob')];
    gus.send(typed);
    expect(bob.read()).toBe(shown);
  });

  it('gotalk: a silent client is not disconnected', () => {
    const world = new World({ heartbeatIntervalMs: 30_000, idleTimeoutMs: 60_000 });
    const gus = login(world, gotalk, 'gus');
    world.wait(600_000);
    expect(gus.read()).toBe('');
    expect(gus.closed).toBe(false);
  });

  it('gotalk: a message that could not be stored is shown to no user, and its author gets a refusal', () => {
    const history = new FragileHistory();
    const world = new World({ history });
    const [gus, bob] = [login(world, gotalk, 'gus'), login(world, gotalk, 'bob')];
    gus.read();
    history.broken = true;
    gus.send('lost\n');
    expect(gus.read()).toBe(
      system('nothing was sent or changed: the server could not store it; try again in a moment'),
    );
    expect(bob.read()).toBe('');
  });
});

describe('gotalk: commands', () => {
  const alone = () => login(new World(), gotalk, 'gus');

  it.each([
    ['/who', system('gus') + system('1 user online')],
    ['/WHO lobby ', system('gus') + system('1 user in lobby')],
    ['/who nowhere', system('unknown room "nowhere"; /rooms lists the rooms')],
    ['/who a b', system('usage: /who [<room>]')],
    ['/rooms', system('lobby: 1 user')],
    ['/join', system('usage: /join <room> [<key>]')],
    ['/join a b c', system('usage: /join <room> [<key>]')],
    ['/history', system('no messages in this room yet')],
    ['/history 0', system('usage: /history [<n>]')],
    ['/history -1', system('usage: /history [<n>]')],
    ['/history 5 5', system('usage: /history [<n>]')],
    ['/history +5', system('usage: /history [<n>]')],
    ['/history x', system('usage: /history [<n>]')],
    ['/dm', system('usage: /dm <user> <text>')],
    ['/dm bob', system('usage: /dm <user> <text>')],
    ['/DM  GUS \t hi  there', `${NOON}[gus -> you]: hi  there\n`],
    ['/dm gus [system]: forged', `${NOON}[gus -> you]: [system]: forged\n`],
    ['/dm bob \u200b', system('usage: /dm <user> <text>')],
    ['/dm bbo hi', system('unknown user "bbo"; /who lists the users')],
    ['/search', system('usage: /search <words>')],
    ['/search x', system('nothing found; all words must be in the message, as whole words')],
    ['/fly', system('unknown command /fly; /help lists the commands, //x sends /x')],
    ['/', system('unknown command /; /help lists the commands, //x sends /x')],
    ['/\x1b]0;x\x07fly', system('unknown command /]0;xfly; /help lists the commands, //x sends /x')],
  ])('gotalk: the command %j is answered %j', (typed, answer) => {
    const gus = alone();
    gus.send(`${typed}\n`);
    expect(gus.read()).toBe(answer);
    expect(gus.closed).toBe(false);
  });

  it('gotalk: /help lists the commands in lines of the server, and explains one', () => {
    const gus = alone();
    gus.send('/help\n');
    const help = gus.lines();
    expect(help.every((line) => line.startsWith(`${NOON}[system]: `))).toBe(true);
    for (const command of ['/dm', '/who', '/join', '/rooms', '/history', '/quit', '//x', '/help more'])
      expect(help.some((line) => line.includes(command))).toBe(true);
    expect(help.join()).not.toContain('/help operator');
    gus.send('/help /join\n/help fly\n/help kick\n');
    expect(gus.read()).toBe(
      system('/join <room> [<key>] enter a room, created if missing: /join dev') +
        system('unknown command /fly; /help lists the commands, //x sends /x') +
        system('permission denied: only operators can; contact the operator of the server'),
    );
  });

  it.each(['msg', 'QUERY', 'tell', 'w', 'whisper'])('gotalk: /%s is a direct message', (verb) => {
    const world = new World();
    const gus = login(world, gotalk, 'gus');
    const [ann, bob] = [login(world, lines, 'ann'), login(world, lines, 'bob')];
    gus.send(`/${verb} ann secret\n`);
    expect([ann.read(), bob.read()]).toEqual(['DM gus secret\n', '']);
  });

  it.each(['/name', '/nick'])('gotalk: %s changes the name', (verb) => {
    const world = new World();
    const gus = login(world, gotalk, 'gus');
    const ann = login(world, lines, 'ann');
    gus.read();
    gus.send(`${verb} augustus\n`);
    expect(gus.read()).toBe(`${NOON}[system]: you are now augustus\n`);
    expect(ann.read()).toBe('INFO gus is now augustus\n');
  });

  it('gotalk: /dm tells its sender that the addressee is offline or away, and nothing else', async () => {
    const world = new World();
    world.register('reg');
    const bob = world.login('bob');
    bob.send('AWAY at lunch\n');
    const [gus, eve] = [login(world, gotalk, 'gus'), world.login('eve')];
    gus.read();
    expect(await gus.ask('/dm reg hi\n')).toBe(system('reg is offline; message saved'));
    expect(await gus.ask('/dm bob hi\n/dm eve hi\n')).toBe(system('bob is away: at lunch'));
    expect(eve.read()).toContain('DM gus hi');
  });

  it('gotalk: /dm reaches one user only, in the dialect of that user', () => {
    const world = new World();
    const [gus, bob] = [login(world, gotalk, 'gus'), login(world, gotalk, 'bob')];
    const ann = login(world, lines, 'ann');
    for (const peer of [gus, bob]) peer.read();
    gus.send('/dm BOB   hey   there \n/dm ann HTTP/1.1\n');
    expect(bob.read()).toBe(`${NOON}[gus -> you]: hey   there\n`);
    expect(ann.read()).toBe('DM gus HTTP/1.1\n');
    expect(gus.read()).toBe('');
  });

  it('gotalk: /join enters a room and shows its last messages', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.send('JOIN Dev\nMSG before\n');
    const gus = login(world, gotalk, 'gus');
    gus.send('/join #dev\nhello\n');
    expect(gus.read()).toBe(`${system('you are in Dev')}${NOON}[ann]: before\n`);
    expect(ann.read()).toBe('OK\nINFO gus joined Dev\nMSG gus hello\n');
    gus.send('/rooms\n/join a/b\n');
    expect(gus.read()).toBe(
      system('lobby: 0 users') +
        system('Dev: 2 users') +
        system(
          'a room has 1 to 64 letters or digits of one script, and _ - . after the first; try /join dev',
        ),
    );
  });

  it('gotalk: /history shows the last messages, including the user’s own', () => {
    const gus = alone();
    gus.send('a\nb\nc\n/history 2\n/history 9999999999\n');
    const [a, b, c] = ['a', 'b', 'c'].map((text) => `${NOON}[gus]: ${text}`);
    expect(gus.lines()).toEqual([b, c, a, b, c]);
  });

  it('gotalk: /quit is answered bye, closes the connection, and later lines are not run', () => {
    const world = new World();
    const ann = world.login('ann');
    const gus = login(world, gotalk, 'gus');
    gus.send('last\n/quit\nnever\n');
    expect(gus.read()).toBe(system('bye'));
    expect(gus.closed).toBe(true);
    expect(ann.read()).toBe('MSG gus last\nINFO gus disconnected\n');
  });
});

describe('gotalk: classic style', () => {
  /** A classic user, whose first prompt is read. */
  const come = (world: World, name: string, historyReplay = 0) => {
    const dialect = new GotalkDialect({
      isClassic: true,
      historyReplay,
      showTime: () => 'now',
      now: () => world.clock.now(),
    });
    const peer = world.connect(
      '10.0.0.1',
      () => new GotalkConversation(new LineFramer(4096), { dialect, banner: '' }),
    );
    peer.read();
    peer.send(`${name}\n`);
    expect(peer.read()).toBe(`[now][${name}]:`);
    return peer;
  };
  const nowSystem = (text: string) => `[now][system]: ${text}\n`;

  it('gotalk: classic style has the notices of GoTalk’s server and a prompt after all lines of a turn', () => {
    const world = new World();
    const ann = come(world, 'ann');
    const bob = come(world, 'bob');
    expect(ann.read()).toBe('\nbob has joined our chat...\n[now][ann]:');
    bob.send('hi\nthere\n');
    expect(bob.read()).toBe('[now][bob]:');
    expect(ann.read()).toBe('\n[now][bob]: hi\n[now][bob]: there\n[now][ann]:');
    ann.send('\n');
    expect(ann.read()).toBe('[now][ann]:');
    bob.send('/quit\n');
    expect(bob.read()).toBe('[now][system]: bye\n');
    expect(ann.read()).toBe('\nbob has left our chat...\n[now][ann]:');
  });

  it.each(['lines', 'gotalk'])(
    'gotalk: in classic style the first line of another user after the login is announced begins a line (%s)',
    (dialect) => {
      const world = new World({ greetingDelayMs: 2000 });
      const bob = dialect === 'lines' ? world.login('bob') : come(world, 'bob');
      const gina = come(world, 'gina');
      world.wait(2300);
      expect(gina.read()).toBe('');
      bob.send(dialect === 'lines' ? 'MSG hi\n' : 'hi\n');
      expect(gina.read()).toBe('\n[now][bob]: hi\n[now][gina]:');
    },
  );

  it('gotalk: in classic style what others do to a user begins a line', async () => {
    const world = new World();
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const opal = await world.loginOwner('opal');
    const gina = come(world, 'gina');
    const sees = async (command: string, shown: string) => {
      await opal.ask(`${command}\n`);
      expect(gina.read()).toBe(shown === '' ? '' : `\n${shown}[now][gina]:`);
    };
    await sees('MUTE gina', '');
    await sees('UNMUTE gina', '');
    await sees('DM gina psst', '[now][opal -> you]: psst\n');
    await sees('SAY to all', nowSystem('opal: to all'));
    await sees('NICK olga', nowSystem('opal is now olga'));
    await sees('MSG hi', '[now][olga]: hi\n');
    await sees('JOIN dev', 'olga has left our chat...\n');
    await sees('DM gina again', '[now][olga -> you]: again\n');
  });

  it('gotalk: in classic style what IRC does to a user in a room begins a line', () => {
    const world = new World();
    const ida = world.connect('10.0.0.1', irc.converse);
    ida.send(irc.enter('ida', 'dev'));
    const gina = come(world, 'gina');
    gina.send('/join dev\n');
    expect(gina.read()).toBe(`${nowSystem('you are in dev')}[now][gina]:`);
    ida.send('MODE #dev +o gina\nMODE #dev -t\nTOPIC #dev :news\n');
    expect(gina.read()).toBe('');
    ida.send('PRIVMSG #dev :hi\n');
    expect(gina.read()).toBe('\n[now][ida]: hi\n[now][gina]:');
    ida.send('KICK #dev gina :out\n');
    expect(gina.read()).toMatch(/^\n\[now\]\[system\]: .*out.*\n\[now\]\[gina\]:$/);
    ida.send('PART #dev\n');
    expect(gina.read()).toBe('');
    world.login('bob');
    expect(gina.read()).toBe('\nbob has joined our chat...\n[now][gina]:');
  });

  it('gotalk: in classic style a reply that comes after a later prompt begins a line', async () => {
    const world = new World();
    const bob = world.login('bob');
    const gina = come(world, 'gina');
    gina.send('/register correct-horse\n');
    bob.send('MSG hi\n');
    expect(gina.read()).toBe('[now][bob]: hi\n[now][gina]:');
    await world.hashed();
    expect(gina.read()).toMatch(/^\n\[now\]\[system\]: gina is registered.*\n\[now\]\[gina\]:$/);
  });

  it('gotalk: in classic style each part of a long replay begins a line', () => {
    const world = new World({ writeQueueBytes: 4096 });
    world.login('ann').send(Array.from({ length: 40 }, (_, n) => `MSG ${n} ${'x'.repeat(100)}\n`).join(''));
    const gina = come(world, 'gina');
    gina.send('/history 40\n');
    const texts = gina.read().split(/(?:^|\n)\[now\]\[ann\]: /);
    expect(texts).toHaveLength(41);
  });

  it('gotalk: in classic style the answer to AYT begins a line', () => {
    const gina = come(new World(), 'gina');
    gina.send(Uint8Array.of(0xff, 0xf6));
    expect(gina.read()).toBe(`\n${nowSystem('here')}[now][gina]:`);
  });

  it.each([
    ['is kicked', 'KICK gina spam\n', 'disconnected: kicked by opal: spam'],
    ['is banned', 'BAN gina spam\n', 'disconnected: banned by opal: spam'],
    ['is told of the shutdown', null, 'server shutting down'],
  ])('gotalk: in classic style the closing line begins a line: a user %s', async (_, command, line) => {
    const world = new World();
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const opal = await world.loginOwner('opal');
    const gina = come(world, 'gina');
    if (command === null) void world.connections.close();
    else opal.say(command);
    world.settle();
    await world.hashed();
    expect(gina.read()).toBe(`\n${nowSystem(line)}`);
    expect(gina.closed).toBe(true);
  });
});

describe('gotalk: time', () => {
  it('gotalk: a time stamp is in the server’s time zone, to the second', () => {
    expect(localTime(new Date(2024, 9, 12, 15, 13, 2, 999).getTime())).toBe('2024-10-12 15:13:02');
    expect(localTime(new Date(2024, 0, 1, 0, 0, 0).getTime())).toBe('2024-01-01 00:00:00');
  });

  it('gotalk: a time stamp is formatted once per second', () => {
    const asked: number[] = [];
    const dialect = new GotalkDialect({ showTime: (at) => String(asked.push(at)) });
    const told = (at: number) => dialect.format({ kind: 'answered', at, text: '\0x\n' });
    expect([1000, 1999, 2000, 1000].map(told).map((line) => line.slice(0, 3))).toEqual([
      '[1]',
      '[1]',
      '[2]',
      '[3]',
    ]);
    expect(asked).toEqual([1000, 2000, 1000]);
  });
});

describe('gotalk: passwords', () => {
  const PASSWORD_PROMPT = '[ENTER YOUR PASSWORD]: ';
  const WRONG = `Sorry! That password can't be accepted.\n`;
  const registered = () => {
    const world = new World();
    world.register('ann');
    return { world, peer: atThePrompt(world) };
  };

  it('gotalk: a registered name is asked for its password and logs in with it', async () => {
    const { world, peer } = registered();
    const bob = login(world, gotalk, 'bob');
    expect(await peer.ask('ann\n')).toBe(PASSWORD_PROMPT);
    expect(await peer.ask('ann-password\n')).toBe('');
    expect(bob.read()).toBe(gotalk.joined('ann'));
    peer.send('hello\n');
    expect(bob.read()).toBe(gotalk.said('ann', 'hello'));
  });

  it('gotalk: name, password and messages may come in one packet', async () => {
    const { world, peer } = registered();
    const bob = login(world, gotalk, 'bob');
    expect(await peer.ask('ann\nann-password\nhello\n')).toBe(PASSWORD_PROMPT);
    expect(bob.read()).toBe(gotalk.joined('ann') + gotalk.said('ann', 'hello'));
  });

  it('gotalk: a wrong password is followed by the prompt for a name, and the third refusal closes the connection', async () => {
    const { world, peer } = registered();
    expect(await peer.ask('ann\nguess\n')).toBe(PASSWORD_PROMPT + WRONG + PROMPT);
    expect(await peer.ask('\n')).toBe(EMPTY + PROMPT);
    peer.send('ann\nguess\n');
    expect(await peer.ask('')).toBe(PASSWORD_PROMPT + WRONG);
    expect(peer.closed).toBe(true);
    expect(world.seen.at(-1)?.event).toMatchObject({ kind: 'detached', why: 'login-refused' });
  });

  it('gotalk: another name may be taken after a wrong password', async () => {
    const { peer } = registered();
    expect(await peer.ask('ann\nguess\ngus\n')).toBe(PASSWORD_PROMPT + WRONG + PROMPT);
    expect(await peer.ask('/who\n')).toBe(system('gus') + system('1 user online'));
  });

  it('gotalk: a password line that is too long is one refusal', async () => {
    const { peer } = registered();
    expect(await peer.ask(`ann\n${'x'.repeat(5000)}\n`)).toBe(`${PASSWORD_PROMPT}${NO_NAME}${PROMPT}`);
  });

  it('gotalk: a login is refused while too many logins wait', async () => {
    const { world, peer } = registered();
    for (let n = 0; n < 17; n++) world.connect(`10.0.1.${n}`).send('LOGIN ann ann-password\n');
    peer.send('ann\nann-password\n');
    await settled();
    world.wait(200);
    await settled();
    world.settle();
    expect(peer.read()).toBe(
      `${PASSWORD_PROMPT}Sorry! Too many logins are in progress. Please try again in a moment.\n${PROMPT}`,
    );
  });

  it('gotalk: /register, /password and /unregister set, change and remove the password of a name', async () => {
    const world = new World();
    const gus = login(world, gotalk, 'gus');
    expect(await gus.ask('/register\n')).toBe(system('usage: /register <password>'));
    expect(await gus.ask('/register short\n')).toBe(
      system('a password has at least 8 characters and no spaces, and differs from your name'),
    );
    expect(await gus.ask('/register correct-horse\n')).toBe(
      system('gus is registered; logging in with this name now needs your password'),
    );
    expect(await gus.ask('/password wrong-horse better-horse\n')).toBe(system('wrong password; try again'));
    expect(await gus.ask('/password correct-horse better-horse\n')).toBe(system('your password is changed'));
    expect(await gus.ask('/unregister better-horse\n')).toBe(
      system('gus is no longer registered; other users can take this name after your session'),
    );
  });

  it('gotalk: the password of the server is asked for too', async () => {
    const world = new World({ serverPassword: 'team-secret' });
    const peer = atThePrompt(world);
    expect(await peer.ask('gus\n')).toBe(PASSWORD_PROMPT);
    expect(await peer.ask('team-secret\n')).toBe('');
    expect(await peer.ask('/who\n')).toContain('gus');
  });
});
