/** The IRC protocol, for Partyline, ngIRCd and InspIRCd. */

import type { Dialect } from './dialect.js';

export const irc: Dialect = {
  // 376 or 422 ends the greeting: the end of the message of the day, or its absence (RFC 2812, 5.1).
  login: (name) => ({ send: `NICK ${name}\r\nUSER ${name} 0 * :${name}\r\n`, until: / (376|422) .*\r\n/ }),
  // 366 ends the list of members.
  join: { send: 'JOIN #bench\r\n', until: / 366 .*\r\n/ },
  speaker: null,
  pinger: (name) => irc.login(name),
  say: (text) => `PRIVMSG #bench :${text}\r\n`,
  tell: (name, text) => `PRIVMSG ${name} :${text}\r\n`,
  ping: 'PING x\r\n',
  farewell: () => null,
  // A line is 512 bytes with its CRLF (RFC 2812, 2.3); including the server's `:nick!user@host`.
  maxTextBytes: 400,
};

/** The same with the time and the id in front of each message. */
export const taggedIrc: Dialect = {
  ...irc,
  login: (name) => {
    const { send, until } = irc.login(name);
    return { send: `CAP REQ :server-time message-tags\r\n${send}CAP END\r\n`, until };
  },
  pinger: (name) => taggedIrc.login(name),
};
