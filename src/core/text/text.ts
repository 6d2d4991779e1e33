/** Parses the names that users type, once at the edge. */

import { separate, type Text } from './clean-text.js';
import { hasLooseMarks, skeletonOf } from './confusables.js';
import { foldName } from './fold-name.js';
import { plainLetters } from './plain-letters.js';

export { cleanText, copyText, partOf, type Text } from './clean-text.js';
export { foldName } from './fold-name.js';

/**
 * A user's name. Two names are one when their `fold` is equal, and conflict when they share any of their `skeletons`.
 */
export interface UserName {
  /** As typed, in NFC. */
  readonly shown: string;
  /** The lookup key: see {@link foldName}. Its skeleton is among `skeletons`, so equal folds always conflict. */
  readonly fold: string;
  /** The skeletons of the name as typed, in small letters, in capitals and without hooks; see `confusables.ts`. */
  readonly skeletons: readonly string[];
}

export interface RoomName {
  readonly shown: string;
  readonly fold: string;
}

const MAX_USER_NAME = 32;
const MAX_ROOM_NAME = 64;

/** Parses a user's name; null if it is invalid. It may still be taken or reserved. */
export function parseUserName(raw: string): UserName | null {
  const shown = parseName(raw, MAX_USER_NAME);
  if (shown === null) return null;
  const fold = foldName(shown);
  return { shown, fold, skeletons: skeletonsOf(shown, fold) };
}

/**
 * The name of a user as a command has it. It is folded where it is typed, since Unicode's tables differ between versions
 * of Node.
 */
export interface TypedName {
  readonly typed: Text;
  /** UserName.fold of the user that is meant. */
  readonly fold: string;
  /** UserName.shown; null if it is not a valid name. */
  readonly shown: string | null;
}

export function typedName(typed: Text): TypedName {
  return { typed, fold: foldName(typed), shown: parseName(typed, MAX_USER_NAME) };
}

/** Parses a room's name; null if it is invalid. `#den` is `den`. */
export function parseRoomName(raw: string): RoomName | null {
  const shown = parseName(raw.startsWith('#') ? raw.slice(1) : raw, MAX_ROOM_NAME);
  return shown === null ? null : { shown, fold: foldName(shown) };
}

/**
 * The fold of a name without the dot that case folding leaves behind `i` in `İbrahim`: not every keyboard has it, and
 * no two names differ in it alone.
 */
export function withoutDots(fold: string): string {
  return fold.replaceAll('i\u0307', 'i');
}

/**
 * Whether the rules no longer allow a name that `parseUserName` or `parseRoomName` still parses: it has a modifier
 * letter, most of which look like punctuation (`adminˍops`). Only users and rooms registered before keep theirs.
 */
export function isObsolete({ shown }: { readonly shown: string }): boolean {
  return MODIFIER_LETTER.test(shown);
}

/** Whether the name, or one that it looks like, is reserved because it could pass for the server. */
export function isReserved(name: UserName): boolean {
  return name.skeletons.some((skeleton) => RESERVED_SKELETONS.has(skeleton));
}

const ASCII_NAME = /^[a-z0-9][a-z0-9_.-]*$/i;
const MODIFIER_LETTER = /[\u02b0-\u02ff\ua700-\ua71f]/;

function parseName(raw: string, max: number): string | null {
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
 * UTS 39 compares a name as typed and folded. Capitals are added because a name is the same in any case: Greek `ΝΑΜΑΝ`
 * has no look-alike in small letters, but looks just like `NAMAN`. So is the name without hooks, where Unicode's table
 * has another letter: ʋ is a v with a hook, and looks like u. ASCII has one skeleton for all four.
 */
function skeletonsOf(shown: string, fold: string): readonly string[] {
  if (ASCII_NAME.test(shown)) return [skeletonOf(shown)];
  const looks = [shown, fold, fold.toUpperCase(), plainLetters(fold)].map(skeletonOf);
  return looks.filter((skeleton, index) => looks.indexOf(skeleton) === index);
}

const RESERVED_SKELETONS = new Set(
  ['system', 'server', 'lobby', 'everyone', 'you', 'http', 'nickserv', 'chanserv'].flatMap((name) =>
    skeletonsOf(name, name),
  ),
);
