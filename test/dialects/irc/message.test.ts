import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clientTags,
  cutToBytes,
  escapeValue,
  fit,
  parseMessage,
  parseTags,
  tagsBytes,
} from '../../../src/dialects/irc/message.js';
import { wrap } from '../../../src/dialects/irc/wrap.js';

describe('a line of IRC', () => {
  it.each([
    ['PING', { tags: '', verb: 'PING', params: [] }],
    ['ping x', { tags: '', verb: 'PING', params: ['x'] }],
    ['  JOIN   #a  b ', { tags: '', verb: 'JOIN', params: ['#a', 'b'] }],
    ['PRIVMSG #a :hi there ', { tags: '', verb: 'PRIVMSG', params: ['#a', 'hi there '] }],
    ['PRIVMSG #a ::', { tags: '', verb: 'PRIVMSG', params: ['#a', ':'] }],
    ['PRIVMSG #a :', { tags: '', verb: 'PRIVMSG', params: ['#a', ''] }],
    ['JOIN :', { tags: '', verb: 'JOIN', params: [''] }],
    [':bob!u@h PRIVMSG a b:c', { tags: '', verb: 'PRIVMSG', params: ['a', 'b:c'] }],
    ['@a=b;c :x PING y', { tags: 'a=b;c', verb: 'PING', params: ['y'] }],
    ['@a  PING', { tags: 'a', verb: 'PING', params: [] }],
  ])('%j is parsed', (line, message) => {
    expect(parseMessage(line)).toEqual(message);
  });

  it.each([[''], [' '], [':'], [':x'], ['@a'], ['@a :x'], ['@']])('%j has no verb', (line) => {
    expect(parseMessage(line)).toBeNull();
  });

  it('has at most 15 parameters, of which the last holds the rest of the line', () => {
    const words = Array.from({ length: 16 }, (_, n) => `p${n + 1}`);
    expect(parseMessage(`X ${words.join(' ')}`)?.params).toEqual([...words.slice(0, 14), 'p15 p16']);
    expect(parseMessage(`X ${words.slice(0, 14).join(' ')} :a b`)?.params.at(-1)).toBe('a b');
  });

  it('never makes the parser throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (line) => void parseMessage(line)));
  });
});

describe('tags', () => {
  it('have their values unescaped, and the last of a repeated key counts', () => {
    expect([...parseTags('a=b;+c;d=\\:\\s\\\\\\r\\n\\x\\;a=')]).toEqual([
      ['a', ''],
      ['+c', ''],
      ['d', '; \\\r\nx'],
    ]);
  });

  it('are escaped so that they are parsed back', () => {
    fc.assert(
      fc.property(
        fc.string().filter((value) => !/[\t\v\f]/.test(value)),
        (value) => {
          if (/[^\S\r\n ]/.test(value)) return;
          expect(parseTags(`k=${escapeValue(value)}`).get('k')).toBe(value);
        },
      ),
    );
  });

  it('of clients alone are relayed, without control characters', () => {
    expect(clientTags(parseTags('a=1;+b=x\\:y;+draft/c;+e.org/f=\x1b1;+=x;label=1'))).toBe(
      '+b=x\\:y;+draft/c;+e.org/f=1',
    );
  });

  it('are counted with @ and the space behind them', () => {
    expect(tagsBytes('@a=ä PING')).toBe(6);
    expect(tagsBytes('PING')).toBe(0);
  });
});

describe('a line of the server', () => {
  it('has at most 512 bytes, and is cut between two characters', () => {
    const line = fit(`:s NOTICE * :${'日'.repeat(300)}`);
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(512);
    expect(line).toMatch(/^:s NOTICE \* :日+\r\n$/);
  });

  it('is cut to any number of bytes without a part of a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, bytes) => {
        const part = cutToBytes(text, bytes);
        expect(Buffer.byteLength(part)).toBeLessThanOrEqual(bytes);
        expect(text.startsWith(part)).toBe(true);
      }),
    );
  });
});

describe('a long text', () => {
  it('is split between words, and nothing but the spaces there is lost', () => {
    const words = Array.from({ length: 200 }, (_, n) => `word${n}`).join(' ');
    const parts = wrap(words, 100);
    expect(parts.join(' ')).toBe(words);
    for (const part of parts) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(100);
  });

  it('of one word is split within it, and never within a character', () => {
    const word = '日'.repeat(100);
    const parts = wrap(word, 100);
    expect(parts.join('')).toBe(word);
    expect(parts[0]).toBe('日'.repeat(33));
  });
});
