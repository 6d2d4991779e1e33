/**
 * Gives each name one of twelve colours. The name decides, so most names look alike in every room and browser; but a
 * name takes another colour where one that this tab has shown before has its own. So the first twelve names differ.
 */

export const COLOURS = 12;
/** Almost across the circle of hues, and without a common divisor with their number: each colour is tried. */
const STEP = 5;
/** More names take what their hash says. */
const MAX_KNOWN = 5000;

const colours = new Map<string, number>();
/** How many names have each colour. */
const uses = new Array<number>(COLOURS).fill(0);

/**
 * 1 to {@link COLOURS}: the number of a class `c1` to `c12`. It stays the same for as long as the page is open. Names that
 * differ in case alone have the same colour.
 */
export function colourOf(name: string): number {
  const folded = name.normalize('NFKC').toLowerCase();
  const known = colours.get(folded);
  if (known !== undefined) return known;
  let colour = hash(folded) % COLOURS;
  if (colours.size >= MAX_KNOWN) return colour + 1;
  const fewest = Math.min(...uses);
  while ((uses[colour] ?? 0) > fewest) colour = (colour + STEP) % COLOURS;
  uses[colour] = fewest + 1;
  colours.set(folded, colour + 1);
  return colour + 1;
}

/** FNV-1a with a final mix: names that differ in their last letter differ in the low bits too. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}
