/**
 * Splits a line into the rows of a terminal: at blanks where possible, else inside a word. The colours of `styleText` are
 * closed at the end of a row and opened again on the next one, so that each row can be drawn alone.
 */
import { drawn, graphemesOf, widthOf } from './text-width.js';

interface Cell {
  readonly text: string;
  readonly width: number;
  /** An escape sequence that sets a colour. */
  readonly isStyle: boolean;
}

const STYLE = /(\u001b\[\d+m)/;
const RESET = '\u001b[0m';
/** The codes that each code ends. */
const ENDS: Readonly<Record<string, RegExp>> = {
  '0': /^/,
  '22': /\[[12]m$/,
  '27': /\[7m$/,
  '39': /\[[39]\dm$/,
};

export function wrap(line: string, columns: number): readonly string[] {
  const cells = cellsOf(line);
  const rows: string[] = [];
  let open: readonly string[] = [];
  for (let start = 0; start < cells.length || rows.length === 0;) {
    const end = rowEnd(cells, start, columns);
    const row = cells.slice(start, end);
    const styled = open.join('') + row.map(({ text }) => drawn(text)).join('');
    open = openStyles(row, open);
    rows.push(open.length === 0 ? styled : styled + RESET);
    start = end;
    // The blanks at a break are not shown; those at the start of a line are.
    while (start < cells.length && cells[start]?.text === ' ') start++;
  }
  return rows;
}

function cellsOf(line: string): readonly Cell[] {
  return line.split(STYLE).flatMap((part, index): readonly Cell[] => {
    if (index % 2 === 1) return [{ text: part, width: 0, isStyle: true }];
    return graphemesOf(part).map((text) => ({ text, width: widthOf(text), isStyle: false }));
  });
}

/** The index after the last cell of a row: at least one further than `start`, except at the end. */
function rowEnd(cells: readonly Cell[], start: number, columns: number): number {
  let used = 0;
  let afterBlank = -1;
  let hasWord = false;
  for (let index = start; index < cells.length; index++) {
    const cell = cells[index];
    if (cell === undefined) break;
    const isBlank = cell.text === ' ' || cell.text === '\t';
    if (used + cell.width > columns) {
      if (isBlank) return Math.max(index, start + 1);
      return afterBlank > start ? afterBlank : Math.max(index, start + 1);
    }
    used += cell.width;
    if (isBlank && hasWord) afterBlank = index + 1;
    if (!isBlank && !cell.isStyle) hasWord = true;
  }
  return cells.length;
}

/** The codes that are still in effect after these cells. */
function openStyles(cells: readonly Cell[], before: readonly string[]): readonly string[] {
  let open = before;
  for (const { text, isStyle } of cells) {
    if (!isStyle) continue;
    const ended = ENDS[text.slice(2, -1)];
    open = ended === undefined ? [...open, text] : open.filter((code) => !ended.test(code));
  }
  return open;
}
