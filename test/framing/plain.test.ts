import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlain } from '../../src/framing/plain.js';

const PLAIN = /^[\t\n\r -~]*$/;

describe('plain bytes', () => {
  it.each([0, 1, 2, 3])('are found out byte for byte, whatever stands at place %i', (place) => {
    for (let byte = 0; byte < 256; byte++) {
      const bytes = Buffer.alloc(8, 'x');
      bytes[place] = byte;
      expect(isPlain(bytes, 8)).toBe(PLAIN.test(bytes.toString('latin1')));
    }
  });

  it('are what a regular expression says, at any length and offset', () => {
    const bytes = fc.array(
      fc.oneof(
        { weight: 30, arbitrary: fc.constantFrom(0x20, 0x41, 0x7e, 9, 10, 13) },
        { weight: 1, arbitrary: fc.nat({ max: 255 }) },
      ),
      { maxLength: 40, size: 'max' },
    );
    fc.assert(
      fc.property(bytes, fc.nat({ max: 7 }), fc.nat({ max: 40 }), (values, offset, length) => {
        const room = Buffer.alloc(64);
        Buffer.from(values).copy(room, offset);
        const view = room.subarray(offset, offset + values.length);
        const end = Math.min(length, values.length);
        expect(isPlain(view, end)).toBe(PLAIN.test(view.toString('latin1', 0, end)));
      }),
      { numRuns: 3000 },
    );
  });
});
