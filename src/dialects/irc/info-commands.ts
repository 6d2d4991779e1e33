/** The commands that ask about the server: MOTD, VERSION, TIME, INFO, ADMIN, LINKS. */
import { Matcher } from '../../core/text/mask.js';
import { cleanText, foldName } from '../../core/text/text.js';
import { isupport, motd } from './burst.js';
import { answer, type Asker, byPresence, type Handled, type Handler } from './handler.js';
import type { IrcMessage } from './message.js';
import { wordOf } from './registration.js';
import type { IrcRequest } from './request.js';

/**
 * A question about a server. One that is not this server is unknown, unless it is the nick of a user (modern.ircdocs.horse).
 */
function aboutServer(lines: (request: IrcRequest) => string, position = 0): Handler {
  return ({ params }, asker) => {
    const { request } = asker;
    const typed = cleanText(params[position] ?? '');
    if (typed === '' || new Matcher(foldName(typed)).matches(foldName(request.server.name)))
      return answer(lines(request));
    return byPresence(asker, typed, (isOnline) =>
      isOnline ? lines(request) : request.reply('402', `${wordOf(typed)} :No such server`),
    );
  };
}

function version(request: IrcRequest): string {
  const { name, version: number } = request.server;
  return request.reply('351', `${number} ${name} :a chat server`) + isupport(request);
}

function time(request: IrcRequest): string {
  const now = new Date();
  const { name } = request.server;
  return request.reply('391', `${name} ${Math.floor(now.getTime() / 1000)} 0 :${now.toUTCString()}`);
}

function info(request: IrcRequest): string {
  const { version: number, startedAt } = request.server;
  const lines = [`${number}, a chat server`, `Started ${new Date(startedAt).toUTCString()}`];
  return (
    lines.map((line) => request.reply('371', `:${line}`)).join('') + request.reply('374', ':End of INFO list')
  );
}

function admin(request: IrcRequest): string {
  return request.reply('423', `${request.server.name} :No administrative info available`);
}

function links(_: unknown, { request }: Asker): Handled {
  return answer(request.reply('365', '* :End of LINKS list'));
}

const DAY_SECONDS = 86_400;

/** `STATS u`: how long the server has run. Other letters have an empty answer. */
function stats(message: IrcMessage, asker: Asker): Handled {
  const letter = cleanText(message.params[0] ?? '').slice(0, 1) || '*';
  return aboutServer((request) => statsLines(letter, request), 1)(message, asker);
}

function statsLines(letter: string, request: IrcRequest): string {
  const end = request.reply('219', `${letter} :End of STATS report`);
  if (letter !== 'u') return end;
  const up = Math.max(0, Math.floor((Date.now() - request.server.startedAt) / 1000));
  const seconds = up % DAY_SECONDS;
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const time = `${Math.floor(seconds / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`;
  return request.reply('242', `:Server Up ${Math.floor(up / DAY_SECONDS)} days ${time}`) + end;
}

export const INFO_COMMANDS: Readonly<Record<string, Handler>> = {
  MOTD: aboutServer(motd),
  LUSERS: () => ({ kind: 'census' }),
  VERSION: aboutServer(version),
  TIME: aboutServer(time),
  INFO: aboutServer(info),
  ADMIN: aboutServer(admin),
  LINKS: links,
  STATS: stats,
};
