/** Parses the names that users type, once at the edge. */

import type { Text } from './clean-text.js';
import { skeletonOf } from './confusables.js';
import { foldName } from './fold-name.js';
import { plainLetters } from './plain-letters.js';
import { ASCII_NAME, parseName } from './spelling.js';

export { cleanText, copyText, partOf, type Text } from './clean-text.js';
export { foldName } from './fold-name.js';
export { parseRoomName, type RoomName } from './spelling.js';

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

const MAX_USER_NAME = 32;

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

const MODIFIER_LETTER = /[\u02b0-\u02ff\ua700-\ua71f]/;

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
