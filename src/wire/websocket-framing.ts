/**
 * Text as WebSocket frames (RFC 6455, 5.2), and where such frames end. A server's frames carry no mask, so that one
 * buffer of them serves every reader.
 */
import type { Bytes, Framing } from '../core/ports.js';

const LF = 10;
/** A whole text message in one frame: FIN and opcode 1. */
const TEXT = '\x81';
const SHORT = 126;
const MEDIUM = 65_536;

/** The headers of short frames, two bytes each, as latin1. */
const SHORT_HEADERS = Array.from({ length: SHORT }, (_, length) => TEXT + String.fromCharCode(length));

/** One text frame a line, its LF included; what has no LF (a prompt) is a frame, too. */
export const webSocketFraming: Framing = {
  encode(text: string): Bytes {
    return Buffer.byteLength(text) === text.length ? encodeAscii(text) : encodeAny(text);
  },
};

/** Headers and text are one string of bytes, which Node copies at once: half the cost of a copy a line. */
function encodeAscii(text: string): Bytes {
  const { length } = text;
  let frames = '';
  for (let from = 0, to = 0; from < length; from = to) {
    to = text.indexOf('\n', from) + 1 || length;
    frames += headerOf(to - from) + text.slice(from, to);
  }
  return Buffer.from(frames, 'latin1');
}

function encodeAny(text: string): Bytes {
  const payload = Buffer.from(text, 'utf8');
  const { length } = payload;
  const pieces: Buffer[] = [];
  for (let from = 0, to = 0; from < length; from = to) {
    to = payload.indexOf(LF, from) + 1 || length;
    pieces.push(Buffer.from(headerOf(to - from), 'latin1'), payload.subarray(from, to));
  }
  return Buffer.concat(pieces);
}

/** The header of a text frame with so many bytes, as latin1. */
function headerOf(length: number): string {
  const short = SHORT_HEADERS[length];
  if (short !== undefined) return short;
  if (length < MEDIUM) return `${TEXT}\x7e${bigEndian(length, 2)}`;
  return `${TEXT}\x7f${bigEndian(length, 8)}`;
}

function bigEndian(value: number, size: number): string {
  let bytes = '';
  for (let rest = value; bytes.length < size; rest = Math.floor(rest / 256))
    bytes = String.fromCharCode(rest % 256) + bytes;
  return bytes;
}

/** The buffer last found to be whole frames: a room's, on its way to all of its members. */
let knownWhole: Bytes | null = null;

/** Follows frames without masks as they go out in pieces: only between two frames may a ping or a close go. */
export class FrameEnds {
  /** Bytes of the payload that have not gone yet. */
  #left = 0;
  /** Bytes of a header that have gone, and what they said so far. */
  #seen = 0;
  #headerSize = 2;
  #length = 0;

  /** Whether all that went out is whole frames. */
  get atEnd(): boolean {
    return this.#left === 0 && this.#seen === 0;
  }

  follow(bytes: Bytes): void {
    const whole = this.atEnd;
    if (whole && bytes === knownWhole) return;
    const { length } = bytes;
    for (let at = 0; at < length;) {
      if (this.#left === 0) {
        this.#readHeader(bytes[at] ?? 0);
        at++;
      } else {
        const step = Math.min(this.#left, length - at);
        this.#left -= step;
        at += step;
      }
    }
    if (whole && this.atEnd) knownWhole = bytes;
  }

  #readHeader(byte: number): void {
    this.#seen++;
    if (this.#seen === 2) {
      this.#headerSize = byte < SHORT ? 2 : byte === SHORT ? 4 : 10;
      this.#length = byte < SHORT ? byte : 0;
    } else if (this.#seen > 2) {
      this.#length = this.#length * 256 + byte;
    }
    if (this.#seen < 2 || this.#seen < this.#headerSize) return;
    this.#left = this.#length;
    this.#seen = 0;
  }
}
