/** The colour of a name. */
import { describe, expect, it } from 'vitest';
import { colourOf, COLOURS } from '../../src/page/ui/name-colour.js';

describe('the colour of a name', () => {
  it('is the same for every spelling of a name that differs in case alone', () => {
    expect(colourOf('ANN')).toBe(colourOf('ann'));
  });

  it('is one of eight for any name', () => {
    for (const name of ['a', 'ann', '小林', 'שרה', 'x'.repeat(32)]) {
      expect(colourOf(name)).toBeGreaterThanOrEqual(1);
      expect(colourOf(name)).toBeLessThanOrEqual(COLOURS);
    }
  });

  it('is spread over a thousand names, also over names that differ in their last letter', () => {
    const counts = new Array<number>(COLOURS).fill(0);
    for (let index = 0; index < 1000; index += 1) {
      const colour = colourOf(`user-${index}`) - 1;
      counts[colour] = (counts[colour] ?? 0) + 1;
    }
    for (const count of counts) expect(count).toBeGreaterThan(1000 / COLOURS / 2);
  });
});
