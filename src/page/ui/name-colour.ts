/** Gives each name one of eight colours. It depends on the name alone, so it is the same in every room and browser. */

export const COLOURS = 8;

const known = new Map<string, number>();
const MAX_KNOWN = 5000;

/** 1 to {@link COLOURS}: the number of a class `c1` to `c8`. Names that differ in case alone have the same colour. */
export function colourOf(name: string): number {
  const colour = known.get(name);
  if (colour !== undefined) return colour;
  if (known.size >= MAX_KNOWN) known.clear();
  const made = (hash(name.normalize('NFKC').toLowerCase()) % COLOURS) + 1;
  known.set(name, made);
  return made;
}

/** FNV-1a with a final mix: names that differ in their last letter differ in the low bits too. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}
