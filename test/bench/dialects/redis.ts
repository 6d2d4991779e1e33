/**
 * Redis pub/sub in RESP2. A user is a subscription to a channel of that name, a room is a channel. A subscribed
 * connection may not publish, so senders have their own connections. They switch replies off, because `MSG` has no reply
 * either. PING is the inline command, as for every peer. As an array in RESP it costs Redis less: up to half with fifty
 * in flight.
 */

import type { Dialect } from './dialect.js';

export const redis: Dialect = {
  login: (name) => ({ send: command('SUBSCRIBE', name), until: /:\d+\r\n$/ }),
  join: { send: command('SUBSCRIBE', 'bench'), until: /:\d+\r\n$/ },
  speaker: () => ({ send: command('PING') + command('CLIENT', 'REPLY', 'OFF'), until: /PONG\r\n$/ }),
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
