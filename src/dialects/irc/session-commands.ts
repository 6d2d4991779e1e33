/** The commands about the client itself: NICK, AWAY, QUIT, PING, and those that are allowed before the login alone. */
import { unstyledText } from '../../core/text/styles.js';
import { cleanText, parseUserName, partOf } from '../../core/text/text.js';
import { quitReasonBytes } from './closings.js';
import {
  answer,
  type Asker,
  type Handled,
  type Handler,
  needMoreParameters,
  numeric,
  withRequest,
} from './handler.js';
import { cutToWords, fitsLine, type IrcMessage } from './message.js';
import { fail } from './fail.js';
import { pongLine } from './pong.js';
import { accountMustBeNick, MAX_NICK_BYTES, MAX_REALNAME } from './registration.js';
import { isTooLong, tooLong } from './room-commands.js';

/** In characters. */
const MAX_AWAY = 300;

function nick({ params }: IrcMessage, asker: Asker): Handled {
  const typed = cleanText(params[0] ?? '');
  if (typed === '') return numeric(asker, '431', ':No nickname given');
  const request = asker.request.about(typed);
  return withRequest(request, { kind: 'nick', name: parseUserName(typed), secret: null });
}

function away({ params }: IrcMessage, asker: Asker): Handled {
  const { request } = asker;
  const text = unstyledText(params[0] ?? '');
  // 301 has the name of its reader as well, which may be longer than that of this client.
  const bytesIn301 =
    request.bytesLeft('301', `${request.nick} :${text}`) + Buffer.byteLength(request.nick) - MAX_NICK_BYTES;
  const isRefused = text.length > MAX_AWAY || isTooLong(asker, `AWAY :${text}`) || bytesIn301 < 0;
  return isRefused ? tooLong(asker) : { kind: 'away', text };
}

/**
 * The reason is what the client says; the server's own reasons have no colon and no text of a user. One that is too long
 * is shortened and not refused: many clients close the connection without reading an answer, and others would see it
 * as lost.
 */
export function quit({ params }: IrcMessage, { sourceBytes }: Asker): Handled {
  const typed = unstyledText(params[0] ?? '');
  const bytes = quitReasonBytes(sourceBytes);
  return { kind: 'quit', reason: partOf(typed, 0, cutToWords(typed, bytes).length) };
}

function ping({ params }: IrcMessage, asker: Asker): Handled {
  const token = cleanText(params[0] ?? '');
  if (token === '') return numeric(asker, '409', ':No origin specified');
  // The client compares the whole token with the one that it sent.
  return fitsLine(pongLine(token, asker.request)) ? { kind: 'ping', token } : tooLong(asker);
}

function alreadyRegistered(_: IrcMessage, asker: Asker): Handled {
  return numeric(asker, '462', ':You may not reregister');
}

/** draft/account-registration: the account is the nick. */
function register({ params }: IrcMessage, asker: Asker): Handled {
  const [account = '', email, password] = params;
  const { request, state } = asker;
  if (email === undefined || password === undefined) return needMoreParameters(asker);
  const name = account === '*' ? state.name : parseUserName(cleanText(account));
  const own = request.about(state.name?.shown ?? '*');
  if (name === null || name.fold !== state.name?.fold) return answer(accountMustBeNick(request, account));
  return withRequest(own, { kind: 'register', password: cleanText(password) });
}

function setName({ params }: IrcMessage, asker: Asker): Handled {
  const realname = unstyledText(params[0] ?? '');
  const isRefused =
    realname === '' || [...realname].length > MAX_REALNAME || isTooLong(asker, `SETNAME :${realname}`);
  if (isRefused) return answer(fail(asker.request, 'INVALID_REALNAME', 'Realname is not valid'));
  return { kind: 'describe', realname };
}

export const SESSION_COMMANDS: Readonly<Record<string, Handler>> = {
  NICK: nick,
  AWAY: away,
  QUIT: quit,
  PING: ping,
  PONG: () => null,
  USER: alreadyRegistered,
  PASS: alreadyRegistered,
  SETNAME: setName,
  REGISTER: register,
};
