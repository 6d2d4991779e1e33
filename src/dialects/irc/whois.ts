/** The answer to WHOIS. */
import type { UserReport } from '../../core/event.js';
import { inLines } from './names.js';
import type { IrcRequest } from './request.js';

const ROOM_BYTES_PER_LINE = 400;

export function whoisLines(user: UserReport, request: IrcRequest): string {
  const { name } = user;
  if (user.leftAt !== null)
    return (
      request.reply('401', `${request.target} :No such nick or channel`) +
      request.reply('318', `${request.target} :End of WHOIS list`)
    );
  let lines = '';
  const add = (numeric: string, rest: string) => {
    lines += request.reply(numeric, `${name} ${rest}`);
  };
  add('311', `user host * :${name}`);
  for (const rooms of inLines(
    user.rooms.map((room) => `#${room}`),
    ROOM_BYTES_PER_LINE,
  ))
    add('319', `:${rooms}`);
  add('312', `${request.server.name} :Partyline`);
  if (user.awayText !== null) add('301', `:${user.awayText}`);
  if (user.isRegistered) add('330', `${name} :is logged in as`);
  if (user.address !== null) add('378', `:is connecting from ${user.address}`);
  if (user.idleMs !== null)
    add(
      '317',
      `${Math.floor(user.idleMs / 1000)} ${Math.floor(user.since / 1000)} :seconds idle, signon time`,
    );
  add('318', ':End of WHOIS list');
  return lines;
}
