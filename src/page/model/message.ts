/** What a line of a room says: an action or a text, and whom it mentions. */
import { foldName } from '../../core/text/fold-name.js';

/** `MSG ann * ann waves` is what ME sends. */
export function parseMessage(
  from: string,
  text: string,
): { readonly text: string; readonly isAction: boolean } {
  const prefix = `* ${from} `;
  return text.startsWith(prefix)
    ? { text: text.slice(prefix.length), isAction: true }
    : { text, isAction: false };
}

const WORDS = /[\p{L}\p{M}\p{Nd}_.-]+/gu;

/** Whether the text has the name, or one of the words, as a word of its own. */
export function isMention(text: string, name: string, words: readonly string[]): boolean {
  const wanted = new Set([name, ...words].filter((word) => word !== '').map(foldName));
  for (const [word] of text.matchAll(WORDS)) {
    if (wanted.has(foldName(word))) return true;
    // A full stop or hyphen at the end is of the sentence.
    if (wanted.has(foldName(word.replace(/[.-]+$/, '')))) return true;
  }
  return false;
}
