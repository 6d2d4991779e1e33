/** Parses and cleans user input, once at the edge. Only this file gives a string the type Text. */

import { hasLooseMarks, skeletonOf } from './confusables.js';
import { plainLetters } from './plain-letters.js';

declare const textBrand: unique symbol;

/** Text that may reach another user or a log: no control characters, no invisible ones. */
export type Text = string & { readonly [textBrand]: true };

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

const NEVER_SENT: readonly (readonly [first: number, last: number])[] = [
  [0x00, 0x08], // C0 up to TAB
  [0x0a, 0x1f], // C0 after TAB
  [0x7f, 0x9f], // DEL and C1
  [0xad, 0xad], // soft hyphen
  [0x061c, 0x061c], // Arabic letter mark
  [0x180e, 0x180e], // Mongolian vowel separator
  [0x200b, 0x200b], // zero width space; 200C and 200D join letters and emoji, and stay
  [0x200e, 0x200f], // direction marks
  [0x2028, 0x2029], // line and paragraph separators
  [0x202a, 0x202e], // bidi overrides
  [0x2060, 0x2064], // word joiner, invisible operators
  [0x2066, 0x2069], // bidi isolates
  [0x206a, 0x206f], // deprecated format characters
  [0xfeff, 0xfeff], // byte order mark
  [0xfff9, 0xfffb], // interlinear annotation
  [0xe0000, 0xe007f], // tags
];

const PLAIN = /^[\t -~]*$/;
// Lone surrogates are replaced in the same pass: if a character between two of them went first, they would be a pair.
const UNCLEAN = new RegExp(`[\\p{Surrogate}${NEVER_SENT.map(rangeInClass).join('')}]`, 'gu');
const SURROGATE = /\p{Surrogate}/u;

/**
 * Removes the characters that PROTOCOL §1 forbids in text that others see; a lone surrogate becomes U+FFFD. Never
 * fails. Text known to be printable ASCII and tabs is not scanned again, which saves 7 % of a direct message's cost.
 */
export function cleanText(raw: string, isPlain = false): Text {
  const clean =
    isPlain || PLAIN.test(raw) ? raw : raw.replace(UNCLEAN, (bad) => (SURROGATE.test(bad) ? '\ufffd' : ''));
  return clean as Text;
}

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
 * The key by which a typed name is looked up: `Ann`, `ANN` and full-width `Ａｎｎ` give `ann`. JavaScript has no case
 * folding. Down, up and down again has the same effect: letters with two small forms meet in capitals (σ and ς, ß and
 * ss), letters with two capitals met before (ẞ and SS). NFKC before and after undoes compatibility forms.
 */
export function foldName(raw: string): string {
  if (PLAIN.test(raw)) return raw.toLowerCase();
  return raw.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC');
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

function rangeInClass([first, last]: readonly [number, number]): string {
  return `\\u{${first.toString(16)}}-\\u{${last.toString(16)}}`;
}

/** A part of a text. Parts of clean text are clean, as long as no character is cut in two. */
export function partOf(text: Text, start: number, end = text.length): Text {
  return text.slice(start, end) as Text;
}

/** Copies a text: a part of a packet would keep the whole packet in memory. */
export function copyText(text: Text): Text {
  return separate(text) as Text;
}

/** V8 stores a substring as a pointer into the whole string. A substring of a new string points into that one. */
function separate(text: string): string {
  return ` ${text}`.slice(1);
}
