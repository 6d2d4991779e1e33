/**
 * Text as WebSocket frames (RFC 6455, 5.2), and where such frames end. The frames of a server are not masked, so one
 * buffer of them serves every reader.
 */
import type { Bytes, Framing } from '../../core/ports.js';
import type { IrcSubprotocol } from './subprotocols.js';

/** A whole message in one frame: FIN and opcode 1 for text, 2 for bytes. */
const TEXT = '\x81';
const BINARY = '\x82';
type FrameKind = typeof TEXT | typeof BINARY;
const SHORT = 126;
const MEDIUM = 65_536;

/** The headers of short frames, two bytes each, as latin1. */
const SHORT_HEADERS = {
  [TEXT]: shortHeaders(TEXT),
  [BINARY]: shortHeaders(BINARY),
};

/** One text frame per line, without its LF, as WebSocket clients expect. */
export const webSocketFraming = framesOfLines(1);

/** The same with the LF, as MaChat's clients expect. */
export const webSocketFramingWithLf = framesOfLines(0);

/** One frame per line of IRC, without its CR LF, by the subprotocol. */
export const ircFramings: Readonly<Record<IrcSubprotocol, Framing>> = {
  'text.ircv3.net': framesOfLines(2),
  'binary.ircv3.net': framesOfLines(2, BINARY),
};

/** Text without an LF (a prompt) is a frame too. Framed text is latin1: one character per byte. */
function framesOfLines(omittedBytes: 0 | 1 | 2, kind: FrameKind = TEXT): Framing {
  return {
    frame(text: string): string {
      const payload = Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString('latin1');
      const { length } = payload;
      let frames = '';
      for (let from = 0, next = 0; from < length; from = next) {
        const lf = payload.indexOf('\n', from);
        next = lf + 1 || length;
        const to = lf === -1 ? length : next - omittedBytes;
        frames += headerOf(to - from, kind) + payload.slice(from, to);
      }
      return frames;
    },

    encode: (framed: string): Bytes => Buffer.from(framed, 'latin1'),
  };
}

/** The header of a frame with this many bytes, as latin1. */
function headerOf(length: number, kind: FrameKind): string {
  const short = SHORT_HEADERS[kind][length];
  if (short !== undefined) return short;
  if (length < MEDIUM) return `${kind}\x7e${bigEndian(length, 2)}`;
  return `${kind}\x7f${bigEndian(length, 8)}`;
}

function shortHeaders(kind: FrameKind): readonly string[] {
  return Array.from({ length: SHORT }, (_, length) => kind + String.fromCharCode(length));
}

function bigEndian(value: number, size: number): string {
  let bytes = '';
  for (let rest = value; bytes.length < size; rest = Math.floor(rest / 256))
    bytes = String.fromCharCode(rest % 256) + bytes;
  return bytes;
}

/** The last buffer found to hold whole frames only: often that of a room, written to each of its members. */
let lastWhole: Bytes | null = null;

/** Tracks unmasked frames that are written in pieces: a ping or a close may only be written between two frames. */
export class FrameEnds {
  /** Payload bytes of the current frame that are not written yet. */
  #payloadLeft = 0;
  /** Written bytes of the current header, and the length that they give so far. */
  #headerBytes = 0;
  #headerSize = 2;
  #length = 0;

  /** Whether the last frame is written completely. */
  get isAtEnd(): boolean {
    return this.#payloadLeft === 0 && this.#headerBytes === 0;
  }

  follow(bytes: Bytes): void {
    const wasAtEnd = this.isAtEnd;
    if (wasAtEnd && bytes === lastWhole) return;
    const { length } = bytes;
    for (let at = 0; at < length;) {
      if (this.#payloadLeft === 0) {
        this.#readHeader(bytes[at] ?? 0);
        at++;
      } else {
        const step = Math.min(this.#payloadLeft, length - at);
        this.#payloadLeft -= step;
        at += step;
      }
    }
    if (wasAtEnd && this.isAtEnd) lastWhole = bytes;
  }

  #readHeader(byte: number): void {
    this.#headerBytes++;
    if (this.#headerBytes === 2) {
      this.#headerSize = byte < SHORT ? 2 : byte === SHORT ? 4 : 10;
      this.#length = byte < SHORT ? byte : 0;
    } else if (this.#headerBytes > 2) {
      this.#length = this.#length * 256 + byte;
    }
    if (this.#headerBytes < 2 || this.#headerBytes < this.#headerSize) return;
    this.#payloadLeft = this.#length;
    this.#headerBytes = 0;
  }
}
