/** The commands that ask about the server: MOTD, VERSION, TIME, INFO, ADMIN, LINKS. */
import { isupport, motd } from './burst.js';
import { answer, type Asker, type Handled, type Handler } from './handler.js';

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

export const INFO_COMMANDS: Readonly<Record<string, Handler>> = {
  MOTD: showMotd,
  LUSERS: () => ({ kind: 'census' }),
  VERSION: version,
  TIME: time,
  INFO: info,
  ADMIN: admin,
  LINKS: links,
};
