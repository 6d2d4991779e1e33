/** The key by which names are compared. */

const ASCII = /^[\t -~]*$/;

/**
 * The key by which a typed name is looked up: `Ann`, `ANN` and full-width `Ａｎｎ` give `ann`. JavaScript has no case
 * folding. Down, up and down again has the same effect: letters with two small forms meet in capitals (σ and ς, ß and
 * ss), letters with two capitals met before (ẞ and SS). NFKC before and after undoes compatibility forms.
 */
export function foldName(raw: string): string {
  return folds.get(raw) ?? remembered(raw);
}

/** Direct messages name the same few users again and again. Longer strings could keep the packet that they are cut from. */
const MAX_REMEMBERED = 2048;
const MAX_REMEMBERED_LENGTH = 12;
const folds = new Map<string, string>();

function remembered(raw: string): string {
  const fold = folded(raw);
  if (raw.length > MAX_REMEMBERED_LENGTH) return fold;
  if (folds.size === MAX_REMEMBERED) folds.clear();
  folds.set(raw, fold);
  return fold;
}

function folded(raw: string): string {
  if (ASCII.test(raw)) return raw.toLowerCase();
  return raw.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC');
}
