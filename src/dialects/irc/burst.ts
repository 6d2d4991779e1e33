/** The lines that a client gets once it is registered: 001 to 005, LUSERS, the message of the day and its modes. */
import type { Census, HubEvent } from '../../core/event.js';
import { ISUPPORT_LINES } from './isupport.js';
import { IrcRequest } from './request.js';
import { sourceOf } from './source.js';
import { wrap } from './wrap.js';

const USER_MODES = 'Biow';
const CHANNEL_MODES = 'CIbeiklmnostv';
const CHANNEL_MODES_WITH_PARAMETER = 'Ibeklov';

export function burst(
  { name, by, isOperator, census }: Extract<HubEvent, { kind: 'logged-in' }>,
  request: IrcRequest,
): string {
  const { server } = request;
  const own = new IrcRequest({ ...request, server, nick: name, label: null });
  const created = new Date(server.startedAt).toUTCString();
  const modes = `${USER_MODES} ${CHANNEL_MODES} ${CHANNEL_MODES_WITH_PARAMETER}`;
  return (
    own.reply('001', `:Welcome to the Partyline network, ${sourceOf(by)}`) +
    own.reply('002', `:Your host is ${server.name}, running version ${server.version}`) +
    own.reply('003', `:This server was created ${created}`) +
    own.reply('004', `${server.name} ${server.version} ${modes}`) +
    isupport(own) +
    (census === null ? '' : lusers(census, own)) +
    motd(own) +
    own.reply('221', isOperator ? '+o' : '+')
  );
}

/** 005, also as the answer to VERSION. */
export function isupport(request: IrcRequest): string {
  return ISUPPORT_LINES.map((tokens) => request.reply('005', `${tokens} :are supported by this server`)).join(
    '',
  );
}

/** LUSERS, in the words of RFC 2812. A server of a cluster counts as the whole. */
export function lusers(census: Census, request: IrcRequest): string {
  const { users, operators, unknown, rooms, local, maxUsers, maxLocal } = census;
  const lines: readonly (readonly [string, string])[] = [
    ['251', `:There are ${users} users and 0 services on 1 servers`],
    ['252', `${operators} :operator(s) online`],
    ['253', `${unknown} :unknown connection(s)`],
    ['254', `${rooms} :channels formed`],
    ['255', `:I have ${local} clients and 0 servers`],
    ['265', `${local} ${maxLocal} :Current local users ${local}, max ${maxLocal}`],
    ['266', `${users} ${maxUsers} :Current global users ${users}, max ${maxUsers}`],
  ];
  return lines.map(([code, parameters]) => request.reply(code, parameters)).join('');
}

/** The message of the day, or that there is none. */
export function motd(request: IrcRequest): string {
  const { name, motd } = request.server;
  if (motd === null) return request.reply('422', ':MOTD File is missing');
  const bytes = request.bytesLeft('372', ':- ');
  const lines = motd.flatMap((line) => wrap(line, bytes)).map((line) => request.reply('372', `:- ${line}`));
  return [
    request.reply('375', `:- ${name} Message of the day -`),
    ...lines,
    request.reply('376', ':End of MOTD command'),
  ].join('');
}
