/** The answer to WHOIS, without its end. */
import type { UserReport } from '../../core/event.js';
import { has, MULTI_PREFIX } from './caps.js';
import { inLines, prefixOf } from './names.js';
import type { IrcRequest } from './request.js';

export function whoisLines(user: UserReport, request: IrcRequest): string {
  const { name, by, rooms, statuses, awayText, address, idleMs, since } = user;
  if (user.leftAt !== null) return request.reply('401', `${request.target} :No such nick or channel`);
  let lines = '';
  const add = (numeric: string, rest: string) => {
    lines += request.reply(numeric, `${name} ${rest}`);
  };
  add('311', `${by.user} ${by.host} * :${by.realname}`);
  const channels = rooms.map((room, index) => {
    const status = statuses[index];
    return `${status === undefined ? '' : prefixOf(status, has(request.caps, MULTI_PREFIX))}#${room}`;
  });
  for (const line of inLines(channels, request.bytesLeft('319', `${name} :`))) add('319', `:${line}`);
  add('312', `${request.server.name} :Partyline`);
  if (awayText !== null) add('301', `:${awayText}`);
  if (user.isOperator) add('313', ':is an IRC operator');
  if (by.account !== null) add('330', `${by.account} :is logged in as`);
  if (by.isBot) add('335', ':is a Bot');
  if (address !== null) add('378', `:is connecting from *@${address} ${address}`);
  if (idleMs !== null)
    add('317', `${Math.floor(idleMs / 1000)} ${Math.floor(since / 1000)} :seconds idle, signon time`);
  return lines;
}
