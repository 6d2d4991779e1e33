/** The protocol `lines` in WebSocket frames: one per line, masked as browsers do. */

import type { Dialect } from './dialect.js';
import { lines } from './lines.js';

const request = [
  'GET /ws HTTP/1.1',
  'Host: bench',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];
// Any mask except 0: servers skip the unmasking of 0.
const mask = [0x37, 0xfa, 0x21, 0x3d];
const OK = /OK/;

export const linesOverWebSocket: Dialect = {
  ...lines,
  login: (name) => ({ ...lines.login(name), until: OK }),
  join: { ...lines.join, until: OK },
  pinger: (name) => linesOverWebSocket.login(name),
  wrapping: {
    open: { send: `${request.join('\r\n')}\r\n\r\n`, until: /^HTTP\/1\.1 101 [^]*\r\n\r\n$/ },
    wrap: (text) => text.replace(/[^\n]*\n/g, textFrame),
  },
};

/** RFC 6455, 5.2: FIN and opcode 1, the mask bit and the length, the mask, the masked payload. Latin-1. */
function textFrame(line: string): string {
  const { length } = line;
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 0xff];
  let payload = '';
  for (let at = 0; at < length; at += 1)
    payload += String.fromCharCode(line.charCodeAt(at) ^ (mask[at % 4] ?? 0));
  return String.fromCharCode(0x81, ...size, ...mask) + payload;
}
