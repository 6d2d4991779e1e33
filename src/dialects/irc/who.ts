/** WHO and WHOX: the users of a room, or those that a mask matches, a line each. */
import type { HubEvent, ListedUser } from '../../core/event.js';
import { has, MULTI_PREFIX } from './caps.js';
import { prefixOf } from './names.js';
import type { IrcRequest } from './request.js';

/** The style of plain WHO, and the beginning of that of WHOX: the fields and the token follow. */
export const WHO_STYLE = 'who';
const WHOX = 'whox ';

/** In the order in which they are sent, whatever the order in which they are asked for. */
const FIELDS = 'tcuihsnfdlaor';
const MAX_TOKEN = 3;

/** The style for `%tcu,7`. */
export function whoxStyle(fields: string): string {
  const [letters = '', token = ''] = fields.split(',', 2);
  const isToken = token.length <= MAX_TOKEN && /^\d+$/.test(token);
  return `${WHOX}${[...FIELDS].filter((field) => letters.includes(field)).join('')},${isToken ? token : '0'}`;
}

export function whoLines(event: Extract<HubEvent, { kind: 'members' }>, request: IrcRequest): string {
  const { users, style, last } = event;
  const lineOf = style.startsWith(WHOX) ? whoxLine(style.slice(WHOX.length)) : whoLine;
  const lines = users.map((user) => lineOf(user, request)).join('');
  return last ? lines + request.reply('315', `${request.target} :End of WHO list`) : lines;
}

function whoLine(user: ListedUser, request: IrcRequest): string {
  const { who, room } = user;
  const channel = room === null ? '*' : `#${room}`;
  const { user: word, host, name, realname } = who;
  const place = `${channel} ${word} ${host} ${request.server.name} ${name} ${flagsOf(user, request)}`;
  return request.reply('352', `${place} :0 ${realname}`);
}

function whoxLine(asked: string): (user: ListedUser, request: IrcRequest) => string {
  const [letters = '', token = ''] = asked.split(',');
  return (user, request) => {
    const { who, room, address, idleMs } = user;
    const values: Readonly<Record<string, string>> = {
      t: token,
      c: room === null ? '*' : `#${room}`,
      u: who.user,
      // A bot of the server's own process has none.
      i: address === null || address === '' ? '255.255.255.255' : address,
      h: who.host,
      s: request.server.name,
      n: who.name,
      f: flagsOf(user, request),
      d: '0',
      l: String(Math.floor(idleMs / 1000)),
      a: who.account ?? '0',
      o: 'n/a',
      r: `:${who.realname}`,
    };
    return request.reply('354', [...letters].map((letter) => values[letter] ?? '*').join(' '));
  };
}

/** Here or gone, operator of the server, status, bot (modern.ircdocs.horse, RPL_WHOREPLY). */
function flagsOf({ isAway, isOperator, who, status }: ListedUser, { caps }: IrcRequest): string {
  const prefix = prefixOf(status, has(caps, MULTI_PREFIX));
  return `${isAway ? 'G' : 'H'}${isOperator ? '*' : ''}${prefix}${who.isBot ? 'B' : ''}`;
}
