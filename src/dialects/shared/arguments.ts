/** Splits the arguments of a command into words, numbers and text, in the same way for every dialect. */
import { MAX_SEARCH_WORDS } from '../../core/limits.js';
import { partOf, type Text } from '../../core/text/text.js';
import { wordsOf } from '../../core/text/search-words.js';

const DEFAULT_HISTORY = 20;
const MAX_HISTORY = 500;

/** Removes spaces and tabs at both ends; other white space is text. */
export function trim(text: Text): Text {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : partOf(text, start, end);
}

/** The index behind the word at `start`. */
export function endOfWord(text: string, start = 0): number {
  let end = start;
  while (end < text.length && !isBlank(text.charCodeAt(end))) end++;
  return end;
}

/** The index of the first character from `start` on that is not a blank. */
export function skipBlanks(text: string, start: number): number {
  let index = start;
  while (index < text.length && isBlank(text.charCodeAt(index))) index++;
  return index;
}

/** The first word, and the trimmed remainder. */
export function cut(text: Text): readonly [Text, Text] {
  const end = endOfWord(text);
  return [partOf(text, 0, end), trim(partOf(text, end))];
}

export function split(text: string): readonly string[] {
  return text === '' ? [] : text.split(/[ \t]+/);
}

export function isOneWord(text: string): boolean {
  return split(text).length === 1;
}

/** Null if the word is not a whole number of decimal digits. */
export function wholeNumber(word: string): number | null {
  return /^\d+$/.test(word) ? Math.min(Number(word), Number.MAX_SAFE_INTEGER) : null;
}

/** The number of messages to show, 20 without a word; null if the word is not a number above 0. */
export function historyLimit(word: string | undefined): number | null {
  if (word === undefined) return DEFAULT_HISTORY;
  const limit = wholeNumber(word);
  return limit === null || limit === 0 ? null : Math.min(limit, MAX_HISTORY);
}

/** The different words to search for; null if there are more than 32. */
export function searchWords(text: string): readonly string[] | null {
  const words = wordsOf(text);
  return words.size > MAX_SEARCH_WORDS ? null : [...words];
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
