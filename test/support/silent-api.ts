/** An HTTP interface to a chat that refuses everything, for tests of other parts. */
import type { Clock } from '../../src/core/ports.js';
import type { ApiCaller, ApiPort } from '../../src/net/http/api/api-port.js';
import { refuse } from '../../src/net/http/api/errors.js';
import { HttpApi } from '../../src/net/http/api/http-api.js';

const nobody: ApiCaller = {
  account: null,
  rateKey: null,
  post: () => Promise.resolve(refuse('not-stored')),
  tell: () => Promise.resolve(refuse('not-stored')),
  messages: () => Promise.resolve(refuse('busy')),
  awaitMessages: () => Promise.resolve(refuse('busy')),
  stream: () => Promise.resolve(refuse('busy')),
  inboxStream: () => refuse('busy'),
  hook: () => null,
  rooms: () => Promise.resolve([]),
  users: () => Promise.resolve([]),
  inbox: () => Promise.resolve([]),
  clearInbox: () => Promise.resolve(null),
};

const port: ApiPort = {
  about: () => ({
    name: 'Partyline',
    version: '0.0.0',
    needsPassword: false,
    maxLineBytes: 4096,
    pasteLines: 200,
    pasteBytes: 16_384,
    minPasswordLength: 8,
    historyDays: 0,
    motd: '',
  }),
  isRoomName: (text) => /^[a-z]+$/.test(text),
  guest: () => nobody,
  identify: () => Promise.resolve(nobody),
};

export function silentApi(clock: Clock): HttpApi {
  return new HttpApi({ port, clock, mode: 'on', allowedOrigins: [], rateLimit: 0, rateBurst: 1 });
}
