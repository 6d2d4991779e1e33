/**
 * MaChat's bytes: one JSON object, which no line end need follow, and then lines. Finds where the object ends by
 * counting braces outside of strings; what it means is for others to say.
 */
import type { Framed, Framer } from '../core/dialect.js';
import { TelnetFilter } from './telnet.js';

const NUL = 0x00;
const SPACE = 0x20;
const QUOTE = byteOf('"');
const BACKSLASH = byteOf('\\');
const OPEN = byteOf('{');
const CLOSE = byteOf('}');
/** What may stand in an object outside of strings: marks, numbers, the letters of true, false and null. */
const OUTSIDE_STRINGS = new Set(Buffer.from('{}[]:,"+-.0123456789Eaeflnrstu \t\r\n'));
const BLANK = new Set(Buffer.from(' \t\r\n'));

/**
 * Its first frame is the text of the object. Bytes that are none, or not within the limit, are handed on up to the one
 * that shows it: such a text never parses as an object.
 */
export class JsonFramer implements Framer {
  readonly #lines: Framer;
  readonly #telnet = new TelnetFilter();
  /** The object so far, `#length` bytes of it; null once it has ended. */
  #held: Buffer | null;
  #length = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** The object, until it is asked for. */
  #object: string | null = null;
  #ended = false;
  #hasReceivedData = false;

  constructor(maxObjectBytes: number, lines: Framer) {
    this.#held = Buffer.allocUnsafeSlow(maxObjectBytes);
    this.#lines = lines;
  }

  get hasReceivedData(): boolean {
    return this.#hasReceivedData;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#hasReceivedData = true;
    const rest = this.#held === null ? chunk : chunk.subarray(this.#collect(this.#held, chunk));
    if (rest.length > 0) this.#lines.push(rest);
  }

  end(): void {
    this.#ended = true;
    this.#lines.end();
  }

  next(): Framed {
    if (this.#held !== null && this.#ended && this.#length > 0) this.#finish(this.#held);
    if (this.#object === null) return this.#held === null ? this.#lines.next() : null;
    const object = this.#object;
    this.#object = null;
    return object;
  }

  /** Keeps what belongs to the object, and says how many bytes that were. */
  #collect(held: Buffer, chunk: Uint8Array): number {
    let taken = 0;
    for (const byte of chunk) {
      taken++;
      if (!this.#telnet.keeps(byte) || byte === NUL) continue;
      held[this.#length++] = byte;
      if (!this.#endsWith(byte) && this.#length < held.length) continue;
      this.#finish(held);
      break;
    }
    return taken;
  }

  /** Whether the object ends with this byte, well or because it can be none. */
  #endsWith(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
      return byte < SPACE;
    }
    if (byte === OPEN) this.#depth++;
    else if (this.#depth === 0) return !BLANK.has(byte);
    else if (byte === QUOTE) this.#inString = true;
    else if (byte === CLOSE) this.#depth--;
    return this.#depth === 0 || !OUTSIDE_STRINGS.has(byte);
  }

  #finish(held: Buffer): void {
    this.#object = held.toString('utf8', 0, this.#length);
    this.#held = null;
  }
}

function byteOf(character: string): number {
  return character.charCodeAt(0);
}
