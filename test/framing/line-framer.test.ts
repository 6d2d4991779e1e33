import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameFault } from '../../src/core/dialect.js';
import { LineFramer } from '../../src/framing/line-framer.js';

const TOO_LONG = '<line-too-long>';
const ENDLESS = '<endless-line>';

/** The lines of some chunks; faults by their names. */
function frame(chunks: readonly (string | Uint8Array)[], { max = 4096, end = false } = {}): string[] {
  const framer = new LineFramer(max);
  const lines: string[] = [];
  const drain = () => {
    for (let framed = framer.next(); framed !== null; framed = framer.next()) {
      lines.push(framed instanceof FrameFault ? `<${framed.reason}>` : framed);
      if (framed instanceof FrameFault && framed.reason === 'endless-line') return;
    }
  };
  for (const chunk of chunks) {
    const lent = Buffer.from(chunk);
    framer.push(lent);
    lent.fill('!\n'); // the framer may keep nothing of it
    drain();
  }
  if (end) {
    framer.end();
    drain();
  }
  return lines;
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

describe('a line', () => {
  it.each([
    ['a\nb\n', ['a', 'b']],
    ['a\r\nb\r\r\n', ['a', 'b']],
    ['a\rb\n', ['a\rb']],
    ['\n\r\n', ['', '']],
    ['é\nü\n', ['é', 'ü']],
    ['no end', []],
    ['a\0b\0\n', ['ab']],
    ['LOGIM\x08N bob\n', ['LOGIN bob']],
    ['éü\x7f\x7f\x7f\x7fa\n', ['a']],
    ['😀\bx\n', ['x']],
    ['a\x1b[Ab\x1b[1;5Cc\x1bOD\n', ['abc']],
    ['tab\tstays\n', ['tab\tstays']],
  ])('of %j is %j', (bytes, lines) => {
    expect(frame([bytes])).toEqual(lines);
  });

  it('without an end is a line when the stream ends, and only then', () => {
    expect(frame(['a\nb'], { end: true })).toEqual(['a', 'b']);
    expect(frame(['a\n'], { end: true })).toEqual(['a']);
    expect(frame([], { end: true })).toEqual([]);
  });

  it('bytes that are no UTF-8 become U+FFFD', () => {
    expect(frame([Buffer.from([0x61, 0xc3, 0x28, 0xe2, 0x82, 0x0a])])).toEqual(['a\ufffd(\ufffd']);
  });
});

describe('telnet', () => {
  it.each([
    ['a negotiation', [255, 253, 3]],
    ['a command', [255, 241]],
    [
      'a subnegotiation, with a line end and an escaped 255 in it',
      [255, 250, 31, 0, 10, 255, 255, 24, 255, 240],
    ],
  ])('%s is swallowed, cut anywhere', (_, sequence) => {
    const bytes = Buffer.from([0x61, ...sequence, 0x62, 0x0a]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(frame([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(['ab']);
    }
  });

  it('CR NUL, which is Enter a key at a time, ends a line once it has negotiated', () => {
    const bytes = Buffer.concat([Buffer.from([255, 253, 3]), Buffer.from('MSG a\r\0WHO\r\0\r\nb\0\r\n')]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(frame([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(['MSG a', 'WHO', '', 'b']);
    }
    expect(frame(['a\r\0b\n'])).toEqual(['a\rb']);
  });

  it('255 twice is a byte of data, which is no UTF-8', () => {
    expect(frame([Buffer.from([0x61, 255, 255, 0x0a])])).toEqual(['a\ufffd']);
  });

  it('a subnegotiation that never ends does not swallow the rest for ever', () => {
    const bytes = Buffer.concat([Buffer.from([255, 250]), Buffer.from('x\n'.repeat(2000))]);
    expect(frame([bytes]).length).toBeGreaterThan(1000);
  });
});

describe('a line too long', () => {
  it('is one of more than the limit without its end', () => {
    expect(frame([`${'x'.repeat(4096)}\r\r\n`])).toEqual(['x'.repeat(4096)]);
    expect(frame([`${'x'.repeat(4097)}\n`])).toEqual([TOO_LONG]);
    expect(frame([`${'é'.repeat(2048)}\n`])).toEqual(['é'.repeat(2048)]);
    expect(frame([`${'é'.repeat(2049)}\n`])).toEqual([TOO_LONG]);
  });

  it('is refused once, before its end has come, and skipped to it', () => {
    expect(frame(['x'.repeat(4097)])).toEqual([TOO_LONG]);
    expect(frame(['x'.repeat(4097), 'y'.repeat(9999), 'z\nnext\n'])).toEqual([TOO_LONG, 'next']);
  });

  it('of 64 KiB is endless', () => {
    expect(frame(['x'.repeat(65_536), 'x'])).toEqual([TOO_LONG, ENDLESS]);
    expect(frame(['x'.repeat(60_000), `${'x'.repeat(6000)}\n`])).toEqual([TOO_LONG, ENDLESS]);
    expect(frame(['x'.repeat(60_000), '\n', 'x'.repeat(60_000), '\nok\n'])).toEqual([
      TOO_LONG,
      TOO_LONG,
      'ok',
    ]);
  });

  it('is endless too when it is all telnet, or all CR', () => {
    expect(frame([...Array(40).keys()].map(() => Buffer.alloc(2000, 241).fill(255, 0, 1000)))).toContain(
      ENDLESS,
    );
    expect(frame(Array(70).fill('\r'.repeat(1000)))).toContain(ENDLESS);
  });
});

describe('properties', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom(
      '\n',
      '\r\n',
      '\r',
      'MSG hi\n',
      'naïve\n',
      '\b',
      '\x7f',
      '\x1b[A',
      '\0',
      '日本語',
      `${'x'.repeat(60)}\n`,
    ),
    fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom([255, 253, 1], [255, 255], [255, 250, 24, 10, 255, 240], [255])
      .map((bytes) => Buffer.from(bytes)),
  );
  const stream = fc
    .array(piece, { maxLength: 30, size: 'max' })
    .map((pieces) => Buffer.concat(pieces.map((one) => Buffer.from(one))));

  it('any split of the bytes gives the same lines', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 12, size: 'max' }), (bytes, cuts) => {
        const whole = frame([bytes], { max: 50, end: true });
        expect(frame(split(bytes, cuts), { max: 50, end: true })).toEqual(whole);
        expect(
          frame(
            Array.from(bytes, (byte) => Uint8Array.of(byte)),
            { max: 50, end: true },
          ),
        ).toEqual(whole);
      }),
      { numRuns: 2000 },
    );
  });

  it('what it calls plain is printable ASCII and tabs', () => {
    const word = fc.constantFrom(
      'MSG hi',
      'a\tb',
      '\n',
      '\n',
      '\n',
      '\r\n',
      '\r',
      'é',
      '\x7f',
      '\b',
      '\x1b[A',
      '\0',
    );
    const text = fc.array(word, { maxLength: 20, size: 'max' }).map((words) => Buffer.from(words.join('')));
    let called = 0;
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 3 }), (bytes, cuts) => {
        const framer = new LineFramer(50);
        for (const chunk of split(bytes, cuts)) {
          framer.push(chunk);
          for (let framed = framer.next(); framed !== null; framed = framer.next()) {
            if (framed instanceof FrameFault && framed.reason === 'endless-line') return;
            if (!framer.isPlain || framed instanceof FrameFault) continue;
            called++;
            expect(framed).toMatch(/^[\t -~]*$/);
          }
        }
      }),
      { numRuns: 500 },
    );
    expect(called).toBeGreaterThan(100);
  });

  it('no line is longer than its limit, has a line end, or is no Unicode', () => {
    fc.assert(
      fc.property(stream, (bytes) => {
        for (const line of frame([bytes], { max: 50, end: true })) {
          expect(line).not.toContain('\n');
          expect(line).not.toContain('\0');
          expect(Buffer.from(line).toString()).toBe(line);
        }
      }),
      { numRuns: 500 },
    );
  });
});
