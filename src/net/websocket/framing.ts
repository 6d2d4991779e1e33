/**
 * Text as WebSocket frames (RFC 6455, 5.2), and where such frames end. A server's frames carry no mask, so that one
 * buffer of them serves every reader.
 */
import type { Bytes, Framing } from '../../core/ports.js';

/** A whole text message in one frame: FIN and opcode 1. */
const TEXT = '\x81';
const SHORT = 126;
const MEDIUM = 65_536;

/** The headers of short frames, two bytes each, as latin1. */
const SHORT_HEADERS = Array.from({ length: SHORT }, (_, length) => TEXT + String.fromCharCode(length));

/** One text frame a line, its LF included; what has no LF (a prompt) is a frame, too. Framed words are latin1: a letter a byte. */
export const webSocketFraming: Framing = {
  frame(words: string): string {
    const payload = Buffer.byteLength(words) === words.length ? words : Buffer.from(words).toString('latin1');
    const { length } = payload;
    let frames = '';
    for (let from = 0, to = 0; from < length; from = to) {
      to = payload.indexOf('\n', from) + 1 || length;
      frames += headerOf(to - from) + payload.slice(from, to);
    }
    return frames;
  },

  encode: (framed: string): Bytes => Buffer.from(framed, 'latin1'),
};

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
