/** The colour of a name. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type * as NameColour from '../../src/page/ui/name-colour.js';

/** As in a page that was just loaded. */
let page: typeof NameColour;

beforeEach(async () => {
  vi.resetModules();
  page = await import('../../src/page/ui/name-colour.js');
});

describe('the colour of a name', () => {
  it('is the same for every spelling of a name that differs in case alone', () => {
    expect(page.colourOf('ANN')).toBe(page.colourOf('ann'));
  });

  it('is one of twelve for any name', () => {
    for (const name of ['a', 'ann', '小林', 'שרה', 'x'.repeat(32)]) {
      expect(page.colourOf(name)).toBeGreaterThanOrEqual(1);
      expect(page.colourOf(name)).toBeLessThanOrEqual(page.COLOURS);
    }
  });

  it('is another one for each of the first twelve names, whichever they are', async () => {
    for (let group = 0; group < 50; group += 1) {
      vi.resetModules();
      page = await import('../../src/page/ui/name-colour.js');
      const names = Array.from({ length: page.COLOURS }, (_, index) => `user-${group}-${index}`);
      expect(new Set(names.map((name) => page.colourOf(name))).size).toBe(page.COLOURS);
    }
  });

  it('does not change while more names are shown', () => {
    const names = Array.from({ length: 100 }, (_, index) => `user-${index}`);
    const before = names.map((name) => page.colourOf(name));
    expect(names.map((name) => page.colourOf(name))).toEqual(before);
  });

  it('is the same in two pages that show the same name first', async () => {
    const here = page.colourOf('ann');
    vi.resetModules();
    const there = await import('../../src/page/ui/name-colour.js');
    expect(there.colourOf('ann')).toBe(here);
  });

  it('is spread evenly over a thousand names, and is known for more names than are remembered', () => {
    const counts = new Array<number>(page.COLOURS).fill(0);
    for (let index = 0; index < 1200; index += 1) {
      const colour = page.colourOf(`user-${index}`) - 1;
      counts[colour] = (counts[colour] ?? 0) + 1;
    }
    expect(counts).toEqual(new Array<number>(page.COLOURS).fill(100));
    for (let index = 0; index < 6000; index += 1) page.colourOf(`guest-${index}`);
    expect(page.colourOf('guest-5999')).toBe(page.colourOf('guest-5999'));
  });
});
