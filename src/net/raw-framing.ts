/** The framing of a plain byte stream. A WebSocket has its own. */
import type { Bytes, Framing } from '../core/ports.js';

/** TCP and TLS: the UTF-8 of the text, and nothing else. */
export const rawFraming: Framing = {
  frame: (text) => text,
  encode: (framed: string): Bytes => Buffer.from(framed, 'utf8'),
  // Node copies a text to the stack, where it has 16 KB: up to three bytes for each code unit.
  maxTextLength: 4096,
  isByteStream: true,
};
