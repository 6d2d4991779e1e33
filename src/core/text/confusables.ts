/** What a name looks like: two names that a hasty eye takes for one have the same look. */

import unhomoglyph from 'unhomoglyph';

const ASCII_NAME = /^[\w.-]*$/;
const ASCII_LOOKALIKES = /[01Im]/g;

/** The look of a name in one script: its {@link skeleton}, by a short cut for ASCII, which most names are. */
export function skeletonOf(name: string): string {
  return ASCII_NAME.test(name) ? name.replace(ASCII_LOOKALIKES, asciiPrototype) : skeleton(name);
}

/**
 * The skeleton of UTS 39: NFD, each character replaced by the prototype of those it is confused with, NFD. One pass
 * is enough: Unicode keeps its table closed, but for a few presentation forms, which case folding undoes.
 *
 * Stricter than UTS 39 in two ways. Small capitals look like their letters. And diacritics count for nothing in the
 * scripts that put them on letters: who knows `naman` reads past the accent of `námán` or `naḿan`, and a namesake
 * who has to add a letter is a fair price. What sits on letters elsewhere stays, for there it makes another letter:
 * kana's voicing marks (ハ, パ), vowel signs, the dots in Telugu's prototypes.
 */
export function skeleton(name: string): string {
  const prototypes = unhomoglyph(name.normalize('NFD')).normalize('NFD');
  const bare = DIACRITIC_SCRIPTS.test(name) ? prototypes.replace(EACH_DIACRITIC, '') : prototypes;
  return bare.replace(SMALL_CAPITALS, (letter) => LETTER_OF.get(letter) ?? letter);
}

/**
 * Whether an NFC name has marks that are no part of its letters: Zalgo, or a line struck through another's name. In
 * Latin, Cyrillic and Greek nearly every letter in use is one character with its diacritics (Yoruba's ẹ́ is not).
 */
export function hasLooseMarks(name: string): boolean {
  return DIACRITIC.test(name) || (DIACRITIC_SCRIPTS.test(name) && MARK.test(name));
}

const DIACRITIC = /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]/;
const EACH_DIACRITIC = new RegExp(DIACRITIC, 'g');
const DIACRITIC_SCRIPTS = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]/u;
const MARK = /\p{M}/u;

// Those that the table leaves: it knows ᴄɪᴏꜱᴜᴠᴡʏᴢ, makes ᴋ a ĸ, т a ᴛ, and both ᴍ and м a ʍ.
const LETTER_OF = new Map(
  'ᴀa ʙb ᴅd ᴇe ꜰf ɢg ʜh ᴊj ĸk ʟl ʍrn ɴn ᴘp ꞯq ʀr ᴛt'
    .split(' ')
    .map((pair) => [pair.charAt(0), pair.slice(1)]),
);
const SMALL_CAPITALS = new RegExp(`[${[...LETTER_OF.keys()].join('')}]`, 'g');

function asciiPrototype(char: string): string {
  if (char === 'm') return 'rn';
  return char === '0' ? 'O' : 'l';
}
