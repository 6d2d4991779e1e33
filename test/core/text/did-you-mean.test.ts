/** Suggestions for typing errors: a near name is found, a far one is not offered. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearest } from '../../../src/core/text/did-you-mean.js';

describe('nearest', () => {
  it.each([
    ['bbo', 'bob'],
    ['BBO', 'bob'],
    ['nmaan', 'naman'],
    ['namn', 'naman'],
    ['namann', 'naman'],
    ['nanan', 'naman'],
    ['naamn', 'naman'],
    ['LOGN', 'LOGIN'],
    ['hsitroy', 'HISTORY'],
    ['ПИВЕТ', 'привет'],
  ])('the nearest candidate to %s is %s', (typed, meant) => {
    expect(nearest(typed, ['ann', 'bob', 'naman', 'LOGIN', 'HISTORY', 'привет'])).toBe(meant);
  });

  it.each(['x', '', 'bxx', 'zaphod', 'nobody-near', 'n'.repeat(4000)])('no candidate is near %s', (typed) => {
    expect(nearest(typed, ['a', 'ann', 'bob', 'naman', 'LOGIN'])).toBeNull();
  });

  it('the nearest candidate is suggested, and the first of equally near ones', () => {
    expect(nearest('marta', ['maria', 'marka', 'marta'])).toBe('marta');
    expect(nearest('marta', ['mar', 'maria', 'marka'])).toBe('maria');
  });

  it('only the first 2,000 candidates are compared, and no more are requested', () => {
    let requested = 0;
    function* candidates() {
      for (; requested < 5000; requested++) yield requested === 2000 ? 'naman' : `someone-${requested}`;
    }
    expect(nearest('nmaan', candidates())).toBeNull();
    expect(requested).toBe(2000);
  });

  it('maxSlips sets the number of typing errors that are allowed', () => {
    expect(nearest('bob', ['bab'], { maxSlips: 0 })).toBeNull();
    expect(nearest('Bob', ['bob'], { maxSlips: 0 })).toBe('bob');
    expect(nearest('bob', ['ann'], { maxSlips: 3 })).toBe('ann');
  });

  it('the distance of words is that of optimal string alignment', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(
      fc.property(word, word, fc.nat(4), (typed, candidate, maxSlips) => {
        const near = distance(typed, candidate) <= maxSlips;
        expect(nearest(typed, [candidate], { maxSlips })).toBe(near ? candidate : null);
      }),
      { numRuns: 1000 },
    );
  });
});

/** The optimal string alignment distance by its recursive definition: slow, but plainly correct. */
function distance(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const wrong = a.at(-1) === b.at(-1) ? 0 : 1;
  const swapped = a.length > 1 && b.length > 1 && a.at(-1) === b.at(-2) && a.at(-2) === b.at(-1);
  return Math.min(
    distance(a.slice(0, -1), b) + 1,
    distance(a, b.slice(0, -1)) + 1,
    distance(a.slice(0, -1), b.slice(0, -1)) + wrong,
    swapped ? distance(a.slice(0, -2), b.slice(0, -2)) + 1 : Infinity,
  );
}
