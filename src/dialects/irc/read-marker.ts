/** MARKREAD: how far the user has read a room, or the messages to and from another user (IRCv3 draft/read-marker). */
import type { HubEvent } from '../../core/event.js';
import { cleanText, parseRoomName, typedName } from '../../core/text/text.js';
import { isoTime } from '../shared/iso-time.js';
import { answer, type Asker, type Handled, type Handler, withRequest } from './handler.js';
import { fit, type IrcMessage } from './message.js';
import { fail } from './fail.js';
import { wordOf } from './registration.js';
import type { IrcRequest } from './request.js';
import type { IrcServer } from './server.js';

const TIMESTAMP = /^timestamp=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/;

function markRead({ params }: IrcMessage, asker: Asker): Handled {
  const [target, timestamp] = params.map((parameter) => cleanText(parameter));
  if (target === undefined || target === '')
    return answer(fail(asker.request, 'NEED_MORE_PARAMS', 'Missing parameters'));
  const request = asker.request.about(wordOf(target));
  const time = timestamp === undefined ? null : timeOf(timestamp);
  if (Number.isNaN(time)) return answer(invalid(request));
  if (target.startsWith('#')) {
    const room = parseRoomName(target);
    return room === null ? answer(invalid(request)) : withRequest(request, { kind: 'mark', room, time });
  }
  const who = typedName(cleanText(target));
  return who.shown === null
    ? answer(invalid(request))
    : withRequest(request, { kind: 'mark-user', who, time });
}

/** NaN if it is none. */
function timeOf(timestamp: string): number {
  return Date.parse(TIMESTAMP.exec(timestamp)?.[1] ?? '');
}

/** A refusal of MARKREAD; null for one that has the same words for every command. */
export function markReadRefusal(
  { reason }: Extract<HubEvent, { kind: 'refused' }>,
  request: IrcRequest,
): string | null {
  return reason === 'not-in-room' ? invalid(request) : null;
}

/** `readAt`: null if it is not known. */
export function markReadLine(
  { name }: IrcServer,
  { room, isUser }: { readonly room: string; readonly isUser: boolean },
  readAt: number | null,
): string {
  return fit(
    `:${name} MARKREAD ${isUser ? '' : '#'}${room} ${readAt === null ? '*' : `timestamp=${isoTime(readAt)}`}`,
  );
}

function invalid(request: IrcRequest): string {
  return fail(request, 'INVALID_PARAMS', 'Invalid target or timestamp', request.target);
}

export const READ_MARKER_COMMANDS: Readonly<Record<string, Handler>> = { MARKREAD: markRead };
