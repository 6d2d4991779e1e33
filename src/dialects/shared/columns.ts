/** Lays out short texts in columns, for a terminal. */

/** The width of a terminal line, less the prefix of a line. */
const LINE_WIDTH = 79;
const GAP = '  ';

/**
 * The texts in columns of equal width, row by row. A text that is too long for a line gets one of its own.
 *
 * @param prefixWidth characters that stand in front of each line
 */
export function inColumns(texts: readonly string[], prefixWidth: number): readonly string[] {
  const width = LINE_WIDTH - prefixWidth;
  const widest = Math.max(0, ...texts.map(widthOf));
  const count = Math.max(1, Math.floor((width + GAP.length) / (widest + GAP.length)));
  const lines: string[] = [];
  for (let start = 0; start < texts.length; start += count) {
    const cells = texts.slice(start, start + count);
    lines.push(
      cells
        .map((cell) => cell + ' '.repeat(widest - widthOf(cell)))
        .join(GAP)
        .trimEnd(),
    );
  }
  return lines;
}

/** Characters, not UTF-16 units. Wide East Asian characters count as two columns. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : MARK.test(character) ? 0 : 1;
  return width;
}

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/;
const MARK = /\p{M}/u;
