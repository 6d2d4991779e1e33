/** Server-sent events over HTTP/1.1. Readers only read, so the senders are clients of `lines`. */

import type { Dialect } from './dialect.js';
import { lines } from './lines.js';

/** The reader is in the room once its stream has begun. The head and the first chunk end with this. */
const BEGUN = /retry: \d+\n\n\r\n$/;

export const sse: Dialect = {
  ...lines,
  login: () => ({ send: request('/healthz'), until: /ok\n$/ }),
  join: { send: request('/rooms/bench/events.sse'), until: BEGUN },
  speaker: (name) => ({ send: `LOGIN ${name}\nJOIN bench\nPING\n`, until: /^PONG\n/m }),
};

function request(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
}
