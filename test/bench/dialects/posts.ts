/** A message and its confirmation: a POST over HTTP/1.1, and MSG with PING in `lines`. Both wait until it is stored. */

import type { Dialect } from './dialect.js';
import { lines } from './lines.js';

const TEXT = 'x'.repeat(64);

const request = [
  'POST /rooms/bench/messages HTTP/1.1',
  'Host: localhost',
  'User-Agent: curl/8.5.0',
  'Accept: */*',
  `Content-Length: ${TEXT.length}`,
  'Content-Type: application/x-www-form-urlencoded',
  '',
  TEXT,
].join('\r\n');

export const posts: Dialect = {
  ...lines,
  pinger: () => ({ send: 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n', until: /ok\n$/ }),
  ping: request,
  // Of `HTTP/1.1 201 Created`: no header of the response has another one.
  pongLetter: 'H',
};

export const storedLines: Dialect = {
  ...lines,
  pinger: (name) => ({ send: `LOGIN ${name}\nJOIN bench\nPING\n`, until: /^PONG\n/m }),
  ping: `MSG ${TEXT}\nPING\n`,
};
