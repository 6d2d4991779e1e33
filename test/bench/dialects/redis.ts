/**
 * Redis pub/sub in RESP2. A user is a subscription to a channel of that name, a room is a channel.
 * A connection that subscribes may not publish, so speakers have their own; they switch replies off,
 * because `MSG` is not answered either. Its PING is the inline command, the line that every peer is sent; as an
 * array in RESP it costs Redis less, up to a half where fifty are in flight.
 */

import type { Dialect } from './dialect.js';

export const redis: Dialect = {
  login: (name) => ({ send: command('SUBSCRIBE', name), until: /:\d+\r\n$/ }),
  join: { send: command('SUBSCRIBE', 'bench'), until: /:\d+\r\n$/ },
  speaker: { send: command('PING') + command('CLIENT', 'REPLY', 'OFF'), until: /PONG\r\n$/ },
  pinger: () => ({ send: command('PING'), until: /PONG\r\n$/ }),
  say: (text) => command('PUBLISH', 'bench', text),
  tell: (name, text) => command('PUBLISH', name, text),
  ping: 'PING\r\n',
  farewell: () => null,
  maxTextBytes: 4000,
};

function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}
