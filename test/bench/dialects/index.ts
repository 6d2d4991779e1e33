/** The protocols by name: a load process gets a name, since an object cannot be sent to it. */

import type { Dialect } from './dialect.js';
import { irc, taggedIrc } from './irc.js';
import { lines } from './lines.js';
import { linesOverWebSocket } from './lines-over-websocket.js';
import { nats } from './nats.js';
import { posts, storedLines } from './posts.js';
import { redis } from './redis.js';
import { sse } from './sse.js';

export type DialectName =
  | 'lines'
  | 'lines over WebSocket'
  | 'sse'
  | 'posts'
  | 'stored lines'
  | 'redis'
  | 'nats'
  | 'irc'
  | 'irc with tags';

export const dialects: Record<DialectName, Dialect> = {
  lines,
  'lines over WebSocket': linesOverWebSocket,
  sse,
  posts,
  'stored lines': storedLines,
  redis,
  nats,
  irc,
  'irc with tags': taggedIrc,
};
