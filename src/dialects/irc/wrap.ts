/** Splits a text that does not fit into one line of IRC: between words where possible, never within a character. */
import { cutToBytes } from './message.js';

/** A space this far from the end of a part is used; a longer word is split. */
const MAX_LOOK_BACK = 100;

/** The parts of a text, each of at most this many bytes. A text that fits is its only part. */
export function wrap(text: string, bytes: number): readonly string[] {
  if (text.length * 3 <= bytes || Buffer.byteLength(text) <= bytes) return [text];
  const parts: string[] = [];
  for (let rest = text; rest !== '';) {
    const part = firstPart(rest, bytes);
    parts.push(part);
    rest = rest.slice(part.length).replace(/^ /, '');
  }
  return parts;
}

function firstPart(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const most = cutToBytes(text, bytes);
  if (text[most.length] === ' ') return most;
  const space = most.lastIndexOf(' ');
  return space > 0 && most.length - space <= MAX_LOOK_BACK ? most.slice(0, space) : most;
}
