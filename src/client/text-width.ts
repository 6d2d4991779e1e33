/** How many columns of a terminal a text takes: two for East Asian and emoji characters, none for combining ones. */

/** A tab is drawn as spaces; its width does not depend on its column, so that a line may be wrapped anywhere. */
const TAB_COLUMNS = 4;
const PLAIN = /^[ -~]*$/;
const ZERO = /^[\p{M}\p{Cf}]/u;
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|^\S*\ufe0f/u;

const segmenter = new Intl.Segmenter();

/** The characters of a text as a user counts them: a letter with its marks, or an emoji of several code points, is one. */
export function graphemesOf(text: string): readonly string[] {
  return PLAIN.test(text) ? [...text] : Array.from(segmenter.segment(text), ({ segment }) => segment);
}

export function widthOf(grapheme: string): number {
  if (grapheme === '\t') return TAB_COLUMNS;
  if (PLAIN.test(grapheme)) return 1;
  if (ZERO.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}

/** The grapheme as it is written to the terminal. */
export function drawn(grapheme: string): string {
  return grapheme === '\t' ? ' '.repeat(TAB_COLUMNS) : grapheme;
}
