/** Formatting of IRC in texts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { styledText } from '../../../src/core/text/styles.js';
import { cleanText } from '../../../src/core/text/text.js';

describe('a styled text', () => {
  it.each([
    ['plain', 'plain', null],
    ['\x02bold\x02 \x1ditalic\x0f', 'bold italic', '\x02bold\x02 \x1ditalic\x0f'],
    ['\x0304,12red\x03 1', 'red 1', '\x0304,12red\x03 1'],
    ['\x031234', '34', '\x031234'],
    ['\x03,5', ',5', '\x03,5'],
    ['\x04FF00aa,000000x', 'x', '\x04FF00aa,000000x'],
    ['\x04FF00a', 'FF00a', '\x04FF00a'],
    ['\x11mono\x16rev\x1eout\x1funder', 'monorevoutunder', '\x11mono\x16rev\x1eout\x1funder'],
    ['\x02', '', '\x02'],
    ['a\x1b[31m\x02b\x07', 'a[31mb', 'a[31m\x02b'],
    ['\u202e\x02x\u0085', 'x', '\x02x'],
  ])('a styled text has the nine codes and no other control character: %j', (raw, text, styled) => {
    expect(styledText(raw)).toEqual({ text, styled });
  });

  it('a styled text is clean without its codes, whatever it is made of', () => {
    const unit = fc.oneof(
      fc.integer({ min: 0, max: 0x2fff }).map((code) => String.fromCharCode(code)),
      fc.constantFrom('\x03', '\x04', '\x02', '1', ',', 'a', '\ud83d', '\ude00'),
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (raw) => {
        const { text, styled } = styledText(raw);
        expect(text).toBe(cleanText(text));
        const rest = (styled ?? '').replace(/[\x02-\x04\x0f\x11\x16\x1d-\x1f]/g, '');
        expect(rest).not.toMatch(/\p{Surrogate}/u);
        expect(rest.replace(/\ufffd/g, '')).toBe(cleanText(rest).replace(/\ufffd/g, ''));
      }),
    );
  });
});
