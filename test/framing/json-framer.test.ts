/** Bytes to one JSON object and lines, in any split of the bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameFault } from '../../src/core/dialect.js';
import { JsonFramer } from '../../src/framing/json-framer.js';
import { LineFramer } from '../../src/framing/line-framer.js';

/** The frames of some chunks; a fault is its name. */
function frame(chunks: readonly (string | Uint8Array)[], { max = 1024, end = false } = {}): string[] {
  const framer = new JsonFramer(max, new LineFramer(4096));
  const frames: string[] = [];
  const drain = () => {
    for (let framed = framer.next(); framed !== null; framed = framer.next())
      frames.push(framed instanceof FrameFault ? `<${framed.reason}>` : framed);
  };
  for (const chunk of chunks) {
    const received = Buffer.from(chunk);
    framer.push(received);
    received.fill('}\n'); // the bytes are valid only until `push` returns
    drain();
  }
  if (end) {
    framer.end();
    drain();
  }
  return frames;
}

const bytesOf = (whole: string | Buffer) => Array.from(Buffer.from(whole), (byte) => Uint8Array.of(byte));

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

describe('an object', () => {
  it.each([
    ['{}', ['{}']],
    ['{"a":1}', ['{"a":1}']],
    ['{"a":{"b":[{}]}}hi\n', ['{"a":{"b":[{}]}}', 'hi']],
    ['{"a":"}{"}hi\n', ['{"a":"}{"}', 'hi']],
    ['{"a":"\\"}"}hi\n', ['{"a":"\\"}"}', 'hi']],
    ['{"a":"\\\\"}hi\n', ['{"a":"\\\\"}', 'hi']],
    [' \r\n\t{"a":\n1\n}\nhi\n', [' \r\n\t{"a":\n1\n}', '', 'hi']],
    ['{"a":"日本}"}{"b":1}\n', ['{"a":"日本}"}', '{"b":1}']],
    ['{"a":"x\0"\0}hi\n', ['{"a":"x"}', 'hi']],
    ['{"a":[true,false,null,-1.5E+3]}', ['{"a":[true,false,null,-1.5E+3]}']],
    ['{"a":1', []],
    ['', []],
  ])('an object and lines are split from %j as %j, whole or a byte at a time', (bytes, frames) => {
    expect(frame([bytes])).toEqual(frames);
    expect(frame(bytesOf(bytes))).toEqual(frames);
  });

  it('an object is returned without the telnet negotiation in it and after it', () => {
    const bytes = Buffer.from(
      '{"na~me~":"x~"}~hi\n'.split('~').join('\xff\xfd\x01\xff\xfa"}\xff\xf0\xff\xf1'),
      'latin1',
    );
    expect(frame([bytes])).toEqual(['{"name":"x"}', 'hi']);
    expect(frame(bytesOf(bytes))).toEqual(['{"name":"x"}', 'hi']);
    expect(frame([Buffer.from([0x7b, 0x22, 255, 255, 0x22])], { end: true })).toEqual(['{"\ufffd"']);
  });

  it('an object may be as long as the limit, and not longer', () => {
    const sized = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`;
    expect(frame([`${sized(1024)}hi\n`])).toEqual([sized(1024), 'hi']);
    const [cut] = frame([sized(1025)]);
    expect(cut).toBe(sized(1025).slice(0, 1024));
  });

  it('an object that is incomplete is returned when the stream ends', () => {
    expect(frame(['{"a":'], { end: true })).toEqual(['{"a":']);
    expect(frame(['{}hi'], { end: true })).toEqual(['{}', 'hi']);
    expect(frame([], { end: true })).toEqual([]);
  });

  it.each([
    ['no brace', 'hello', 'h'],
    ['another value', '[{}]', '['],
    ['a word that is not JSON', '{name: "x"}', '{nam'],
    ['a line end within a string', '{"a": "x\n"}', '{"a": "x\n'],
    ['endless blanks', ' '.repeat(5000), ' '.repeat(1024)],
    ['endless nesting', '{"a":'.repeat(1000), '{"a":'.repeat(205).slice(0, 1024)],
  ])('input that cannot become an object is returned at once: %s', (_, bytes, returned) => {
    const [first] = frame([bytes]);
    expect(first).toBe(returned);
    expect(() => JSON.parse(returned) as unknown).toThrow();
  });
});

describe('any stream', () => {
  const value = fc.jsonValue({ maxDepth: 4 });
  const object = fc
    .dictionary(fc.string({ unit: 'binary' }), value)
    .chain((fields) => fc.constantFrom(JSON.stringify(fields), JSON.stringify(fields, null, 2)));
  const cuts = fc.array(fc.nat(), { maxLength: 12 });

  it('any stream of an object and lines is split correctly, however it is received', () => {
    const lines = fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\p{Cc}]/gu, '')));
    fc.assert(
      fc.property(object, lines, cuts, (text, following, at) => {
        const bytes = Buffer.from(text + following.map((line) => `${line}\n`).join(''));
        expect(frame(split(bytes, at), { max: 65_536 })).toEqual([text, ...following]);
      }),
      { numRuns: 1000 },
    );
  });

  it('any stream of random bytes gives the same frames in any split, and no object longer than the limit', () => {
    const noise = fc
      .array(
        fc.oneof(
          fc.constantFrom('{', '}', '"', '\\', '\n', ' ', 'true', '{"name":"x"', '\0', '}{', 'hi\n'),
          fc.uint8Array({ maxLength: 4 }),
        ),
        { maxLength: 30 },
      )
      .map((pieces) => Buffer.concat(pieces.map((piece) => Buffer.from(piece))));
    fc.assert(
      fc.property(noise, cuts, (bytes, at) => {
        const whole = frame([bytes], { max: 40, end: true });
        expect(frame(split(bytes, at), { max: 40, end: true })).toEqual(whole);
        expect(frame(bytesOf(bytes), { max: 40, end: true })).toEqual(whole);
        expect([...(whole[0] ?? '')].length).toBeLessThanOrEqual(40);
      }),
      { numRuns: 2000 },
    );
  });
});
