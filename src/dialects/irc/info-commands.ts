/** The commands that ask about the server: MOTD, VERSION, TIME, INFO, ADMIN, LINKS. */
import { cleanText } from '../../core/text/text.js';
import { isupport, motd } from './burst.js';
import { answer, type Asker, type Handled, type Handler } from './handler.js';
import type { IrcMessage } from './message.js';

function showMotd(_: unknown, { request }: Asker): Handled {
  return answer(motd(request));
}

function version(_: unknown, { request }: Asker): Handled {
  const { name, version: number } = request.server;
  return answer(request.reply('351', `${number} ${name} :a chat server`) + isupport(request));
}

function time(_: unknown, { request }: Asker): Handled {
  const now = new Date();
  const { name } = request.server;
  return answer(request.reply('391', `${name} ${Math.floor(now.getTime() / 1000)} 0 :${now.toUTCString()}`));
}

function info(_: unknown, { request }: Asker): Handled {
  const { version: number, startedAt } = request.server;
  const lines = [`${number}, a chat server`, `Started ${new Date(startedAt).toUTCString()}`];
  return answer(
    lines.map((line) => request.reply('371', `:${line}`)).join('') +
      request.reply('374', ':End of INFO list'),
  );
}

function admin(_: unknown, { request }: Asker): Handled {
  return answer(request.reply('423', `${request.server.name} :No administrative info available`));
}

function links(_: unknown, { request }: Asker): Handled {
  return answer(request.reply('365', '* :End of LINKS list'));
}

const DAY_SECONDS = 86_400;

/** `STATS u`: how long the server has run. Other letters have an empty answer. */
function stats({ params }: IrcMessage, { request }: Asker): Handled {
  const letter = cleanText(params[0] ?? '').slice(0, 1) || '*';
  const end = request.reply('219', `${letter} :End of STATS report`);
  if (letter !== 'u') return answer(end);
  const up = Math.max(0, Math.floor((Date.now() - request.server.startedAt) / 1000));
  const seconds = up % DAY_SECONDS;
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const time = `${Math.floor(seconds / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`;
  return answer(request.reply('242', `:Server Up ${Math.floor(up / DAY_SECONDS)} days ${time}`) + end);
}

export const INFO_COMMANDS: Readonly<Record<string, Handler>> = {
  MOTD: showMotd,
  LUSERS: () => ({ kind: 'census' }),
  VERSION: version,
  TIME: time,
  INFO: info,
  ADMIN: admin,
  LINKS: links,
  STATS: stats,
};
