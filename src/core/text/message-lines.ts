/** Splits a text into the messages of a paste: a line each, within the limits. */
import { MAX_PASTE_BYTES, MAX_PASTE_LINES } from '../limits.js';
import { cleanText, type Text } from './text.js';

export interface LineLimits {
  readonly maxLineBytes: number;
  /** The length of a text in UTF-8. */
  readonly byteLength: (text: string) => number;
}

/** The lines that are not empty, cleaned. `usage`: all of them are empty. */
export function messageLines(
  text: string,
  { maxLineBytes, byteLength }: LineLimits,
): readonly Text[] | 'usage' | 'line-too-long' | 'paste-too-long' {
  const lines = text.split(/\r*\n/);
  const texts = lines.map((line) => cleanText(line)).filter((line) => line.trim() !== '');
  if (texts.length === 0) return 'usage';
  const sizes = lines.map(byteLength);
  if (sizes.some((size) => size > maxLineBytes)) return 'line-too-long';
  const isTooLong =
    texts.length > MAX_PASTE_LINES || sizes.reduce((sum, size) => sum + size, 0) > MAX_PASTE_BYTES;
  return isTooLong ? 'paste-too-long' : texts;
}
