/** Masks of users. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { maskedText, maskOf, Matcher } from '../../../src/core/text/mask.js';

describe('a mask', () => {
  it.each([
    ['ann', 'ann!*@*'],
    ['ann!me', 'ann!me@*'],
    ['*@host', '*!*@host'],
    ['me@host', '*!me@host'],
    ['ann!me@host', 'ann!me@host'],
    ['!@', '*!*@*'],
    ['', '*!*@*'],
    ['@', '*!*@*'],
    ['ann!', 'ann!*@*'],
    ['a!b@c@d', 'a!b@c@d'],
  ])('a mask is completed with asterisks: %s', (typed, shown) => {
    expect(maskOf(typed).shown).toBe(shown);
  });

  it('a mask is folded as names are', () => {
    expect(maskOf('ÄNN!Me@HOST')).toEqual({ shown: 'ÄNN!Me@HOST', fold: 'änn!me@host' });
    expect(new Matcher(maskOf('ANN').fold).matches(maskedText({ fold: 'ann', user: 'Me', host: 'x' }))).toBe(
      true,
    );
  });

  it.each([
    ['*', '', true],
    ['*', 'abc', true],
    ['', '', true],
    ['', 'a', false],
    ['a*', 'abc', true],
    ['*c', 'abc', true],
    ['a*c', 'abc', true],
    ['a*c', 'ac', true],
    ['ab*bc', 'abc', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['*?*', '', false],
    ['**', '', true],
    ['*b?d*', 'abcde', true],
    ['.*', 'x', false],
    ['[a]', 'a', false],
  ])('a mask matches as globs do: %s on "%s" is %s', (mask, text, isMatch) => {
    expect(new Matcher(mask).matches(text)).toBe(isMatch);
  });

  it('a mask matches exactly what the plain definition of globs says', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    const texts = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
    const isMatch = (mask: string, text: string): boolean => {
      if (mask === '') return text === '';
      if (mask.startsWith('*'))
        return isMatch(mask.slice(1), text) || (text !== '' && isMatch(mask, text.slice(1)));
      return text !== '' && (mask[0] === '?' || mask[0] === text[0]) && isMatch(mask.slice(1), text.slice(1));
    };
    fc.assert(
      fc.property(letters, texts, (mask, text) => {
        expect(new Matcher(mask).matches(text)).toBe(isMatch(mask, text));
      }),
    );
  });

  it('a mask with many asterisks is looked for once a part, however often the parts could fit', () => {
    const text = 'a'.repeat(512);
    const search = vi.spyOn(String.prototype, 'indexOf');
    for (const mask of ['*a*a*a*b', `${'*a'.repeat(200)}*b`]) {
      const matcher = new Matcher(mask);
      search.mockClear();
      expect(matcher.matches(text)).toBe(false);
      expect(search.mock.calls.length).toBeLessThan(mask.length);
    }
    search.mockRestore();
  });

  it('a hundred masks with many asterisks take less than a millisecond', () => {
    const matchers = Array.from({ length: 100 }, () => new Matcher('*a*a*a*b'));
    const text = 'a'.repeat(512);
    let fastest = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 50; round++) {
      const start = performance.now();
      for (const matcher of matchers) matcher.matches(text);
      fastest = Math.min(fastest, performance.now() - start);
    }
    expect(fastest).toBeLessThan(1);
  });
});
