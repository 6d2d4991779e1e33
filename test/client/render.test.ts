import { describe, expect, it } from 'vitest';
import { Completion } from '../../src/client/completion.js';
import { COMMANDS, parseInput } from '../../src/client/parse-input.js';
import type { PresenceChange } from '../../src/client/presence.js';
import type { SessionEvent } from '../../src/client/session-event.js';
import { parseAddress } from '../../src/client/url.js';
import { colourOf, mentions, Renderer } from '../../src/client/render.js';
import { cleanText } from '../../src/core/text/text.js';
import { helpOn } from '../../src/dialects/shared/help.js';

const NOW = new Date(2026, 2, 1, 14, 3, 9).getTime();
const ISO = new Date(NOW).toISOString();
const YESTERDAY = new Date(2026, 1, 28, 9, 5, 0).getTime();

const NO_CHANGE = { change: null, isRepeated: false } as const;

function renderer(style: { colours?: boolean; fullTimes?: boolean } = {}): Renderer {
  const server = parseAddress('localhost:4000');
  if ('problem' in server) throw new Error(server.problem);
  return new Renderer({ colours: false, fullTimes: false, ownName: 'ann', server, ...style });
}

function said(at: number | null) {
  const [from, text] = [cleanText('bob'), cleanText('hi')];
  return { kind: 'said', room: 'dev', message: { id: 1, at, from, text }, past: false } as const;
}

describe('the renderer of partyline chat', () => {
  it('shows a short time, with the date if it is another day, and a full time for a file', () => {
    expect(renderer().lines(said(NOW), NOW)).toEqual(['14:03 bob: hi']);
    expect(renderer().lines(said(null), NOW)).toEqual(['14:03 bob: hi']);
    expect(renderer().lines(said(YESTERDAY), NOW)).toEqual(['2026-02-28 09:05 bob: hi']);
    expect(renderer({ fullTimes: true }).lines(said(NOW), NOW)).toEqual(['2026-03-01 14:03:09 bob: hi']);
  });

  it('gives a name the same colour in every case, and other names other colours', () => {
    expect(colourOf('Ann')).toBe(colourOf('ANN'));
    expect(colourOf('ann')).toBe('yellowBright');
    expect(new Set(['ann', 'bob', 'eve', 'mina', 'zoe', 'max'].map(colourOf)).size).toBeGreaterThan(2);
    expect(renderer({ colours: true }).lines(said(NOW), NOW).join()).toContain('\u001b[');
  });

  it('shows advice for a refusal, and the code of an unknown one', () => {
    const refused = (code: string) =>
      renderer().lines({ kind: 'refused', room: 'dev', code, about: 'hi', to: null }, NOW).join();
    expect(refused('not-stored')).toBe(
      '14:03 ! "hi": the server could not store the message, and has not delivered it; try again in a moment',
    );
    // Of one's own name, and with FOUND of another one.
    expect(refused('not-registered')).toContain('the name is not registered; ');
    expect(refused('constructor')).toBe('14:03 ! "hi": the server replied: constructor');
  });

  it('shows a direct message that was refused as not sent', () => {
    const refused = { kind: 'refused', room: null, code: 'user-not-found', about: 'hi', to: 'bbo' } as const;
    expect(renderer().lines(refused, NOW)).toEqual([
      '14:03 ! not sent to bbo: "hi": user not found; check the name',
    ]);
  });

  it.each([
    ['REGISTER red-horse', 'ann is now registered'],
    ['PASSWORD red-horse blue-horse', 'your password is changed'],
    ['TOPIC release day', 'the topic of dev is set'],
    ['IGNORE bob', 'messages from bob are hidden'],
    ['BAN bob 10 spam', 'bob is banned for 10 minutes'],
    ['BAN bob spam', 'bob is banned'],
    ['SEARCH lunch', 'no messages found in dev'],
    ['CONSTRUCTOR', '/constructor is done'],
  ])('confirms %s in a sentence', (line, sentence) => {
    const answer = { kind: 'answer', line: cleanText(line), room: 'dev', replies: [], notices: 0 } as const;
    expect(renderer().lines(answer, NOW)).toEqual([`14:03 * ${sentence}`]);
    expect(renderer().lines({ ...answer, notices: 1 }, NOW)).toEqual([]);
  });

  it.each([
    ['hi ann', '14:03 >> bob: hi ann', '\u001b[1m\u001b[7mbob\u001b[27m\u001b[22m: hi ann', 'bob: hi ann'],
    ['* bob waves', '14:03 ** bob waves', 'bob\u001b[39m waves', '** bob waves'],
    ['* eve is an operator', '14:03 bob: * eve is an operator', ': * eve is', 'bob: * eve is an operator'],
  ])('marks a mention and an action on a terminal: %s', (text, plain, coloured, inFile) => {
    const event = { ...said(NOW), message: { ...said(NOW).message, text: cleanText(text) } };
    expect(renderer().lines(event, NOW)).toEqual([plain]);
    expect(renderer({ colours: true }).lines(event, NOW).join()).toContain(coloured);
    expect(renderer({ fullTimes: true }).lines(event, NOW)).toEqual([`2026-03-01 14:03:09 ${inFile}`]);
  });

  it('uses the new name of a user for mentions and own messages', () => {
    const one = renderer();
    one.lines({ kind: 'renamed', name: 'kim' }, NOW);
    const event = { ...said(NOW), message: { ...said(NOW).message, text: cleanText('hi kim') } };
    expect(one.lines(event, NOW)).toEqual(['14:03 >> bob: hi kim']);
    expect(
      one.lines({ kind: 'own', room: 'dev', to: null, text: cleanText('yes'), waiting: false }, NOW),
    ).toEqual(['14:03 kim: yes']);
  });

  it('puts the name of the room in front of a line of another room', () => {
    expect(renderer().lines(said(NOW), NOW, 'dev')).toEqual(['14:03 [dev] bob: hi']);
    const info = {
      kind: 'info',
      room: 'dev',
      text: cleanText('eve joined dev'),
      at: NOW,
      ...NO_CHANGE,
    } as const;
    expect(renderer({ fullTimes: true }).lines(info, NOW, 'dev')).toEqual([
      '2026-03-01 14:03:09 [dev] * eve joined dev',
    ]);
  });

  it.each([
    [{ kind: 'barred', room: 'dev', code: 'room-locked' }, '! cannot enter dev: the room is locked;'],
    [{ kind: 'barred', room: 'dev', code: 'one-room' }, '! cannot enter dev: the server now allows one room'],
    [{ kind: 'kept', to: cleanText('bob') }, '* bob is offline; the message is saved'],
    [{ kind: 'online', rooms: ['lobby', 'dev'], again: true }, '* reconnected, in lobby, dev'],
  ] as const)('says what happened: %j', (event, words) => {
    expect(renderer().lines(event, NOW).join()).toContain(`14:03 ${words}`);
  });

  it('shows the notices of an answer, and then no further confirmation', () => {
    const notice = { kind: 'info', at: NOW, room: null, event: null, user: null, to: null } as const;
    const replies = [
      { ...notice, text: cleanText('dev has no topic') },
      { kind: 'ok', id: null, isKept: false, resume: null },
    ] as const;
    const answer = { kind: 'answer', line: cleanText('TOPIC'), room: 'dev', replies, notices: 0 } as const;
    expect(renderer().lines(answer, NOW)).toEqual(['14:03 * dev has no topic']);
  });

  it.each([
    ['WHOIS bob', `bob was here from ${ISO} to ${ISO}`, 'bob was here from 14:03 to 14:03'],
    ['SEEN bob', `bob was last here ${ISO}`, 'bob was last here 14:03'],
    ['BANS', `ted until ${ISO} by ann: since ${ISO}`, `ted until 14:03 by ann: since ${ISO}`],
    ['TOPIC', `since ${ISO}`, `since ${ISO}`],
  ])(
    'shows the times in the answer to %s as local times, and not those that users wrote',
    (line, text, shown) => {
      const reply = {
        kind: 'info',
        room: null,
        text: cleanText(text),
        at: NOW,
        event: null,
        user: null,
        to: null,
      } as const;
      const answer = {
        kind: 'answer',
        line: cleanText(line),
        room: 'dev',
        replies: [reply],
        notices: 0,
      } as const;
      expect(renderer().lines(answer, NOW)).toEqual([`14:03 * ${shown}`]);
    },
  );

  it('puts a rule around the history', () => {
    const { message } = said(NOW);
    const replies = [{ ...message, id: 1, kind: 'hist' }] as const;
    const answer = {
      kind: 'answer',
      line: cleanText('HISTORY 5'),
      room: 'dev',
      replies,
      notices: 0,
    } as const;
    expect(renderer().lines(answer, NOW)).toEqual([
      '14:03 * ---- history of dev ----',
      '14:03 bob: hi',
      '14:03 * ---- end of history ----',
    ]);
  });

  it.each([
    ['server shutting down', 'the server is shutting down; reconnecting in 2 s'],
    ['disconnected due to inactivity', 'disconnected for inactivity; reconnecting in 2 s'],
    ['ECONNREFUSED', 'disconnected (no server listens there); reconnecting in 2 s'],
    [null, 'disconnected; reconnecting in 2 s'],
  ])('gives the reason of a reconnect: %s', (problem, expected) => {
    const offline = { kind: 'offline', problem, retryInMs: 1500, isRetry: false } as const;
    expect(renderer().lines(offline, NOW)).toEqual([`14:03 * ${expected}`]);
  });

  it.each([
    ['hi ann!', true],
    ['ANN: look', true],
    ['thanks, ann.', true],
    ['annual report', false],
    ['joann', false],
    ['ann-marie', false],
  ])('decides whether "%s" mentions ann: %s', (text, expected) => {
    expect(mentions(text, 'ann')).toBe(expected);
  });
});

describe('the help of partyline chat', () => {
  it.each(COMMANDS.map(({ verb }) => verb))(
    'the help of partyline chat on /%s explains that command',
    (verb) => {
      const help = helpOn(verb.toLowerCase(), { commands: COMMANDS, slash: true, isOperator: true });
      expect([help].flat().join()).toMatch(new RegExp(`^/${verb.toLowerCase()} `));
    },
  );
});

describe('parseInput', () => {
  it.each([
    ['', null],
    [' \t ', null],
    ['  hi there ', { kind: 'say', text: 'hi there' }],
    ['//who', { kind: 'say', text: '/who' }],
    ['/me  waves', { kind: 'me', text: 'waves' }],
    ['/names', { kind: 'names' }],
    ['/names dev', { kind: 'command', line: 'WHO dev', isAboutRoom: false }],
    ['/list', { kind: 'command', line: 'ROOMS', isAboutRoom: false }],
    ['/part', { kind: 'leave', target: null }],
    ['/leave dev', { kind: 'leave', target: 'dev' }],
    ['/close', { kind: 'leave', target: null }],
    ['/win', { kind: 'window', target: null }],
    ['/win 2', { kind: 'window', target: '2' }],
    ['/room dev', { kind: 'window', target: 'dev' }],
    ['/history 5', { kind: 'command', line: 'HISTORY 5', isAboutRoom: true }],
    ['/clear', { kind: 'clear' }],
    ['/query', { kind: 'query', user: null }],
    ['/query bob', { kind: 'query', user: 'bob' }],
    ['/who', { kind: 'command', line: 'WHO', isAboutRoom: false }],
    ['/join  Dev  key', { kind: 'join', room: 'Dev', key: 'key' }],
    ['/j #dev', { kind: 'join', room: 'dev', key: null }],
    ['/dm bob  hi  there', { kind: 'dm', to: 'bob', text: 'hi  there' }],
    ['/Quit now', { kind: 'quit' }],
    ['/help', { kind: 'help', topic: '' }],
    ['/help  join now', { kind: 'help', topic: 'join' }],
    ['/help /msg', { kind: 'help', topic: 'dm' }],
    ['/topic a\nQUIT', { kind: 'command', line: 'TOPIC aQUIT', isAboutRoom: true }],
  ])('parses %j', (line, expected) => {
    expect(parseInput(line)).toEqual(expected);
  });

  it.each(['msg', 'query', 'tell', 'w', 'whisper', 'DM'])(
    'takes /%s with a user and a text for a DM',
    (verb) => {
      expect(parseInput(`/${verb} ann the secret`)).toEqual({ kind: 'dm', to: 'ann', text: 'the secret' });
    },
  );

  it.each([
    ['/fly', 'unknown command /fly; /help lists the commands (//fly sends it as a message)'],
    ['/jion dev', 'unknown command /jion; did you mean /join? (//jion sends it as a message)'],
    [
      '/usr/bin/env node',
      'unknown command /usr/bin/env; /help lists the commands (//usr/bin/env sends it as a message)',
    ],
  ])('sends nothing for the unknown command %s', (line, advice) => {
    expect(parseInput(line)).toEqual({ kind: 'invalid', advice });
  });

  it.each([
    '/',
    '/ who',
    '/dm bob',
    '/msg hi',
    '/me',
    '/query !',
    '/join',
    '/join a,b',
    '/times on',
    '/follow dev',
    '/dm',
    '/msg',
    '/paste',
    '/LOGIN eve',
    '/tags off',
    '/chat',
    '/ping',
  ])('returns advice for %s', (line) => {
    expect(parseInput(line)).toEqual({ kind: 'invalid', advice: expect.stringMatching(/./) });
  });
});

describe('the completion of partyline chat', () => {
  const completion = new Completion();
  const changed = (change: PresenceChange): SessionEvent => {
    return { kind: 'info', room: null, text: cleanText('x'), at: 0, change, isRepeated: false };
  };
  for (const name of ['bob', 'Boris', 'eve']) completion.learn(changed({ kind: 'joined', name }));
  completion.learn({ kind: 'online', rooms: ['dev'], again: false });
  completion.learn({
    kind: 'present',
    replies: [
      { kind: 'user', name: cleanText('anna') },
      { kind: 'room', name: cleanText('design'), members: cleanText('2'), topic: null },
    ],
  });

  it.each([
    ['/w', ['/whois ', '/who ', '/win '], '/w'],
    ['/r', ['/register ', '/rooms '], '/r'],
    ['/k', ['/kick '], '/k'],
    ['/log', [], '/log'],
    ['bo', ['Boris: ', 'bob: '], 'bo'],
    ['hi AN', ['anna '], 'AN'],
    ['/dm e', ['eve '], 'e'],
    ['/join d', ['design ', 'dev '], 'd'],
    ['', [], ''],
    ['hi ', [], ''],
    ['hi zz', [], 'zz'],
  ])('completes %j', (line, completions, word) => {
    expect(completion.complete(line)).toEqual([completions, word]);
  });

  it('completes a user under the new name only', () => {
    completion.learn(changed({ kind: 'renamed', name: 'Boris', to: 'boss' }));
    expect(completion.complete('bo')).toEqual([['boss: ', 'bob: '], 'bo']);
  });

  it('forgets a user who has disconnected', () => {
    completion.learn(changed({ kind: 'gone', name: 'eve' }));
    expect(completion.complete('ev')).toEqual([[], 'ev']);
  });
});
