/** Times in the output of `lines` and IRC. */

let lastTime = Number.NaN;
let lastIso = '';

/** ISO 8601 UTC with milliseconds. Keeps the last result: most messages of a turn have the same time. */
export function isoTime(at: number): string {
  if (at !== lastTime) {
    lastTime = at;
    lastIso = new Date(at).toISOString();
  }
  return lastIso;
}
