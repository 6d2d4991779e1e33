import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sniff } from '../../src/net/sniff.js';

describe('the first bytes', () => {
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
    [' {', 'none'],
  ])('%j is %s', (bytes, sniffed) => {
    expect(sniff(Buffer.from(bytes, 'latin1'))).toBe(sniffed);
  });

  it('say the same however they are split: once decided, more bytes change nothing', () => {
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
        const verdicts = Array.from(bytes, (_, index) => sniff(bytes.subarray(0, index + 1)));
        const decided = verdicts.filter((verdict) => verdict !== 'undecided');
        expect(new Set(decided).size).toBeLessThanOrEqual(1);
        expect(verdicts.slice(8).includes('undecided')).toBe(false);
      }),
    );
  });
});
