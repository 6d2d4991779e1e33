/**
 * Text with the formatting of IRC: bold, colours and the like, nine control characters that IRC clients may send each
 * other. Everything else that text must not hold is removed here as well. Only this file makes a string Styled.
 */
import { cleanText, type Text } from './text.js';

declare const styledBrand: unique symbol;

/** For live output to readers of IRC alone: nothing stores it. */
export type Styled = string & { readonly [styledBrand]: true };

const CODES = '\\x02\\x03\\x04\\x0f\\x11\\x16\\x1d\\x1e\\x1f';
const HAS_CODE = new RegExp(`[${CODES}]`);
const CODE = new RegExp(`([${CODES}])`);
/** With the digits of a colour, which belong to it. */
const WHOLE_CODES = new RegExp(
  `\\x03(?:\\d{1,2}(?:,\\d{1,2})?)?|\\x04(?:[\\da-f]{6}(?:,[\\da-f]{6})?)?|[${CODES}]`,
  'gi',
);

export interface StyledText {
  /** Without formatting. */
  readonly text: Text;
  /** With it; null if there is none. */
  readonly styled: Styled | null;
}

export function styledText(raw: string): StyledText {
  const text = unstyledText(raw);
  if (!HAS_CODE.test(raw)) return { text, styled: null };
  const styled = raw
    .split(CODE)
    .map((part, index) => (index % 2 === 1 ? part : cleanText(part)))
    .join('');
  return { text, styled: styled as Styled };
}

/** The text alone: the digits of a colour go with its code, which would be left as a part of the text. */
export function unstyledText(raw: string): Text {
  // Cleaned last: a removed code may have joined two halves of a character that was cut by it.
  return cleanText(HAS_CODE.test(raw) ? raw.replace(WHOLE_CODES, '') : raw);
}
