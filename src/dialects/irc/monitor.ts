/** MONITOR and WHOWAS: users that come and go, and users that have left (IRCv3 monitor; RFC 2812, 3.6.3). */
import type { ParsedLine } from '../../core/dialect.js';
import type { HubEvent, Report } from '../../core/event.js';
import { cleanText, typedName } from '../../core/text/text.js';
import { EXTENDED_MONITOR, has } from './caps.js';
import { type Asker, type Handler, listOf, needMoreParameters, numeric, withRequest } from './handler.js';
import type { IrcMessage } from './message.js';
import { inLines } from './names.js';
import { MAX_NICK_BYTES } from './registration.js';
import type { IrcRequest } from './request.js';
import { sourceOf } from './source.js';

/** As many as WHOWAS shows without a count. */
const ALL = 512;

const ACTIONS = new Map([
  ['+', 'add'],
  ['-', 'remove'],
  ['C', 'clear'],
  ['L', 'list'],
  ['S', 'status'],
] as const);

function* monitor({ params }: IrcMessage, asker: Asker): Iterable<ParsedLine> {
  const [sign = '', targets] = params;
  const action = [...ACTIONS].find(([letter]) => letter === sign.toUpperCase())?.[1];
  const named = listOf(targets).map((nick) => typedName(cleanText(nick)));
  const needsTargets = action === 'add' || action === 'remove';
  if (action === undefined || (needsTargets && named.length === 0)) {
    yield needMoreParameters(asker);
    return;
  }
  // What is longer than any nick would not be whole in the replies.
  const who = named.filter(
    ({ typed, shown }) => shown !== null || Buffer.byteLength(typed) <= MAX_NICK_BYTES,
  );
  if (who.length < named.length) yield numeric(asker, '432', '* :Erroneous nickname');
  if (needsTargets && who.length === 0) return;
  yield { kind: 'watch', action, who, isExtended: has(asker.request.caps, EXTENDED_MONITOR) };
}

function whowas({ params }: IrcMessage, asker: Asker): ParsedLine {
  const [nick = '', count = ''] = params;
  const typed = cleanText(nick);
  if (typed === '') return numeric(asker, '431', ':No nickname given');
  const limit = /^[1-9]\d{0,3}$/.test(count) ? Number(count) : ALL;
  return withRequest(asker.request.about(typed), { kind: 'departures', who: typedName(typed), limit });
}

export const MONITOR_COMMANDS: Readonly<Record<string, Handler>> = { MONITOR: monitor, WHOWAS: whowas };

/** The online users, and the offline ones. */
export function watchedLines(
  { online, offline }: Extract<HubEvent, { kind: 'watched' }>,
  request: IrcRequest,
): string {
  return listedLines('730', online.map(sourceOf), request) + listedLines('731', offline, request);
}

export function watchListLines(names: readonly string[], request: IrcRequest): string {
  return listedLines('732', names, request) + request.reply('733', ':End of MONITOR list');
}

function listedLines(numeric: string, names: readonly string[], request: IrcRequest): string {
  return inLines(names, request.bytesLeft(numeric, ':'))
    .map((line) => request.reply(numeric, `:${line.replaceAll(' ', ',')}`))
    .join('');
}

export function departureLines(
  { name, users }: Extract<Report, { kind: 'departures' }>,
  request: IrcRequest,
): string {
  const end = request.reply('369', `${request.target} :End of WHOWAS`);
  if (users.length === 0) return request.reply('406', `${name} :There was no such nickname`) + end;
  const lines = users.map(
    ({ by, leftAt, since }) =>
      request.reply('314', `${by.name} ${by.user} ${by.host} * :${by.realname}`) +
      request.reply('312', `${by.name} ${request.server.name} :${new Date(leftAt ?? since).toUTCString()}`),
  );
  return lines.join('') + end;
}
