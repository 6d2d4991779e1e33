/** How a text is split into words for SEARCH: whole words, in any case, without operators. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasWords, wordsOf } from '../../../src/core/text/search-words.js';

describe('search words', () => {
  it.each([
    ['Hello, world!', ['hello', 'world']],
    ['"quoted" AND -minus OR (NOT star*)', ['quoted', 'and', 'minus', 'or', 'not', 'star']],
    ['a:b near/2 ^c {d}', ['a', 'b', 'near', '2', 'c', 'd']],
    ["don't snake_case v1.2", ['don', 't', 'snake', 'case', 'v1', '2']],
    ['again Again AGAIN', ['again']],
    ['Straße STRASSE', ['strasse']],
    ['Ｆｕｌｌ ﬁne Σίσυφος', ['full', 'fine', 'σίσυφοσ']],
    ['İstanbul ISTANBUL i\u0307stanbul ıstanbul', ['istanbul']],
    ['naïve cafe\u0301', ['naïve', 'café']],
    ['привет мир', ['привет', 'мир']],
    ['日本語です', ['日', '本', '語', 'て\u3099', 'す'].map((word) => word.normalize('NFKC'))],
    ['हिन्दी', ['हिन्दी']],
    ['🎉 ... --- ! ៛ ᧠', []],
    ['', []],
  ])('the words of %j are %j', (text, words) => {
    expect([...wordsOf(text)].sort()).toEqual([...words].sort());
  });

  it('a text matches when it has all of the words; a part of a word does not match', () => {
    expect(hasWords('the quick brown fox', ['fox', 'quick'])).toBe(true);
    expect(hasWords('the quick brown fox', ['fox', 'quic'])).toBe(false);
    expect(hasWords('The QUICK', ['quick'])).toBe(true);
  });

  it('the words of any text contain only letters, marks and digits, and the text matches them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const word of wordsOf(text)) expect(word).toMatch(/^[\p{L}\p{M}\p{N}]+$/u);
        expect(hasWords(text, [...wordsOf(text)])).toBe(true);
      }),
    );
  });
});
