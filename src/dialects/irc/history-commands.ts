/** CHATHISTORY (IRCv3 draft/chathistory): asks for messages of a room next to a message or a time, or for rooms. */
import type { Bound, HistoryQuery } from '../../core/command.js';
import type { ParsedLine } from '../../core/dialect.js';
import { cleanText, parseRoomName } from '../../core/text/text.js';
import { answer, type Asker, type Handler, withRequest } from './handler.js';
import { type IrcMessage, MSGID } from './message.js';
import { fail } from './fail.js';

/** Messages of one answer. A client that asks for more gets so many. */
export const MAX_HISTORY = 100;

/** How a client may refer to a message. */
export const REFERENCE_TYPES = 'msgid,timestamp';

const WAYS = { BEFORE: 'before', AFTER: 'after', AROUND: 'around' } as const;

/** What is wrong with a command: the code of the FAIL, and the parameter that it is about. */
interface Fault {
  readonly code: 'INVALID_PARAMS' | 'INVALID_MSGREFTYPE' | 'INVALID_TARGET';
  readonly text: string;
  readonly about?: string;
}

function chatHistory({ params }: IrcMessage, asker: Asker): ParsedLine {
  const [typed = '', ...rest] = params.map((parameter) => cleanText(parameter));
  const subcommand = typed.toUpperCase();
  const parsed = subcommand === 'TARGETS' ? targets(rest) : messages(subcommand, rest);
  if ('code' in parsed) {
    const { code, text, about = '' } = parsed;
    const context = `${typed.replace(/ .*/, '') || '*'} ${about.replace(/ .*/, '')}`.trim();
    return answer(fail(asker.request, code, text, context));
  }
  return withRequest(asker.request.about(`${subcommand} ${parsed.channel}`.trim()), parsed.line);
}

interface Parsed {
  readonly channel: string;
  readonly line: ParsedLine;
}

/** `LATEST #dev * 50`, `BEFORE #dev msgid=7 50`, `BETWEEN #dev msgid=7 timestamp=2026-03-01T12:00:00.000Z 50`. */
function messages(subcommand: string, [channel = '', ...rest]: readonly string[]): Parsed | Fault {
  const isBetween = subcommand === 'BETWEEN';
  if (!isBetween && subcommand !== 'LATEST' && !(subcommand in WAYS))
    return { code: 'INVALID_PARAMS', text: 'Unknown command' };
  const references = rest.slice(0, isBetween ? 2 : 1);
  const limit = limitOf(rest, references.length);
  if (typeof limit !== 'number') return { ...limit, about: channel };
  const room = channel.startsWith('#') ? parseRoomName(channel) : null;
  if (room === null)
    return { code: 'INVALID_TARGET', text: 'Messages could not be retrieved', about: channel };
  const query = queryOf(subcommand, references, limit);
  if (!('code' in query)) return { channel, line: { kind: 'history', room, query, withoutEmpty: true } };
  return query.code === 'INVALID_MSGREFTYPE' ? { ...query, about: channel } : query;
}

function queryOf(subcommand: string, references: readonly string[], limit: number): HistoryQuery | Fault {
  const [first = '', second = ''] = references;
  if (subcommand === 'LATEST' && first === '*') return { kind: 'latest', limit };
  const bound = boundOf(first);
  if ('code' in bound) return bound;
  switch (subcommand) {
    case 'BETWEEN': {
      const to = boundOf(second);
      return 'code' in to ? to : { kind: 'between', from: bound, to, limit };
    }
    case 'BEFORE':
    case 'AFTER':
    case 'AROUND':
      return { kind: 'next-to', way: WAYS[subcommand], bound, limit };
    default:
      return { kind: 'next-to', way: 'newest-after', bound, limit };
  }
}

/** `TARGETS timestamp=2026-03-01T12:00:00.000Z timestamp=2026-03-02T12:00:00.000Z 50` */
function targets(rest: readonly string[]): Parsed | Fault {
  const limit = limitOf(rest, 2);
  if (typeof limit !== 'number') return limit;
  const [from, to] = rest.slice(0, 2).map(boundOf);
  if (from === undefined || to === undefined) return tooFew;
  if ('code' in from) return from;
  if ('code' in to) return to;
  if (from.kind !== 'time' || to.kind !== 'time')
    return { code: 'INVALID_MSGREFTYPE', text: 'Only timestamps are supported' };
  return { channel: '', line: { kind: 'history-targets', from: from.at, to: to.at, limit } };
}

const tooFew: Fault = { code: 'INVALID_PARAMS', text: 'Insufficient parameters' };

/** The limit is the last parameter, behind this many others. */
function limitOf(rest: readonly string[], references: number): number | Fault {
  const [typed] = rest.slice(references);
  if (typed === undefined) return tooFew;
  if (rest.length > references + 1) return { code: 'INVALID_PARAMS', text: 'Too many parameters' };
  const limit = /^\d{1,15}$/.test(typed) ? Number(typed) : 0;
  return limit === 0 ? { code: 'INVALID_PARAMS', text: 'Invalid limit' } : Math.min(limit, MAX_HISTORY);
}

/** The time of server-time, milliseconds or not. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/;

function boundOf(reference: string): Bound | Fault {
  const equals = reference.indexOf('=');
  const value = reference.slice(equals + 1);
  switch (reference.slice(0, Math.max(0, equals))) {
    case 'msgid':
      if (MSGID.test(value)) return { kind: 'id', id: Number(value) };
      break;
    case 'timestamp': {
      const at = TIMESTAMP.test(value) ? Date.parse(value) : Number.NaN;
      if (!Number.isNaN(at)) return { kind: 'time', at };
      break;
    }
    default:
      return { code: 'INVALID_MSGREFTYPE', text: 'Unknown kind of reference' };
  }
  return { code: 'INVALID_PARAMS', text: 'Invalid msgid or timestamp', about: reference };
}

export const HISTORY_COMMANDS: Readonly<Record<string, Handler>> = { CHATHISTORY: chatHistory };
