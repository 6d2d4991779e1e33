/** Skeletons of names (UTS 39): two names that look alike have the same skeleton. */

import unhomoglyph from 'unhomoglyph';
import { plainLetters } from './plain-letters.js';
import { DIACRITIC, DIACRITIC_SCRIPTS } from './spelling.js';

const ASCII_NAME = /^[\w.-]*$/;

/** The skeleton of a name in one script. ASCII names, which most are, take a shorter way to the same result. */
export function skeletonOf(name: string): string {
  return ASCII_NAME.test(name) ? merge(name) : skeleton(name);
}

/**
 * The skeleton of UTS 39: NFD, each character replaced by the prototype of those it is confused with, NFD. One pass
 * is enough: Unicode keeps its table closed, except for a few presentation forms, which case folding undoes.
 *
 * Stricter than UTS 39 in four ways. Small capitals look like their letters. Letters with a stroke or a hook are their
 * plain letter. The characters of `merge` are one. And diacritics count for nothing in the scripts that put them on
 * letters: a reader who knows `naman` overlooks the accent of `námán` or `naḿan`. The price is that a namesake has to
 * add a letter. Marks of other scripts stay, since there they make another letter: kana's voicing marks (ハ, パ), vowel
 * signs, the dots in Telugu's prototypes.
 */
export function skeleton(name: string): string {
  const prototypes = unhomoglyph(name.normalize('NFD')).normalize('NFD');
  const bare = prototypes.replace(DIACRITIC_SCRIPTS.test(name) ? EACH_DIACRITIC : EACH_OVERLAY, '');
  return merge(plainLetters(bare.replace(SMALL_CAPITALS, (letter) => LETTER_OF.get(letter) ?? letter)));
}

const EACH_DIACRITIC = new RegExp(DIACRITIC, 'g');
/** Strokes through a letter, and horns. No name has them as characters of their own; prototypes of Cherokee do. */
const EACH_OVERLAY = /[\u031b\u0334-\u0338]/g;

// Small capitals that the table lacks: it has ᴄɪᴏꜱᴜᴠᴡʏᴢ, makes ᴋ a ĸ, т a ᴛ, and both ᴍ and м a ʍ.
const LETTER_OF = new Map(
  'ᴀa ʙb ᴅd ᴇe ꜰf ɢg ʜh ᴊj ĸk ʟl ʍrn ɴn ᴘp ꞯq ʀr ᴛt'
    .split(' ')
    .map((pair) => [pair.charAt(0), pair.slice(1)]),
);
const SMALL_CAPITALS = new RegExp(`[${[...LETTER_OF.keys()].join('')}]`, 'g');

const MERGED = /[01imw._ς]/g;
const MERGED_INTO = new Map([
  ['0', 'o'],
  ['1', 'l'],
  ['i', 'l'],
  ['m', 'rn'],
  ['w', 'vv'],
  ['.', '-'],
  ['_', '-'],
  ['ς', 'σ'],
]);

/**
 * Merges characters that look alike in some typeface. Case is ignored: a name is the same in any case, and `10bby`
 * mixes a digit that looks like a small letter with one that looks like a capital.
 */
function merge(name: string): string {
  return name.toLowerCase().replace(MERGED, (char) => MERGED_INTO.get(char) ?? char);
}
