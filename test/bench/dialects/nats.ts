/**
 * The NATS protocol. A user and a room are subjects. With `echo: false` an author does not get its own messages, as in
 * `lines`. The server sends PING once, two seconds after connecting; no pattern here matches it.
 */

import type { Dialect } from './dialect.js';

const CONNECT = 'CONNECT {"verbose":false,"pedantic":false,"echo":false}\r\n';
const PONG = /PONG\r\n/;

export const nats: Dialect = {
  login: (name) => ({ send: `${CONNECT}SUB user.${name} 1\r\nPING\r\n`, until: PONG }),
  join: { send: 'SUB room.bench 2\r\nPING\r\n', until: PONG },
  speaker: null,
  pinger: () => ({ send: `${CONNECT}PING\r\n`, until: PONG }),
  say: (text) => publish('room.bench', text),
  tell: (name, text) => publish(`user.${name}`, text),
  ping: 'PING\r\n',
  farewell: () => null,
  maxTextBytes: 4000,
};

function publish(subject: string, text: string): string {
  return `PUB ${subject} ${text.length}\r\n${text}\r\n`;
}
