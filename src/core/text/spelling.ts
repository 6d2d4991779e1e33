/** The spelling of names, and the names of rooms. This file loads no table of letters that look alike. */

import { separate } from './clean-text.js';
import { foldName } from './fold-name.js';

export interface RoomName {
  readonly shown: string;
  readonly fold: string;
}

const MAX_ROOM_NAME = 64;

/** Parses a room's name; null if it is invalid. `#den` is `den`. */
export function parseRoomName(raw: string): RoomName | null {
  const shown = parseName(raw.startsWith('#') ? raw.slice(1) : raw, MAX_ROOM_NAME);
  return shown === null ? null : { shown, fold: foldName(shown) };
}

export const ASCII_NAME = /^[a-z0-9][a-z0-9_.-]*$/i;

/** The name in NFC; null if it is longer than `max` characters, or not spelled as a name. */
export function parseName(raw: string, max: number): string | null {
  if (ASCII_NAME.test(raw)) return raw.length <= max ? separate(raw) : null;
  if (raw.length > 4 * max) return null; // NFC makes at most four units into one character
  const shown = raw.normalize('NFC');
  if ([...shown].length > max) return null;
  // The folded form must be a name too: ﷺ is one letter, and in NFKC four words with spaces.
  return isSpelled(shown) && isSpelled(shown.normalize('NFKC')) ? shown : null;
}

const SPELLING = /^[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}_.-]*$/u;
// Invisible letters, the Arabic and N'Ko ones that only stretch a word, enclosing marks, the same mark twice in a row,
// and five marks on a letter (UTS 39, 5.4).
const TRICKS = /[\p{Default_Ignorable_Code_Point}\p{Me}\u0640\u07fa]|(\p{Mn})\1|\p{Mn}{5}/u;

function isSpelled(name: string): boolean {
  if (!SPELLING.test(name) || TRICKS.test(name) || hasLooseMarks(name)) return false;
  return ONE_SCRIPT.some((rendered) => rendered.test(name));
}

/**
 * The scripts of living languages (UAX 31, tables 5 and 7, and Mongolian); those that one language mixes stand
 * together, as in UTS 39's augmented sets. Historic scripts are left out: no user needs
 * them, and many of their letters look like others.
 */
const SCRIPTS = `Latin, Cyrillic, Greek, Han Hiragana Katakana, Han Hangul, Han Bopomofo, Arabic, Hebrew,
  Devanagari, Thai, Bengali, Tamil, Telugu, Gujarati, Gurmukhi, Kannada, Malayalam, Oriya, Sinhala, Armenian,
  Georgian, Ethiopic, Khmer, Lao, Myanmar, Tibetan, Thaana, Adlam, Balinese, Bamum, Batak, Canadian_Aboriginal,
  Chakma, Cham, Cherokee, Hanifi_Rohingya, Javanese, Kayah_Li, Lepcha, Limbu, Lisu, Mandaic, Meetei_Mayek, Miao,
  Mongolian, New_Tai_Lue, Newa, Nko, Nyiakeng_Puachue_Hmong, Ol_Chiki, Osage, Saurashtra, Sundanese, Syloti_Nagri,
  Syriac, Tai_Le, Tai_Tham, Tai_Viet, Tifinagh, Vai, Wancho, Yi`;

const ONE_SCRIPT = SCRIPTS.split(/,\s+/).map((rendered) => {
  const letters = rendered.split(' ').map((rendered) => `\\p{scx=${rendered}}`);
  return new RegExp(`^[0-9_.\\-${letters.join('')}]+$`, 'u');
});

/**
 * Whether an NFC name has marks that do not belong to its letters: Zalgo text, or a line struck through a name. In
 * Latin, Cyrillic and Greek nearly every letter in use is one character with its diacritics (Yoruba's ẹ́ is not).
 */
function hasLooseMarks(name: string): boolean {
  return DIACRITIC.test(name) || (DIACRITIC_SCRIPTS.test(name) && MARK.test(name));
}

export const DIACRITIC = /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]/;
export const DIACRITIC_SCRIPTS = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]/u;
const MARK = /\p{M}/u;
