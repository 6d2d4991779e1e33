import { describe, expect, it } from 'vitest';
import { parseServerLine } from '../../src/client/server-line.js';

const AT = Date.UTC(2026, 2, 1, 12);

const SAID = { kind: 'said', id: null, at: null, room: null };
const INFO = { kind: 'info', at: null, room: null, event: null, user: null, to: null };

describe('parseServerLine', () => {
  it.each([
    ['OK', { kind: 'ok', id: null, isKept: false, resume: null }],
    ['@label=8;id=1021;kept=1 OK', { kind: 'ok', id: 1021, isKept: true, resume: null }],
    ['@resume=abc-_1 OK', { kind: 'ok', id: null, isKept: false, resume: 'abc-_1' }],
    ['ERR usage: MSG <text>', { kind: 'err', code: 'usage: MSG <text>' }],
    ['MSG ann  hi ', { ...SAID, from: 'ann', text: ' hi ' }],
    ['MSG ann ', { ...SAID, from: 'ann', text: '' }],
    [
      '@id=7;time=2026-03-01T12:00:00.000Z;room=dev;new=1 MSG ann hi',
      { kind: 'said', id: 7, at: AT, room: 'dev', from: 'ann', text: 'hi' },
    ],
    ['@id=x;time=never DM ann hi', { kind: 'told', at: null, from: 'ann', text: 'hi' }],
    ['@time=2026-03-01T12:00:00.000Z INFO bye', { ...INFO, at: AT, text: 'bye' }],
    [
      '@room=dev;event=join;user=bob INFO bob joined dev',
      { ...INFO, room: 'dev', event: 'join', user: 'bob', text: 'bob joined dev' },
    ],
    ['HIST 7 2026-03-01T12:00:00.000Z ann  a b', { kind: 'hist', id: 7, at: AT, from: 'ann', text: ' a b' }],
    ['USER ann', { kind: 'user', name: 'ann' }],
    ['ROOM dev 3', { kind: 'room', name: 'dev', members: '3', topic: null }],
    [
      '@last=7;topic=100%25%20done%1b%5b2J;locked=1 ROOM dev 3',
      { kind: 'room', name: 'dev', members: '3', topic: '100% done[2J' },
    ],
    ['@topic=%ff ROOM dev 3', { kind: 'room', name: 'dev', members: '3', topic: null }],
    [
      '@event=rename;user=bob;to=robert INFO bob is now robert',
      { ...INFO, event: 'rename', user: 'bob', to: 'robert', text: 'bob is now robert' },
    ],
    ['PING', { kind: 'ping' }],
    ['PONG x y', { kind: 'pong', token: 'x y' }],
  ])('parseServerLine parses %s', (line, expected) => {
    expect(parseServerLine(line)?.line).toEqual(expected);
  });

  it('parseServerLine reads the label of an answer', () => {
    expect(parseServerLine('@label=7;room=dev OK')?.label).toBe('7');
    expect(parseServerLine('@label;x;=y;id=1 OK')).toMatchObject({ label: null, line: { id: 1 } });
    expect(parseServerLine('OK')?.label).toBeNull();
  });

  it.each([
    '',
    'NEWS from tomorrow',
    'MSG',
    'DM',
    'HIST x y z t',
    'HIST 99999999999999999999 t ann hi',
    '@',
    '@id=1',
  ])('parseServerLine returns null for %j', (line) => {
    expect(parseServerLine(line)).toBeNull();
  });

  it.each([
    'MSG ev\u001b[2Jil \u001b]0;owned\u0007hi\u202e\u2028\u009b31m',
    'ERR \u001b[2J\rx',
    'INFO \u001bc\u0085\u200b',
    'USER a\u001b[31m',
    'ROOM \u001b[31m \u001b[0m',
    'HIST 1 t e\u001bve \u001b[H',
    'PONG \u001b[5n',
    '@label=\u001b[5n;room=\u009b2J;event=\u001bc;user=\u202e INFO x',
  ])('parseServerLine removes terminal control characters from %j', (line) => {
    expect(JSON.stringify(parseServerLine(line))).not.toMatch(
      /\\u|\\r|\\n|[\u007f-\u009f\u200b\u2028\u202e]/,
    );
  });
});
