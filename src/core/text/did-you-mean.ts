/** Finds the name that is nearest to a mistyped one, so that a refusal can suggest it. */

export interface NearestLimits {
  /** How many candidates are compared: a hint may not cost more than the command itself. */
  readonly maxCandidates?: number;
  /** The largest distance of two words. By default 0 for one letter, 1 for two or three, 2 for more. */
  readonly maxSlips?: number;
}

/**
 * The candidate with the fewest slips from the typed name, the first of equals, or null when none is near. A slip is
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
 * possible is filled, with a wall of `enough` on both sides, so that a crowd of long names costs little: `row[k]` is
 * the column `i + k - enough`.
 */
function slips(a: string, b: string, enough: number): number {
  const wall = 2 * enough;
  let beforeLast: number[] = [];
  let last: number[] = [];
  for (let i = 0; i <= a.length; i++) {
    const row = new Array<number>(wall + 1).fill(enough);
    let least = enough;
    for (let k = 1; k < wall; k++) {
      const j = i + k - enough;
      if (j < 0 || j > b.length) continue;
      const count = i === 0 || j === 0 ? i + j : slipsAt(i, j, k, row);
      row[k] = count;
      if (count < least) least = count;
    }
    if (least === enough) return enough;
    beforeLast = last;
    last = row;
  }
  return last[enough + b.length - a.length] ?? enough;

  function slipsAt(i: number, j: number, k: number, row: readonly number[]): number {
    const letter = a.charCodeAt(i - 1);
    const other = b.charCodeAt(j - 1);
    if (letter === other) return last[k] ?? enough;
    const swapped = letter === b.charCodeAt(j - 2) && other === a.charCodeAt(i - 2);
    const before = Math.min(last[k] ?? enough, last[k + 1] ?? enough, row[k - 1] ?? enough);
    return 1 + (swapped ? Math.min(before, beforeLast[k] ?? enough) : before);
  }
}
