/** The protocol `lines` of Partyline and SocketChat. */

import type { Dialect } from './dialect.js';

// Notices of the room may come before and after it.
const OK = /^OK\n/m;

export const lines: Dialect = {
  login: (name) => ({ send: `LOGIN ${name}\n`, until: OK }),
  join: { send: 'JOIN bench\n', until: OK },
  speaker: null,
  pinger: (name) => lines.login(name),
  say: (text) => `MSG ${text}\n`,
  tell: (name, text) => `DM ${name} ${text}\n`,
  ping: 'PING\n',
  farewell: (name) => `INFO ${name} disconnected\n`,
  maxTextBytes: 4000,
};
