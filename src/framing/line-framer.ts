/**
 * Splits bytes into lines. A line ends with LF; CRs before it are dropped. Memory is bounded for any input: a line that
 * is too long is refused once, and its bytes are dropped up to its end.
 */
import { isUtf8 } from 'node:buffer';
import { type Framed, FrameFault, type Framer, type TelnetRequests } from '../core/dialect.js';
import { countRepeats } from './repeated-lines.js';
import { applyEditingKeys, IAC, TelnetFilter } from './telnet.js';

/** More bytes than this without a line end are not chat. */
const MAX_BYTES_WITHOUT_LF = 64 * 1024;
const LF = 10;
const CR = 13;

const LINE_TOO_LONG = new FrameFault('line-too-long');
const ENDLESS_LINE = new FrameFault('endless-line');
const NUL = /\0/g;
/** Printable ASCII, tabs and line ends, which need no decoding. */
const PLAIN = /^[\t\n\r -~]*$/;

export interface LineFramerOptions {
  /** A line is what a person typed: telnet is removed, and editing keys are applied. Default: true. */
  readonly isTyped?: boolean;
}

export class LineFramer implements Framer {
  readonly #maxLineBytes: number;
  readonly #isTyped: boolean;
  /** Created at the first IAC. */
  #telnet: TelnetFilter | null = null;
  /** Whole lines of printable ASCII and tabs. The next one begins at `#lineStart`. */
  #text = '';
  #lineStart = 0;
  /** There is a CR in `#text`, perhaps within a line. */
  #hasCrs = false;
  #isPlain = false;
  #isUtf8 = true;
  /** Bytes that were not scanned yet. */
  #bytes: Buffer | null = null;
  /** The beginning of an incomplete line; `#partialLength` bytes of it are used. */
  #partial: Buffer | null = null;
  #partialLength = 0;
  /** The line was refused: its bytes are dropped up to its LF. */
  #isSkipping = false;
  #bytesSinceLf = 0;
  #ended = false;
  #hasReceivedData = false;

  constructor(maxLineBytes: number, { isTyped = true }: LineFramerOptions = {}) {
    this.#maxLineBytes = maxLineBytes;
    this.#isTyped = isTyped;
  }

  get hasReceivedData(): boolean {
    return this.#hasReceivedData;
  }

  get isPlain(): boolean {
    return this.#isPlain;
  }

  /** Whether the last line was valid UTF-8. */
  get isUtf8(): boolean {
    return this.#isUtf8;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.isBuffer(chunk)
      ? chunk
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const data =
      this.#telnet === null && this.#isEmpty && this.#takePlainLines(bytes)
        ? null
        : this.#withoutTelnet(bytes);
    if (data === null || data.length > 0) this.#hasReceivedData = true;
    if (data !== null) this.#bytes = Buffer.concat(this.#bytes === null ? [data] : [this.#bytes, data]);
  }

  takeTelnetRequests(): TelnetRequests | null {
    return this.#telnet?.takeRequests() ?? null;
  }

  end(): void {
    this.#ended = true;
  }

  next(): Framed {
    if (this.#lineStart < this.#text.length) return this.#nextOfText();
    while (this.#bytes !== null) {
      const framed = this.#nextOfBytes(this.#bytes);
      if (framed !== null) return framed;
      if (this.#text !== '') return this.#nextOfText();
    }
    if (this.#ended && this.#partialLength > 0) return this.#finish(Buffer.alloc(0));
    return null;
  }

  /** Whole lines of the fast path alone. */
  takeRepeats(line: string, max: number): number {
    if (max === 0 || this.#text === '') return 0;
    const count = Math.min(max, countRepeats(line, this.#text, this.#lineStart));
    this.#advanceTo(this.#lineStart + count * (line.length + 1));
    return count;
  }

  /** The next line of the fast path begins here. */
  #advanceTo(lineStart: number): void {
    this.#lineStart = lineStart;
    if (lineStart < this.#text.length) return;
    this.#text = '';
    this.#lineStart = 0;
  }

  /** Nothing is left of earlier chunks. */
  get #isEmpty(): boolean {
    return this.#text === '' && this.#bytes === null && this.#partial === null && !this.#isSkipping;
  }

  /**
   * The fast path: plain lines become one string, and only the bytes after the last one are copied. False if the lines
   * are not plain.
   */
  #takePlainLines(bytes: Buffer): boolean {
    const { length } = bytes;
    const end = bytes[length - 1] === LF ? length : bytes.lastIndexOf(LF) + 1;
    if (end === 0) return false;
    const text = bytes.toString('latin1', 0, end);
    if (!PLAIN.test(text)) return false;
    const rest = end === length ? null : bytes.subarray(end);
    if (this.#isTyped && rest?.includes(IAC) === true) return false;
    this.#text = text;
    this.#lineStart = 0;
    this.#hasCrs = text.includes('\r');
    this.#bytesSinceLf = 0;
    this.#bytes = rest === null ? null : Buffer.from(rest);
    return true;
  }

  /** Removed bytes also count towards the limit of bytes without a line end. */
  #withoutTelnet(bytes: Buffer): Buffer {
    if (!this.#isTyped || (this.#telnet === null && !bytes.includes(IAC))) return bytes;
    this.#telnet ??= new TelnetFilter(this.#isAtLineStart);
    const data = this.#telnet.filter(bytes);
    this.#bytesSinceLf += bytes.length - data.length;
    return data;
  }

  get #isAtLineStart(): boolean {
    const last = this.#bytes?.at(-1);
    return last === undefined ? this.#partialLength === 0 && !this.#isSkipping : last === LF;
  }

  #nextOfText(): Framed {
    this.#isUtf8 = true;
    const start = this.#lineStart;
    const lf = this.#text.indexOf('\n', start);
    let end = lf;
    while (this.#hasCrs && end > start && this.#text.charCodeAt(end - 1) === CR) end--;
    const line = this.#text.slice(start, end);
    this.#isPlain = !this.#hasCrs || !line.includes('\r');
    this.#advanceTo(lf + 1);
    return end - start > this.#maxLineBytes ? LINE_TOO_LONG : line;
  }

  #nextOfBytes(bytes: Buffer): Framed {
    const lf = bytes.indexOf(LF);
    if (lf === -1) {
      this.#bytes = null;
      return this.#addPartial(bytes);
    }
    this.#bytes = lf + 1 === bytes.length ? null : bytes.subarray(lf + 1);
    const isSkipped = this.#isSkipping;
    const wasIncomplete = isSkipped || this.#partial !== null;
    const isEndless = this.#bytesSinceLf + lf > MAX_BYTES_WITHOUT_LF;
    this.#bytesSinceLf = 0;
    this.#isSkipping = false;
    if (isEndless) return ENDLESS_LINE;
    const framed = isSkipped ? null : this.#finish(bytes.subarray(0, lf));
    if (wasIncomplete && this.#bytes !== null) this.#takePlainLines(this.#bytes);
    return framed;
  }

  /** Copies the beginning of a line, or enough of it to know that it is too long. */
  #addPartial(bytes: Buffer): Framed {
    this.#bytesSinceLf += bytes.length;
    if (this.#bytesSinceLf > MAX_BYTES_WITHOUT_LF) return ENDLESS_LINE;
    if (this.#isSkipping) return null;
    const needed = this.#partialLength + bytes.length;
    if (this.#partial === null || this.#partial.length < needed) {
      // Doubled, so that a line received one byte at a time is not copied each time.
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#partialLength));
      this.#partial?.copy(grown, 0, 0, this.#partialLength);
      this.#partial = grown;
    }
    bytes.copy(this.#partial, this.#partialLength);
    this.#partialLength = needed;
    if (lengthWithoutCrs(this.#partial, needed) <= this.#maxLineBytes) return null;
    this.#partial = null;
    this.#partialLength = 0;
    this.#isSkipping = true;
    return LINE_TOO_LONG;
  }

  #finish(rest: Buffer): Framed {
    this.#isPlain = false;
    const line =
      this.#partial === null ? rest : Buffer.concat([this.#partial.subarray(0, this.#partialLength), rest]);
    this.#partial = null;
    this.#partialLength = 0;
    const length = lengthWithoutCrs(line, line.length);
    if (length > this.#maxLineBytes) return LINE_TOO_LONG;
    this.#isUtf8 = this.#isTyped || isUtf8(line.subarray(0, length));
    const text = decode(line, length);
    return this.#isTyped ? applyEditingKeys(text) : text;
  }
}

/** The length of a line without the CRs at its end. */
function lengthWithoutCrs(line: Buffer, length: number): number {
  let end = length;
  while (end > 0 && line[end - 1] === CR) end--;
  return end;
}

/** Invalid UTF-8 becomes U+FFFD, and NUL is removed. */
function decode(line: Buffer, length: number): string {
  return line.toString('utf8', 0, length).replace(NUL, '');
}
