/**
 * Splits MaChat's bytes: one JSON object, which need not end with a line end, and then lines. The end of the object is
 * found by counting braces outside of strings. Its content is parsed by the dialect.
 */
import type { Framed, Framer, TelnetRequests } from '../core/dialect.js';
import { TelnetFilter } from './telnet.js';

const NUL = 0x00;
const SPACE = 0x20;
const QUOTE = byteOf('"');
const BACKSLASH = byteOf('\\');
const OPEN = byteOf('{');
const CLOSE = byteOf('}');
/** The bytes of an object outside of strings: punctuation, numbers, the letters of true, false and null. */
const OUTSIDE_STRINGS = new Set(Buffer.from('{}[]:,"+-.0123456789Eaeflnrstu \t\r\n'));
const BYTE_ORDER_MARK = Buffer.from('\ufeff');
const BLANK = new Set(Buffer.from(' \t\r\n'));

/**
 * The first frame is the text of the object. If the bytes are not an object, or exceed the limit, the first frame ends
 * with the byte that shows it: such a text never parses as an object.
 */
export class JsonFramer implements Framer {
  readonly #lines: Framer;
  readonly #telnet = new TelnetFilter();
  /** The object so far, `#length` bytes of it; null once it has ended. */
  #pending: Buffer | null;
  #length = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** The whole object, until `next` returns it. */
  #object: string | null = null;
  #ended = false;
  #hasReceivedData = false;

  constructor(maxObjectBytes: number, lines: Framer) {
    this.#pending = Buffer.allocUnsafeSlow(maxObjectBytes);
    this.#lines = lines;
  }

  get hasReceivedData(): boolean {
    return this.#hasReceivedData;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#hasReceivedData = true;
    const rest = this.#pending === null ? chunk : chunk.subarray(this.#collect(this.#pending, chunk));
    if (rest.length > 0) this.#lines.push(rest);
  }

  takeTelnetRequests(): TelnetRequests | null {
    return this.#telnet.takeRequests() ?? this.#lines.takeTelnetRequests?.() ?? null;
  }

  end(): void {
    this.#ended = true;
    this.#lines.end();
  }

  next(): Framed {
    if (this.#pending !== null && this.#ended && this.#length > 0) this.#finish(this.#pending);
    if (this.#object === null) return this.#pending === null ? this.#lines.next() : null;
    const object = this.#object;
    this.#object = null;
    return object;
  }

  /** Copies the bytes of the object, and returns how many of the chunk they are. */
  #collect(pending: Buffer, chunk: Uint8Array): number {
    let taken = 0;
    for (const byte of chunk) {
      taken++;
      if (!this.#telnet.isData(byte) || byte === NUL) continue;
      pending[this.#length++] = byte;
      if (!this.#endsWith(byte) && this.#length < pending.length) continue;
      this.#finish(pending);
      break;
    }
    return taken;
  }

  /** Whether the object ends with this byte: it is complete, or cannot become one. */
  #endsWith(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
      return byte < SPACE;
    }
    if (byte === OPEN) this.#depth++;
    else if (this.#depth === 0) return !BLANK.has(byte) && !this.#isByteOrderMark(byte);
    else if (byte === QUOTE) this.#inString = true;
    else if (byte === CLOSE) this.#depth--;
    return this.#depth === 0 || !OUTSIDE_STRINGS.has(byte);
  }

  /** Whether this byte, the last so far, belongs to a byte order mark at the beginning. */
  #isByteOrderMark(byte: number): boolean {
    const index = this.#length - 1;
    return (
      byte === BYTE_ORDER_MARK[index] &&
      (index === 0 || this.#pending?.[index - 1] === BYTE_ORDER_MARK[index - 1])
    );
  }

  #finish(pending: Buffer): void {
    this.#object = pending.toString('utf8', 0, this.#length);
    this.#pending = null;
  }
}

function byteOf(character: string): number {
  return character.charCodeAt(0);
}
