/**
 * Text as chunks of an HTTP/1.1 response (RFC 9112, 7.1), and the end of such a response. The chunk is made once for all
 * readers, so Node's own chunks are not used.
 */
import type { Bytes, Framing } from '../../../core/ports.js';

const EMPTY: Bytes = new Uint8Array(0);

export const chunkedFraming: Framing = {
  frame: (text) => text,
  encode(framed: string): Bytes {
    // An empty chunk would end the response.
    if (framed === '') return EMPTY;
    return Buffer.from(`${Buffer.byteLength(framed).toString(16)}\r\n${framed}\r\n`);
  },
};

export const LAST_CHUNK: Bytes = Buffer.from('0\r\n\r\n');
