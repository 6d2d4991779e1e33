/** The commands that ask about users: WHO, WHOIS. */
import type { ParsedLine } from '../../core/dialect.js';
import { cleanText, foldName, parseRoomName, typedName } from '../../core/text/text.js';
import { type Asker, type Handler, listOf, needMoreParameters, numeric, withRequest } from './handler.js';
import type { IrcMessage } from './message.js';
import { wordOf } from './registration.js';
import { WHO_STYLE, whoxStyle } from './who.js';

/** `WHO #dev`, `WHO *.example o`, `WHO #dev %nuh,7`. */
function who({ params }: IrcMessage, asker: Asker): ParsedLine {
  const [first = '', options = ''] = params.map((parameter) => cleanText(parameter));
  const typed = first === '' || first === '0' ? '*' : first;
  const request = asker.request.about(first === '' ? '*' : wordOf(first));
  const percent = options.indexOf('%');
  const style = percent === -1 ? WHO_STYLE : whoxStyle(options.slice(percent + 1));
  const flags = percent === -1 ? options : options.slice(0, percent);
  const operatorsOnly = flags.includes('o');
  if (typed.startsWith('#'))
    return withRequest(request, { kind: 'members', room: parseRoomName(typed), style, operatorsOnly });
  const mask = { shown: typed, fold: foldName(typed) };
  return withRequest(request, { kind: 'users', mask, style, operatorsOnly });
}

/** `WHOIS ann`, `WHOIS <server> ann`: one user at a time. The end names what was asked for, a list also in whole. */
function* whois({ params }: IrcMessage, asker: Asker): Iterable<ParsedLine> {
  const [first = '', second] = params;
  const asked = second ?? first;
  const [nick = ''] = listOf(asked);
  const typed = cleanText(nick);
  if (typed === '') {
    yield numeric(asker, '431', ':No nickname given');
    return;
  }
  yield withRequest(asker.request.about(wordOf(typed)), { kind: 'whois', who: typedName(typed) });
  yield numeric(asker, '318', `${wordOf(cleanText(asked))} :End of WHOIS list`);
}

/** Users of one USERHOST (RFC 2812, 4.8). */
const MAX_USERHOSTS = 5;

function userhost({ params }: IrcMessage, asker: Asker): ParsedLine {
  if (params.length === 0) return needMoreParameters(asker);
  return { kind: 'present', who: params.slice(0, MAX_USERHOSTS).map((nick) => typedName(cleanText(nick))) };
}

function isOn({ params }: IrcMessage, asker: Asker): ParsedLine {
  const nicks = params.flatMap((parameter) => parameter.split(' ')).filter((nick) => nick !== '');
  if (nicks.length === 0) return needMoreParameters(asker);
  return { kind: 'present', who: nicks.map((nick) => typedName(cleanText(nick))) };
}

export const QUERY_COMMANDS: Readonly<Record<string, Handler>> = {
  WHO: who,
  WHOIS: whois,
  USERHOST: userhost,
  ISON: isOn,
};
