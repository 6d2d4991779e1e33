/** `lines`, Partyline's and SocketChat's language. */

import type { Dialect } from './dialect.js';

// Notices for the room may stand before it and behind it.
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
