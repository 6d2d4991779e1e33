/**
 * Splits a text into the words that SEARCH compares: whole words, folded, without any syntax of a search engine. All
 * histories share it, so that they find the same messages.
 */
import { foldName, withoutDots } from './text.js';

/** Written without spaces: each character is a word. */
const UNSPACED = ['Han', 'Hiragana', 'Katakana', 'Thai', 'Lao', 'Khmer', 'Myanmar']
  .map((rendered) => `\\p{Script=${rendered}}`)
  .join('');
const PLAIN = /^[\t -~]*$/;
const PLAIN_WORDS = /[a-z0-9]+/g;
const WORDS = new RegExp(
  `(?=[\\p{L}\\p{M}\\p{N}])[${UNSPACED}]\\p{M}*|(?:(?![${UNSPACED}])[\\p{L}\\p{M}\\p{N}])+`,
  'gu',
);

/** Runs of letters, their marks and digits, folded; each once. */
export function wordsOf(text: string): ReadonlySet<string> {
  return wordsIn(fold(text));
}

/** Whether all of these words are among those of the text. */
export function hasWords(text: string, words: readonly string[]): boolean {
  const folded = fold(text);
  if (!words.every((word) => folded.includes(word))) return false; // this alone rules out most texts
  const own = wordsIn(folded);
  return words.every((word) => own.has(word));
}

/**
 * Small sigma has two forms, and the final one depends on what follows, which is not part of the word. The dot of `İ`
 * is not part of a word either: `istanbul` finds `İstanbul`.
 */
function fold(text: string): string {
  const folded = foldName(text);
  return PLAIN.test(folded) ? folded : withoutDots(folded.replaceAll('ς', 'σ'));
}

function wordsIn(folded: string): ReadonlySet<string> {
  return new Set(folded.match(PLAIN.test(folded) ? PLAIN_WORDS : WORDS));
}
