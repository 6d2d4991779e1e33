/**
 * Whether bytes are text as they stand: printable ASCII, tabs and line ends. Every byte that anyone sends is looked at
 * here, so it is looked at four at a time, which takes half as long.
 */
const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 0x20;
const TILDE = 0x7e;

const HIGH_BITS = 0x80808080;
const SPACES = 0x20202020;
const DELETES = 0x7f7f7f7f;
const ONES = 0x01010101;

/** The bytes up to `end`. */
export function isPlain(bytes: Uint8Array, end: number): boolean {
  if (bytes.byteOffset % 4 !== 0) return areBytesPlain(bytes, 0, end);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, end >> 2);
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? 0;
    if (isSuspect(word) && !areBytesPlain(bytes, 4 * index, 4 * index + 4)) return false;
  }
  return areBytesPlain(bytes, 4 * words.length, end);
}

/**
 * Whether one of four bytes may be above 0x7f, below a space, or DEL. A difference sets a byte's high bit where the
 * byte was smaller; it may borrow from its neighbour and suspect that too, but it misses none. (Bit Twiddling Hacks,
 * "Determine if a word has a byte less than n".)
 */
function isSuspect(word: number): boolean {
  const below = (word - SPACES) & ~word;
  const rest = word ^ DELETES;
  const deleted = (rest - ONES) & ~rest;
  return ((word | below | deleted) & HIGH_BITS) !== 0;
}

function areBytesPlain(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index++) {
    const byte = bytes[index] ?? 0;
    if (byte < SPACE ? byte !== LF && byte !== CR && byte !== TAB : byte > TILDE) return false;
  }
  return true;
}
