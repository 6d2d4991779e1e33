/** Splits a text that does not fit into one line of IRC: between words where possible, never within a character. */
import { cutToWords } from './message.js';

/** The parts of a text, each of at most this many bytes. A text that fits is its only part. */
export function wrap(text: string, bytes: number): readonly string[] {
  if (text.length * 3 <= bytes || Buffer.byteLength(text) <= bytes) return [text];
  const parts: string[] = [];
  for (let rest = text; rest !== '';) {
    const part = cutToWords(rest, bytes);
    parts.push(part);
    rest = rest.slice(part.length).replace(/^ /, '');
  }
  return parts;
}
