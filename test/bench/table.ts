/** Prints the result of a row as a table: one line per contender, then the claims. */

import { headingOf, significant, write } from './metrics.js';
import type { Line, Result } from './results.js';

export function table({ row, lines, verdicts }: Result): string {
  const metrics = [row.headline, ...row.besides];
  const [tested] = lines;
  const headings = ['', ...metrics.map(headingOf), `${tested?.name} / this`];
  const cells = lines.map((line) => [
    line.name,
    ...metrics.map((metric) => write(metric, line.medians[metric])),
    ratioCell(line),
  ]);
  return [
    `${row.id}  ${row.title}`,
    ...aligned([headings, ...cells]),
    ...lines.flatMap(({ name, remarks }) => remarks.map((remark) => `  ! ${name}: ${remark}`)),
    ...verdicts.map(({ claim, measured, holds }) => `  ${holds ? 'holds' : 'MISSED'}: ${claim}: ${measured}`),
    '',
  ].join('\n');
}

function ratioCell({ ratio }: Line): string {
  return ratio === null ? '' : `${significant(ratio)} ×`;
}

/** Aligns the first column to the left, and numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    return `  ${cells.join('   ')}`.trimEnd();
  });
}
