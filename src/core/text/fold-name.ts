/** The key by which names are compared. */

const ASCII = /^[\t -~]*$/;

/**
 * The key by which a typed name is looked up: `Ann`, `ANN` and full-width `Ａｎｎ` give `ann`. JavaScript has no case
 * folding. Down, up and down again has the same effect: letters with two small forms meet in capitals (σ and ς, ß and
 * ss), letters with two capitals met before (ẞ and SS). NFKC before and after undoes compatibility forms.
 */
export function foldName(raw: string): string {
  if (ASCII.test(raw)) return raw.toLowerCase();
  return raw.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC');
}
