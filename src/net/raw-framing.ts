/** How text becomes the bytes of a transport. */
import type { Bytes, Framing } from '../core/ports.js';

/** TCP, and TLS over it: the text's UTF-8, nothing around it. */
export const rawFraming: Framing = {
  frame: (words) => words,
  encode: (framed: string): Bytes => Buffer.from(framed, 'utf8'),
};
