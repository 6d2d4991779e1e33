import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conversationIn, DIALECT_NAMES, DIALECTS } from '../../src/dialects/index.js';
import { HTTP, sniff, TLS } from '../../src/net/sniff.js';

const PROTOCOLS = [...DIALECTS, TLS, HTTP];

describe('protocol detection', () => {
  it.each([
    ['{', 'machat'],
    ['{"name"', 'machat'],
    ['GET / HTTP/1.1', 'http'],
    ['GET ', 'http'],
    ['OPTIONS ', 'http'],
    ['PATCH /', 'http'],
    ['\x16\x03\x01', 'tls'],
    ['\x16\x03', 'tls'],
    ['\x16', 'undecided'],
    ['\x16\x04', 'none'],
    ['', 'undecided'],
    ['G', 'undecided'],
    ['GET', 'undecided'],
    ['GETS ', 'none'],
    ['get / HTTP/1.1', 'none'],
    ['P', 'undecided'],
    ['PING', 'none'],
    ['PASTE', 'none'],
    ['LOGIN ann', 'none'],
    ['DM', 'none'],
    ['D', 'undecided'],
    ['\r\n', 'none'],
    ['\xff\xfd', 'none'],
    ['{', 'machat'],
    [' \t{', 'machat'],
    [`${' '.repeat(64)}{`, 'machat'],
    [`${' '.repeat(65)}{`, 'none'],
    [' ', 'undecided'],
    [' \n{', 'none'],
    [' LOGIN ann', 'none'],
    ['\xef\xbb', 'undecided'],
    ['\xef\xbb\xbf {', 'machat'],
    ['\xef\xbb\xbfLOGIN ann', 'none'],
    ['\xefa', 'none'],
  ])('protocol detection takes %j for %s', (bytes, sniffed) => {
    expect(sniff(Buffer.from(bytes, 'latin1'), PROTOCOLS)).toBe(sniffed);
  });

  it('protocol detection does not change its result with more bytes, and needs at most nine', () => {
    const start = fc.constantFrom(
      'GET / HTTP/1.1',
      'POST /x',
      '{"a":1}',
      '\x16\x03\x01\x02',
      'LOGIN x',
      'PING',
      'OPTIONSX',
    );
    const anything = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
    fc.assert(
      fc.property(fc.oneof(start, anything), (text) => {
        const bytes = Buffer.from(text, 'latin1');
        const results = Array.from(bytes, (_, index) => sniff(bytes.subarray(0, index + 1), PROTOCOLS));
        const decided = results.filter((result) => result !== 'undecided');
        expect(new Set(decided).size).toBeLessThanOrEqual(1);
        expect(results.slice(8).includes('undecided')).toBe(false);
      }),
    );
  });

  it('protocol detection looks only for the protocols it is given', () => {
    expect(sniff(Buffer.from('GET / HTTP/1.1'), DIALECTS)).toBe('none');
    expect(sniff(Buffer.from('{'), [TLS, HTTP])).toBe('none');
  });

  it('protocol detection waits for more bytes while any protocol has begun to match', () => {
    const irc = { name: 'irc', matches: (first: Uint8Array) => (first.length < 5 ? 'more' : 'yes') } as const;
    expect(sniff(Buffer.from('PASS'), [irc, HTTP])).toBe('undecided');
    expect(sniff(Buffer.from('PASS '), [irc, HTTP])).toBe('irc');
  });
});

describe('the registry of dialects', () => {
  it.each(DIALECT_NAMES)(
    'the registry of dialects opens a conversation in %s whose metrics and log lines carry that name',
    (name) => {
      expect(conversationIn(name, { maxLineBytes: 4096 }).dialect.name).toBe(name);
    },
  );
});
