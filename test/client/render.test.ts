import { describe, expect, it } from 'vitest';
import { Completion } from '../../src/client/completion.js';
import { parseInput } from '../../src/client/input.js';
import { parseAddress } from '../../src/client/url.js';
import { colourOf, mentions, Renderer } from '../../src/client/render.js';
import { cleanText } from '../../src/core/text/text.js';

const NOW = new Date(2026, 2, 1, 14, 3, 9).getTime();
const YESTERDAY = new Date(2026, 1, 28, 9, 5, 0).getTime();

function renderer(style: { colours?: boolean; fullTimes?: boolean } = {}): Renderer {
  const server = parseAddress('localhost:4000');
  if ('problem' in server) throw new Error(server.problem);
  return new Renderer({ colours: false, fullTimes: false, ownName: 'ann', server, ...style });
}

function said(at: number | null) {
  const [from, text] = [cleanText('bob'), cleanText('hi')];
  return { kind: 'said', message: { id: 1, at, from, text }, past: false } as const;
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
    const refused = (code: string) => renderer().lines({ kind: 'refused', code, about: 'hi' }, NOW).join();
    expect(refused('not-stored')).toBe(
      '14:03 ! "hi": the server could not store the message, and has not delivered it; try again in a moment',
    );
    expect(refused('constructor')).toBe('14:03 ! "hi": the server replied: constructor');
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

describe('parseInput', () => {
  it.each([
    ['', null],
    [' \t ', null],
    ['  hi there ', { kind: 'say', text: 'hi there' }],
    ['//who', { kind: 'say', text: '/who' }],
    ['/msg hi', { kind: 'say', text: 'hi' }],
    ['/who', { kind: 'command', line: 'WHO' }],
    ['/join  Dev  key', { kind: 'command', line: 'JOIN Dev  key' }],
    ['/dm bob  hi  there', { kind: 'dm', to: 'bob', text: 'hi  there' }],
    ['/Quit now', { kind: 'quit' }],
    ['/help', { kind: 'help', topic: '' }],
    ['/help  join now', { kind: 'help', topic: 'join' }],
    ['/who\nQUIT', { kind: 'command', line: 'WHOQUIT' }],
  ])('parses %j', (line, expected) => {
    expect(parseInput(line)).toEqual(expected);
  });

  it.each(['/', '/ who', '/dm bob', '/dm', '/msg', '/paste', '/LOGIN eve', '/tags off', '/chat', '/ping'])(
    'returns advice for %s',
    (line) => {
      expect(parseInput(line)).toEqual({ kind: 'invalid', advice: expect.stringMatching(/./) });
    },
  );
});

describe('the completion of partyline chat', () => {
  const completion = new Completion();
  for (const name of ['bob', 'Boris', 'eve'])
    completion.learn({ kind: 'info', text: cleanText(`${name} joined dev`), at: 0 });
  completion.learn({ kind: 'online', room: 'dev', again: false });
  completion.learn({
    kind: 'present',
    replies: [
      { kind: 'user', name: cleanText('anna') },
      { kind: 'room', name: cleanText('design'), members: cleanText('2') },
    ],
  });

  it.each([
    ['/w', ['/whois ', '/who '], '/w'],
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

  it('forgets a user who has disconnected', () => {
    completion.learn({ kind: 'info', text: cleanText('eve disconnected'), at: 0 });
    expect(completion.complete('ev')).toEqual([[], 'ev']);
  });
});
