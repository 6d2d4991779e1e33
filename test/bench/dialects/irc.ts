/** IRC, for ngIRCd and InspIRCd. */

import type { Dialect } from './dialect.js';

export const irc: Dialect = {
  // 376 and 422 end the greeting: the end of the message of the day, or that there is none (RFC 2812, 5.1).
  login: (name) => ({ send: `NICK ${name}\r\nUSER ${name} 0 * :${name}\r\n`, until: / (376|422) .*\r\n/ }),
  // 366 ends the list of those in the room.
  join: { send: 'JOIN #bench\r\n', until: / 366 .*\r\n/ },
  speaker: null,
  pinger: (name) => irc.login(name),
  say: (text) => `PRIVMSG #bench :${text}\r\n`,
  tell: (name, text) => `PRIVMSG ${name} :${text}\r\n`,
  ping: 'PING x\r\n',
  farewell: () => null,
  // A line is 512 bytes with its CRLF (RFC 2812, 2.3); the server's `:nick!user@host` counts too.
  maxTextBytes: 400,
};
