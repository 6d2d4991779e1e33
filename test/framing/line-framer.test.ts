/** Bytes to lines, in any split of the bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameFault } from '../../src/core/dialect.js';
import { LineFramer } from '../../src/framing/line-framer.js';

const TOO_LONG = '<line-too-long>';
const ENDLESS = '<endless-line>';

/** The lines of some chunks; a fault is its name. */
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
    const received = Buffer.from(chunk);
    framer.push(received);
    received.fill('!\n'); // the bytes are valid only until `push` returns
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
  ])('the input %j is split into the lines %j', (bytes, lines) => {
    expect(frame([bytes])).toEqual(lines);
  });

  it('a line without a line end is complete when the stream ends, and only then', () => {
    expect(frame(['a\nb'], { end: true })).toEqual(['a', 'b']);
    expect(frame(['a\n'], { end: true })).toEqual(['a']);
    expect(frame([], { end: true })).toEqual([]);
  });

  it('a line has U+FFFD for invalid UTF-8', () => {
    expect(frame([Buffer.from([0x61, 0xc3, 0x28, 0xe2, 0x82, 0x0a])])).toEqual(['a\ufffd(\ufffd']);
  });
});

describe('the telnet filter', () => {
  it.each([
    ['a negotiation', [255, 253, 3]],
    ['a command', [255, 241]],
    [
      'a subnegotiation, with a line end and an escaped 255 in it',
      [255, 250, 31, 0, 10, 255, 255, 24, 255, 240],
    ],
  ])('the telnet filter removes %s, split at any byte', (_, sequence) => {
    const bytes = Buffer.from([0x61, ...sequence, 0x62, 0x0a]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(frame([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(['ab']);
    }
  });

  it('the telnet filter makes CR NUL a line end after a telnet command, and only then', () => {
    const bytes = Buffer.concat([Buffer.from([255, 253, 3]), Buffer.from('MSG a\r\0WHO\r\0\r\nb\0\r\n')]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(frame([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(['MSG a', 'WHO', '', 'b']);
    }
    expect(frame(['a\r\0b\n'])).toEqual(['a\rb']);
  });

  it('the telnet filter makes 255 twice one data byte, which is invalid UTF-8', () => {
    expect(frame([Buffer.from([0x61, 255, 255, 0x0a])])).toEqual(['a\ufffd']);
  });

  it('the telnet filter ends an endless subnegotiation after 1024 bytes', () => {
    const bytes = Buffer.concat([Buffer.from([255, 250]), Buffer.from('x\n'.repeat(2000))]);
    expect(frame([bytes]).length).toBeGreaterThan(1000);
  });
});

describe('a line end', () => {
  it.each([
    ['a command', [255]],
    ['the option of a negotiation', [255, 251]],
    ['a subnegotiation', [255, 250]],
    ['a subnegotiation with an option', [255, 250, 24, 0]],
    ['an escape in a subnegotiation', [255, 250, 24, 255]],
  ])('a line end is not part of %s: cp1252 text has such bytes', (_, sequence) => {
    for (const end of [[10], [13, 10]]) {
      const bytes = Buffer.from([0x61, ...sequence, ...end, 0x62, 0x0a]);
      for (let cut = 0; cut <= bytes.length; cut++)
        expect(frame([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(['a', 'b']);
    }
  });
});

describe('a lone DM (F2) of Ctrl-C in telnet', () => {
  const framed = (bytes: readonly number[]) => {
    const whole = Buffer.from(bytes);
    const lines = frame([whole]);
    for (let cut = 0; cut <= whole.length; cut++)
      expect(frame([whole.subarray(0, cut), whole.subarray(cut)])).toEqual(lines);
    return lines;
  };
  const [a, b] = [0x61, 0x62];

  it('a lone DM (F2) of Ctrl-C in telnet is dropped before a line of a client that has sent a telnet command', () => {
    expect(framed([a, 10, 255, 244, 0xf2, 255, 253, 6, b, 10])).toEqual(['a', 'b']);
    expect(framed([255, 244, 0xf2, 255, 253, 6, 255, 244, 0xf2, 255, 253, 6, b, 13, 10])).toEqual(['b']);
    expect(framed([255, 253, 3, a, 13, 0, 0xf2, b, 10])).toEqual(['a', 'b']);
  });

  it('a lone DM (F2) of Ctrl-C in telnet is data within a line, and for a client that has sent no telnet command', () => {
    expect(framed([255, 244, a, 0xf2, b, 10])).toEqual(['a\ufffdb']);
    expect(framed([a, 255, 244, 0xf2, b, 10])).toEqual(['a\ufffdb']);
    expect(framed([0xf2, b, 10])).toEqual(['\ufffdb']);
  });
});

describe('a line that is too long', () => {
  it('a line that is too long is longer than the limit without its line end', () => {
    expect(frame([`${'x'.repeat(4096)}\r\r\n`])).toEqual(['x'.repeat(4096)]);
    expect(frame([`${'x'.repeat(4097)}\n`])).toEqual([TOO_LONG]);
    expect(frame([`${'é'.repeat(2048)}\n`])).toEqual(['é'.repeat(2048)]);
    expect(frame([`${'é'.repeat(2049)}\n`])).toEqual([TOO_LONG]);
  });

  it('a line that is too long is refused once, before its end is received, and dropped up to it', () => {
    expect(frame(['x'.repeat(4097)])).toEqual([TOO_LONG]);
    expect(frame(['x'.repeat(4097), 'y'.repeat(9999), 'z\nnext\n'])).toEqual([TOO_LONG, 'next']);
  });

  it('a line that is too long is endless beyond 64 KiB', () => {
    expect(frame(['x'.repeat(65_536), 'x'])).toEqual([TOO_LONG, ENDLESS]);
    expect(frame(['x'.repeat(60_000), `${'x'.repeat(6000)}\n`])).toEqual([TOO_LONG, ENDLESS]);
    expect(frame(['x'.repeat(60_000), '\n', 'x'.repeat(60_000), '\nok\n'])).toEqual([
      TOO_LONG,
      TOO_LONG,
      'ok',
    ]);
  });

  it('a line that is too long is also endless if all of it is telnet or CR', () => {
    expect(frame([...Array(40).keys()].map(() => Buffer.alloc(2000, 241).fill(255, 0, 1000)))).toContain(
      ENDLESS,
    );
    expect(frame(Array(70).fill('\r'.repeat(1000)))).toContain(ENDLESS);
  });
});

describe('any bytes', () => {
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
      .constantFrom([255, 253, 1], [255, 255], [255, 250, 24, 10, 255, 240], [255], [255, 244, 242], [242])
      .map((bytes) => Buffer.from(bytes)),
  );
  const stream = fc
    .array(piece, { maxLength: 30, size: 'max' })
    .map((pieces) => Buffer.concat(pieces.map((one) => Buffer.from(one))));

  it('any bytes give the same lines in any split', () => {
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

  it('the bytes that the framer calls plain are printable ASCII and tabs', () => {
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
    let plainLines = 0;
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 3 }), (bytes, cuts) => {
        const framer = new LineFramer(50);
        for (const chunk of split(bytes, cuts)) {
          framer.push(chunk);
          for (let framed = framer.next(); framed !== null; framed = framer.next()) {
            if (framed instanceof FrameFault && framed.reason === 'endless-line') return;
            if (!framer.isPlain || framed instanceof FrameFault) continue;
            plainLines++;
            expect(framed).toMatch(/^[\t -~]*$/);
          }
        }
      }),
      { numRuns: 500 },
    );
    expect(plainLines).toBeGreaterThan(100);
  });

  it('a line of printable ASCII is plain with CR LF too, and one with a CR within is not', () => {
    const framer = new LineFramer(100);
    framer.push(Buffer.from('one\r\ntwo\r\r\nth\rree\r\nfour\n'));
    const seen = [1, 2, 3, 4].map(() => [framer.next(), framer.isPlain]);
    expect(seen).toEqual([
      ['one', true],
      ['two', true],
      ['th\rree', false],
      ['four', true],
    ]);
  });

  it('lines that repeat the last one are taken at once, up to the first that differs', () => {
    const framer = new LineFramer(100);
    framer.push(Buffer.from('PING\nPING\nPING\nPINGS\nPING\nPING\nPI'));
    expect([framer.next(), framer.takeRepeats('PING', 9)]).toEqual(['PING', 2]);
    expect([framer.next(), framer.takeRepeats('PINGS', 9)]).toEqual(['PINGS', 0]);
    expect([framer.next(), framer.takeRepeats('PING', 9), framer.next()]).toEqual(['PING', 1, null]);
    framer.push(Buffer.from('NG\nPING\n'));
    expect([framer.next(), framer.takeRepeats('PING', 9), framer.next()]).toEqual(['PING', 1, null]);
    expect(framer.takeRepeats('PING', 9)).toBe(0);
  });

  it('lines that repeat the last one are the same as those of next alone', () => {
    const lines = fc.array(fc.constantFrom('PING\n', 'PING\r\n', 'PINGS\n', 'PIN', '\n', 'é\n', '\xff'), {
      maxLength: 20,
    });
    const run = (chunks: readonly (readonly string[])[], max: number) => {
      const framer = new LineFramer(100);
      const framed: unknown[] = [];
      for (const chunk of chunks) {
        framer.push(Buffer.from(chunk.join('')));
        for (let next = framer.next(); next !== null; next = framer.next()) {
          framed.push(next);
          const count = typeof next === 'string' ? framer.takeRepeats(next, max) : 0;
          expect(count).toBeLessThanOrEqual(max);
          for (let n = 0; n < count; n++) framed.push(next);
        }
      }
      return framed;
    };
    fc.assert(
      fc.property(fc.array(lines, { maxLength: 4 }), fc.integer({ min: 1, max: 5 }), (chunks, max) => {
        expect(run(chunks, max)).toEqual(run(chunks, 0));
      }),
    );
  });

  it('lines that repeat the last one are taken up to a number', () => {
    const framer = new LineFramer(100);
    framer.push(Buffer.from('PING\n'.repeat(7)));
    expect([framer.next(), framer.takeRepeats('PING', 0), framer.takeRepeats('PING', 2)]).toEqual([
      'PING',
      0,
      2,
    ]);
    expect([framer.next(), framer.takeRepeats('PING', 9), framer.next()]).toEqual(['PING', 3, null]);
  });

  it('lines that repeat the last one are left for `next` where they are no plain words', () => {
    const framer = new LineFramer(100);
    framer.push(Buffer.from('.*\nPING\n.*\n.*\n'));
    expect([framer.next(), framer.takeRepeats('.*', 9)]).toEqual(['.*', 0]);
    expect([framer.next(), framer.next(), framer.next(), framer.next()]).toEqual(['PING', '.*', '.*', null]);
  });

  it('any bytes give no line with a line end, a NUL, or invalid Unicode', () => {
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
