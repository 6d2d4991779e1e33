/** The commands about the client itself: NICK, AWAY, QUIT, PING, and those that are allowed before the login alone. */
import { cleanText, parseUserName, typedName } from '../../core/text/text.js';
import { type Asker, type Handled, type Handler, listOf, numeric, withRequest } from './handler.js';
import type { IrcMessage } from './message.js';
import { tooLong } from './room-commands.js';

/** In characters. */
const MAX_AWAY = 300;

function nick({ params }: IrcMessage, asker: Asker): Handled {
  const typed = cleanText(params[0] ?? '');
  if (typed === '') return numeric(asker, '431', ':No nickname given');
  const request = asker.request.about(typed);
  return withRequest(request, { kind: 'nick', name: parseUserName(typed), secret: null });
}

function away({ params }: IrcMessage, asker: Asker): Handled {
  const text = cleanText(params[0] ?? '');
  return text.length > MAX_AWAY ? tooLong(asker) : { kind: 'away', text };
}

/** The reason is what the client says; the server's own reasons have no colon and no text of a user. */
export function quit({ params }: IrcMessage): Handled {
  return { kind: 'quit', reason: cleanText(params[0] ?? '') };
}

function ping({ params }: IrcMessage, asker: Asker): Handled {
  const token = cleanText(params[0] ?? '');
  return token === '' ? numeric(asker, '409', ':No origin specified') : { kind: 'ping', token };
}

function alreadyRegistered(_: IrcMessage, asker: Asker): Handled {
  return numeric(asker, '462', ':You may not reregister');
}

function* whois({ params }: IrcMessage, asker: Asker) {
  const [first = '', second] = params;
  const nicks = listOf(second ?? first);
  if (nicks.length === 0) yield numeric(asker, '431', ':No nickname given');
  for (const typed of nicks.slice(0, 1).map((one) => cleanText(one)))
    yield withRequest(asker.request.about(typed), { kind: 'whois', who: typedName(typed) });
}

export const SESSION_COMMANDS: Readonly<Record<string, Handler>> = {
  NICK: nick,
  AWAY: away,
  QUIT: quit,
  PING: ping,
  PONG: () => null,
  USER: alreadyRegistered,
  PASS: alreadyRegistered,
  WHOIS: whois,
};
