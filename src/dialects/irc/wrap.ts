/** Splits a text that does not fit into one line of IRC: between words where possible, never within a character. */
import { cutToWords } from './message.js';

/** The parts of a text, each of at most this many bytes. A text that fits is its only part. */
export function wrap(text: string, bytes: number): readonly string[] {
  if (text.length * 3 <= bytes || Buffer.byteLength(text) <= bytes) return [text];
  const parts: string[] = [];
  for (let rest = text; rest !== '';) {
    // A character is never split, also where the line has no room for it.
    const part = cutToWords(rest, bytes) || String.fromCodePoint(rest.codePointAt(0) ?? 0);
    parts.push(part);
    rest = rest.slice(part.length).replace(/^ /, '');
  }
  return parts;
}
