/** MONITOR and WHOWAS: users that come and go, and users that have left (IRCv3 monitor; RFC 2812, 3.6.3). */
import type { ParsedLine } from '../../core/dialect.js';
import type { HubEvent, Report } from '../../core/event.js';
import { cleanText, typedName } from '../../core/text/text.js';
import { EXTENDED_MONITOR, has } from './caps.js';
import { type Asker, type Handler, listOf, needMoreParameters, numeric, withRequest } from './handler.js';
import type { IrcMessage } from './message.js';
import { inLines } from './names.js';
import type { IrcRequest } from './request.js';
import { sourceOf } from './source.js';

const BYTES_PER_LINE = 400;
/** As many as WHOWAS shows without a count. */
const ALL = 512;

const ACTIONS = new Map([
  ['+', 'add'],
  ['-', 'remove'],
  ['C', 'clear'],
  ['L', 'list'],
  ['S', 'status'],
] as const);

function monitor({ params }: IrcMessage, asker: Asker): ParsedLine {
  const [sign = '', targets] = params;
  const action = [...ACTIONS].find(([letter]) => letter === sign.toUpperCase())?.[1];
  if (action === undefined) return needMoreParameters(asker);
  const who = listOf(targets).map((nick) => typedName(cleanText(nick)));
  const needsTargets = action === 'add' || action === 'remove';
  if (needsTargets && who.length === 0) return needMoreParameters(asker);
  return { kind: 'watch', action, who, isExtended: has(asker.request.caps, EXTENDED_MONITOR) };
}

function whowas({ params }: IrcMessage, asker: Asker): ParsedLine {
  const [nick = '', count = ''] = params;
  const typed = cleanText(nick);
  if (typed === '') return numeric(asker, '431', ':No nickname given');
  const limit = /^[1-9]\d{0,3}$/.test(count) ? Number(count) : ALL;
  return withRequest(asker.request.about(typed), { kind: 'departures', who: typedName(typed), limit });
}

export const MONITOR_COMMANDS: Readonly<Record<string, Handler>> = { MONITOR: monitor, WHOWAS: whowas };

/** The online users, and the offline ones. `head`: the beginning of the lines, up to the numeric. */
export function watchedLines(
  { online, offline }: Extract<HubEvent, { kind: 'watched' }>,
  reply: (numeric: string, rest: string) => string,
): string {
  const here = inLines(online.map(sourceOf), BYTES_PER_LINE);
  const gone = inLines(offline, BYTES_PER_LINE);
  return (
    here.map((line) => reply('730', `:${line.replaceAll(' ', ',')}`)).join('') +
    gone.map((line) => reply('731', `:${line.replaceAll(' ', ',')}`)).join('')
  );
}

export function watchListLines(names: readonly string[], request: IrcRequest): string {
  const lines = inLines(names, BYTES_PER_LINE).map((line) =>
    request.reply('732', `:${line.replaceAll(' ', ',')}`),
  );
  return lines.join('') + request.reply('733', ':End of MONITOR list');
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
