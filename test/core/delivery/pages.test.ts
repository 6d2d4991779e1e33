/** A long reply is cut into pages of bounded weight, so that one reader holds little memory at a time. */
import { describe, expect, it } from 'vitest';
import { MAX_ITEMS_PER_SLICE, pagesOf, slicesOf } from '../../../src/core/delivery/pages.js';

describe('pagesOf', () => {
  it('the pages hold every item once and in order, and only the last page is marked', () => {
    const items = Array.from({ length: 5000 }, (_, number) => String(number));
    const pages = [...pagesOf(items, (item) => item.length)];
    expect(pages.length).toBeGreaterThan(5);
    expect(pages.flatMap((page) => page.items)).toEqual(items);
    expect(pages.map(({ last }) => last)).toEqual(pages.map((_, index) => index === pages.length - 1));
    expect(pages.at(-1)?.count).toBe(5000);
  });

  it('an empty list gives one empty page', () => {
    expect([...pagesOf([], () => 0)]).toEqual([{ items: [], count: 0, last: true }]);
  });

  it('a page holds few heavy items, but at least one', () => {
    const pages = [
      ...pagesOf(['x'.repeat(100_000), 'y'.repeat(20_000), 'z'.repeat(20_000), 'w'], (item) => item.length),
    ];
    expect(pages.map(({ items }) => items.length)).toEqual([1, 2, 1]);
  });
});

describe('slicesOf', () => {
  it('a slice looks at a bounded number of items, none of them before it is taken, and leaves out null', () => {
    let looked = 0;
    function* numbers(): Generator<number | null> {
      for (; looked < 10_000; looked++) yield looked % 3 === 0 ? null : looked;
    }
    const shown: number[] = [];
    let before = 0;
    for (const { items, count, last } of slicesOf(numbers(), () => 8)) {
      expect(looked - before).toBeLessThanOrEqual(MAX_ITEMS_PER_SLICE);
      before = looked;
      shown.push(...items);
      expect(count).toBe(shown.length);
      expect(last).toBe(looked === 10_000);
    }
    expect(shown).toEqual(Array.from({ length: 10_000 }, (_, number) => number).filter((n) => n % 3 !== 0));
  });

  it('a slice of heavy items is short, and an empty list gives one empty slice', () => {
    const heavy = [...slicesOf(['x'.repeat(100), 'y'], (item) => item.length, 100)];
    expect(heavy.map(({ items }) => items.length)).toEqual([1, 1]);
    expect([...slicesOf([], () => 0)]).toEqual([{ items: [], count: 0, last: true }]);
  });
});
