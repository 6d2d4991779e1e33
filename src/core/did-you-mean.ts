/** A typo's likely meaning, so that a refusal can say what to type next. */

export interface NearestLimits {
  /** How many candidates are looked at before giving up: a hint may not cost more than the command it is about. */
  readonly maxCandidates?: number;
  /** How many slips apart two words may be. By default none for one letter, 1 for two or three, 2 for more. */
  readonly maxSlips?: number;
}

/**
 * The candidate with the fewest slips from what was typed, the first of equals, or null when none is near. A slip is
 * a letter too many, too few, wrong, or two swapped (optimal string alignment). Case does not count.
 *
 * @example nearest('bbo', ['ann', 'bob']) // 'bob'
 */
export function nearest(
  typed: string,
  candidates: Iterable<string>,
  limits: NearestLimits = {},
): string | null {
  const { maxCandidates = 2000, maxSlips = slipsForgiven(typed) } = limits;
  const wanted = typed.toLowerCase();
  let best: string | null = null;
  let fewest = maxSlips + 1;
  let looked = 0;
  for (const candidate of candidates) {
    if (looked === maxCandidates || fewest === 0) break;
    looked += 1;
    if (Math.abs(candidate.length - wanted.length) >= fewest) continue;
    const count = slips(wanted, candidate.toLowerCase(), fewest);
    if (count >= fewest) continue;
    best = candidate;
    fewest = count;
  }
  return best;
}

function slipsForgiven(typed: string): number {
  if (typed.length < 2) return 0;
  return typed.length <= 3 ? 1 : 2;
}

/**
 * The slips between two words, or `enough` when there are that many. Only the band of the table where fewer are
 * possible is filled, so that a crowd of long names costs little: `row[k]` stands for the column `i + k - band`.
 */
function slips(a: string, b: string, enough: number): number {
  const band = enough - 1;
  let beforeLast: number[] = [];
  let last: number[] = [];
  for (let i = 0; i <= a.length; i++) {
    const row: number[] = [];
    for (let k = 0; k <= 2 * band; k++) {
      const j = i + k - band;
      if (j < 0 || j > b.length) row.push(Infinity);
      else if (i === 0 || j === 0) row.push(i + j);
      else {
        const wrong = at(last, k) + (a[i - 1] === b[j - 1] ? 0 : 1);
        const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(beforeLast, k) + 1 : Infinity;
        row.push(Math.min(wrong, swapped, at(last, k + 1) + 1, at(row, k - 1) + 1));
      }
    }
    if (Math.min(...row) >= enough) return enough;
    beforeLast = last;
    last = row;
  }
  return Math.min(enough, at(last, band + b.length - a.length));
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
