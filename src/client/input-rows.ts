/** The rows of the input line on a terminal, with its prompt, and the place of the cursor in them. */
import { drawn, graphemesOf, widthOf } from './text-width.js';

export interface InputRows {
  readonly rows: readonly string[];
  readonly cursorRow: number;
  readonly cursorColumn: number;
}

/** At most `maxRows` rows: those around the cursor. A row is full when the next character does not fit. */
export function layOutInput(before: string, after: string, columns: number, maxRows: number): InputRows {
  const rows = [''];
  let used = 0;
  const add = (text: string) => {
    for (const grapheme of graphemesOf(text)) {
      const width = widthOf(grapheme);
      if (used + width > columns) {
        rows.push('');
        used = 0;
      }
      rows[rows.length - 1] += drawn(grapheme);
      used += width;
    }
  };
  add(before);
  // The cursor stands on a column of its own, behind a full row at the start of the next one.
  if (used >= columns) {
    rows.push('');
    used = 0;
  }
  const [cursorRow, cursorColumn] = [rows.length - 1, used];
  add(after);
  const first = Math.max(0, Math.min(rows.length - maxRows, cursorRow));
  return { rows: rows.slice(first, first + maxRows), cursorRow: cursorRow - first, cursorColumn };
}
