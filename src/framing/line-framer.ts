/**
 * Bytes to lines. A line ends with LF; CRs before it are dropped. Memory is bounded whatever comes: a line too long
 * is refused once, and skipped to its end without being kept.
 */
import { type Framed, FrameFault, type Framer } from '../core/dialect.js';
import { applyEditingKeys, IAC, TelnetFilter } from './telnet.js';

/** This many bytes without a line end are no chat. */
const ENDLESS_BYTES = 64 * 1024;
const LF = 10;
const CR = 13;

const LINE_TOO_LONG = new FrameFault('line-too-long');
const ENDLESS_LINE = new FrameFault('endless-line');
const NUL = /\0/g;
/** Printable ASCII, tabs and line ends: text as it stands. */
const PLAIN = /^[\t\n\r -~]*$/;

export class LineFramer implements Framer {
  readonly #maxLineBytes: number;
  /** Made when the first IAC comes. */
  #telnet: TelnetFilter | null = null;
  /** Whole lines as text, when all of them is printable ASCII and tabs; #next is where the next one begins. */
  #text = '';
  #next = 0;
  /** There is a CR in it, perhaps within a line. */
  #hasCrs = false;
  #isPlain = false;
  /** Bytes not looked at yet. */
  #bytes: Buffer | null = null;
  /** The beginning of a line whose end has not come; `#heldLength` bytes of it are used. */
  #held: Buffer | null = null;
  #heldLength = 0;
  /** The line was refused: drop all up to its LF. */
  #skipping = false;
  /** Bytes since the last LF. */
  #sinceEnd = 0;
  #ended = false;
  #hasReceivedData = false;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  get hasReceivedData(): boolean {
    return this.#hasReceivedData;
  }

  get isPlain(): boolean {
    return this.#isPlain;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.isBuffer(chunk)
      ? chunk
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const data =
      this.#telnet === null && this.#isIdle && this.#takeText(bytes) ? null : this.#withoutTelnet(bytes);
    if (data === null || data.length > 0) this.#hasReceivedData = true;
    if (data !== null) this.#bytes = Buffer.concat(this.#bytes === null ? [data] : [this.#bytes, data]);
  }

  end(): void {
    this.#ended = true;
  }

  next(): Framed {
    if (this.#next < this.#text.length) return this.#nextOfText();
    while (this.#bytes !== null) {
      const framed = this.#nextOfBytes(this.#bytes);
      if (framed !== null) return framed;
      if (this.#text !== '') return this.#nextOfText();
    }
    if (this.#ended && this.#heldLength > 0) return this.#finish(Buffer.alloc(0));
    return null;
  }

  /** Nothing is left of what came before. */
  get #isIdle(): boolean {
    return this.#text === '' && this.#bytes === null && this.#held === null && !this.#skipping;
  }

  /** The fast way: plain lines become text at once, and only what follows the last of them stays. False if they are not plain. */
  #takeText(bytes: Buffer): boolean {
    const { length } = bytes;
    const end = bytes[length - 1] === LF ? length : bytes.lastIndexOf(LF) + 1;
    if (end === 0) return false;
    const text = bytes.toString('latin1', 0, end);
    if (!PLAIN.test(text)) return false;
    const rest = end === length ? null : bytes.subarray(end);
    if (rest?.includes(IAC)) return false;
    this.#text = text;
    this.#next = 0;
    this.#hasCrs = text.includes('\r');
    this.#sinceEnd = 0;
    this.#bytes = rest === null ? null : Buffer.from(rest);
    return true;
  }

  /** Swallowed bytes count towards an endless line all the same. */
  #withoutTelnet(bytes: Buffer): Buffer {
    if (this.#telnet === null && !bytes.includes(IAC)) return bytes;
    this.#telnet ??= new TelnetFilter();
    const data = this.#telnet.filter(bytes);
    this.#sinceEnd += bytes.length - data.length;
    return data;
  }

  #nextOfText(): Framed {
    this.#isPlain = !this.#hasCrs;
    const start = this.#next;
    const lf = this.#text.indexOf('\n', start);
    this.#next = lf + 1;
    let end = lf;
    while (this.#hasCrs && end > start && this.#text.charCodeAt(end - 1) === CR) end--;
    const line = this.#text.slice(start, end);
    if (this.#next === this.#text.length) {
      this.#text = '';
      this.#next = 0;
    }
    return end - start > this.#maxLineBytes ? LINE_TOO_LONG : line;
  }

  #nextOfBytes(bytes: Buffer): Framed {
    const lf = bytes.indexOf(LF);
    if (lf === -1) {
      this.#bytes = null;
      return this.#hold(bytes);
    }
    this.#bytes = lf + 1 === bytes.length ? null : bytes.subarray(lf + 1);
    const skipped = this.#skipping;
    const completed = skipped || this.#held !== null;
    const endless = this.#sinceEnd + lf > ENDLESS_BYTES;
    this.#sinceEnd = 0;
    this.#skipping = false;
    if (endless) return ENDLESS_LINE;
    const framed = skipped ? null : this.#finish(bytes.subarray(0, lf));
    if (completed && this.#bytes !== null) this.#takeText(this.#bytes);
    return framed;
  }

  /** Keeps the beginning of a line, or as much as is needed to know that it is too long. */
  #hold(bytes: Buffer): Framed {
    this.#sinceEnd += bytes.length;
    if (this.#sinceEnd > ENDLESS_BYTES) return ENDLESS_LINE;
    if (this.#skipping) return null;
    const needed = this.#heldLength + bytes.length;
    if (this.#held === null || this.#held.length < needed) {
      // Doubled, so that a line that comes a byte a packet is not copied each time.
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#heldLength));
      this.#held?.copy(grown, 0, 0, this.#heldLength);
      this.#held = grown;
    }
    bytes.copy(this.#held, this.#heldLength);
    this.#heldLength = needed;
    if (lengthWithoutCrs(this.#held, needed) <= this.#maxLineBytes) return null;
    this.#held = null;
    this.#heldLength = 0;
    this.#skipping = true;
    return LINE_TOO_LONG;
  }

  #finish(rest: Buffer): Framed {
    this.#isPlain = false;
    const line = this.#held === null ? rest : Buffer.concat([this.#held.subarray(0, this.#heldLength), rest]);
    this.#held = null;
    this.#heldLength = 0;
    const length = lengthWithoutCrs(line, line.length);
    return length > this.#maxLineBytes ? LINE_TOO_LONG : decode(line, length);
  }
}

/** Bytes of a line up to the CRs before its end. */
function lengthWithoutCrs(line: Buffer, length: number): number {
  let end = length;
  while (end > 0 && line[end - 1] === CR) end--;
  return end;
}

/** Bytes that are not UTF-8 become U+FFFD; NUL is removed; editing keys take effect. */
function decode(line: Buffer, length: number): string {
  return applyEditingKeys(line.toString('utf8', 0, length).replace(NUL, ''));
}
