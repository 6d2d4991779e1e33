/** How the page reads what people write: links, rooms, code, mentions, commands, completion. */
import { describe, expect, it } from 'vitest';
import { commandsFor, mayHoldSecret, parseTyped } from '../../src/page/model/commands.js';
import { Completer } from '../../src/page/model/completion.js';
import { isMention, parseMessage } from '../../src/page/model/message.js';
import { presenceText } from '../../src/page/model/rows.js';
import { type TextPart, textParts } from '../../src/page/model/text-parts.js';
import { commandNamed } from '../../src/dialects/shared/command-table.js';
import { cpuMs } from '../support/cpu-time.js';

const isRoom = (name: string) => ['dev', 'ops', 'büro'].includes(name);

/** Links in angle brackets, rooms in square ones, code in backticks. */
function marked(text: string): string {
  const mark = (part: TextPart) => {
    switch (part.kind) {
      case 'text':
        return part.text;
      case 'link':
        return `<${part.href}>`;
      case 'room':
        return `[#${part.name}]`;
      case 'code':
        return `\`${part.text}\``;
    }
  };
  return textParts(text, isRoom).map(mark).join('');
}

describe('textParts', () => {
  it.each([
    ['see https://example.org/a?b=c#d.', 'see <https://example.org/a?b=c#d>.'],
    ['(https://example.org/x)', '(<https://example.org/x>)'],
    ['https://en.example.org/wiki/A_(b)', '<https://en.example.org/wiki/A_(b)>'],
    ['HTTP://EXAMPLE.ORG, and', '<HTTP://EXAMPLE.ORG>, and'],
    ['"https://example.org/"', '"<https://example.org/>"'],
    ['https://example.org/%3Cb%3E', '<https://example.org/%3Cb%3E>'],
    ['https://例え.jp/道?q=é!', '<https://例え.jp/道?q=é>!'],
    ['https://', 'https://'],
    ['https://[ https://', 'https://[ https://'],
    [
      'javascript:alert(1) data:text/html,x ftp://x file:///etc/passwd',
      'javascript:alert(1) data:text/html,x ftp://x file:///etc/passwd',
    ],
    ['xhttps://example.org', 'xhttps://example.org'],
    ['<b>https://example.org/<i>', '<b><https://example.org/><i>'],
    ['in #dev, #ops. #none a#dev ##dev &#dev; /#dev', 'in [#dev], [#ops]. #none a#dev ##dev &#dev; /#dev'],
    ['#büro', '[#büro]'],
    ['run `npm test` or ```x | y```', 'run `npm test` or `x | y`'],
    ['`https://example.org` `open', '`https://example.org` `open'],
    ['``', '``'],
    ['', ''],
  ])('%j is shown as %j', (text, expected) => {
    expect(marked(text)).toBe(expected);
  });

  it('the parts together are the text, whatever it is', () => {
    const texts = ['a https://x.test/(((((( b', '#dev#ops', '\u202e`x`', `${'https://a.test/)'.repeat(300)}`];
    for (const text of texts) expect(marked(text).replace(/[<>[\]]/g, '')).toBe(text.replace(/[<>[\]]/g, ''));
  });

  it('a long text takes less than a second of CPU time', () => {
    const started = cpuMs();
    for (const text of [
      'https://x.test/' + ')'.repeat(4000),
      '`'.repeat(4000),
      '#'.repeat(4000),
      '('.repeat(4000),
    ])
      textParts(text, isRoom);
    expect(cpuMs() - started).toBeLessThan(1000);
  });
});

describe('isMention', () => {
  it.each([
    ['ann: look', true],
    ['hi ANN!', true],
    ['@ann', true],
    ['ask ann.', true],
    ['annual', false],
    ['ann-marie', false],
    ['the build failed', true],
    ['rebuild', false],
  ])('%j mentions ann: %s', (text, expected) => {
    expect(isMention(text, 'ann', ['build', ''])).toBe(expected);
  });

  it('what ME sends is an action of its author alone', () => {
    expect(parseMessage('ann', '* ann waves')).toEqual({ text: 'waves', isAction: true });
    expect(parseMessage('bob', '* ann waves')).toEqual({ text: '* ann waves', isAction: false });
  });
});

describe('commands', () => {
  it.each([
    ['hello', { kind: 'text', text: 'hello' }],
    ['//path', { kind: 'text', text: '/path' }],
    ['/me  waves ', { kind: 'action', text: 'waves' }],
    ['/MSG bob hi there', { kind: 'tell', to: 'bob', text: 'hi there' }],
    ['/w bob hi', { kind: 'tell', to: 'bob', text: 'hi' }],
    ['/join #dev key', { kind: 'join', room: 'dev', key: 'key' }],
    ['/leave', { kind: 'leave', room: null }],
    ['/away', { kind: 'away', text: null }],
    ['/topic release day', { kind: 'server', line: 'TOPIC release day', inRoom: true }],
    ['/whois bob', { kind: 'server', line: 'WHOIS bob', inRoom: false }],
    ['/kick bob\nMSG evil', { kind: 'server', line: 'KICK bob MSG evil', inRoom: false }],
  ])('%j is understood', (text, expected) => {
    expect(parseTyped(text)).toEqual(expected);
  });

  it.each([
    '/',
    '/msg bob',
    '/join a b c',
    '/paste',
    '/tags off',
    '/login x',
    '/<b>',
    '/history 5',
    '/session end',
  ])('%j is refused with what to type', (text) => {
    expect(parseTyped(text)).toMatchObject({ kind: 'wrong', text: expect.stringMatching(/\//) });
  });

  it('the list shows what one may use, and each verb exists on the server', () => {
    expect(commandsFor('/ki', false)).toEqual([]);
    expect(commandsFor('/ki', true)).toMatchObject([{ verb: '/kick' }]);
    expect(commandsFor('/kick bob', true)).toEqual([]);
    expect(commandsFor('hello', true)).toEqual([]);
    const own = new Set(['msg', 'back', 'help', 'quit', 'search', 'join', 'leave']);
    for (const { verb } of commandsFor('/', true)) {
      const name = verb.slice(1);
      if (!own.has(name))
        expect([name, commandNamed('lines', name.toUpperCase())?.verb]).toEqual([name, name.toUpperCase()]);
    }
  });

  it('what may hold a secret is not kept', () => {
    for (const text of ['/register x', '/Password a b', '/lock k', '/join a k', '/nick a pw'])
      expect(mayHoldSecret(text)).toBe(true);
    for (const text of ['/joined', 'register', '/topic x']) expect(mayHoldSecret(text)).toBe(false);
  });
});

describe('completion', () => {
  const candidates = {
    names: ['bob', 'Bobby', 'carl'],
    rooms: ['dev', 'devops'],
    commands: ['/join', '/kick'],
  };

  it('names, rooms and commands are completed, and again for the next', () => {
    const completer = new Completer();
    const complete = (text: string, backwards = false) =>
      completer.complete(text, text.length, backwards, candidates);
    expect(complete('bo')).toEqual({ text: 'bob: ', caret: 5 });
    expect(complete('bob: ')).toEqual({ text: 'Bobby: ', caret: 7 });
    expect(complete('Bobby: ')).toEqual({ text: 'bob: ', caret: 5 });
    expect(complete('bob: ', true)).toEqual({ text: 'Bobby: ', caret: 7 });
    expect(complete('see #dev')).toEqual({ text: 'see #dev ', caret: 9 });
    expect(complete('ask ca')).toEqual({ text: 'ask carl ', caret: 9 });
    expect(complete('/ki')).toEqual({ text: '/kick ', caret: 6 });
    expect(complete('')).toBeNull();
    expect(complete('zz')).toBeNull();
    expect(completer.complete('ca now', 2, false, candidates)).toEqual({ text: 'carl: now', caret: 5 });
  });
});

describe('presence', () => {
  it('joins and leaves are folded, each name with the last that happened to it', () => {
    const change = (name: string, verb: string) => ({ name, verb });
    expect(presenceText([change('ann', 'joined'), change('bob', 'joined'), change('carl', 'left')])).toBe(
      'ann, bob joined; carl left',
    );
    expect(presenceText([change('ann', 'joined'), change('ann', 'left')])).toBe('ann left');
    const many = Array.from({ length: 11 }, (_, at) => change(`u${at}`, 'joined'));
    expect(presenceText(many)).toBe('u0, u1, u2, u3, u4, u5, u6, u7 and 3 more joined');
  });
});
