/** REDACT: deletes a message, and tells the clients that can hide it (IRCv3 draft/message-redaction). */
import type { HubEvent } from '../../core/event.js';
import { unstyledText } from '../../core/text/styles.js';
import { cleanText, typedName } from '../../core/text/text.js';
import {
  answer,
  type Asker,
  type Handled,
  type Handler,
  needMoreParameters,
  withRequest,
} from './handler.js';
import { type IrcMessage, MSGID } from './message.js';
import { fail } from './fail.js';
import type { IrcRequest } from './request.js';
import { isTooLong, tooLong } from './room-commands.js';
import { wordOf } from './registration.js';
import type { LineFormat } from './source.js';
import { targetOf } from './speech.js';

type Deleted = Pick<Extract<HubEvent, { kind: 'deleted' }>, 'at' | 'by' | 'reason'>;

function redact({ params }: IrcMessage, asker: Asker): Handled {
  const [to, id] = [cleanText(params[0] ?? ''), cleanText(params[1] ?? '')];
  const reason = unstyledText(params[2] ?? '');
  if (to === '' || id === '') return needMoreParameters(asker);
  const target = targetOf(to);
  const request = asker.request.about(`${wordOf(to)} ${wordOf(id)}`);
  const isRoom = target?.kind === 'room';
  const isElsewhere = isRoom && asker.state.roomNamed(target.room.fold) === null;
  if (target === null || isElsewhere || (isRoom && target.status !== null))
    return answer(invalidTarget(request));
  if (!MSGID.test(id)) return answer(unknownId(request));
  if (isTooLong(asker, `REDACT ${to} ${id} :${reason}`)) return tooLong(asker);
  const message = { id: Number(id), reason };
  return withRequest(
    request,
    isRoom
      ? { kind: 'delete', room: target.room, ...message }
      : { kind: 'delete-direct', who: typedName(target.nick), ...message },
  );
}

/** A refusal of REDACT; null for one that has the same words for every command. */
export function redactRefusal(
  { reason }: Extract<HubEvent, { kind: 'refused' }>,
  request: IrcRequest,
): string | null {
  switch (reason) {
    case 'not-in-room':
    case 'user-not-found':
      return invalidTarget(request);
    case 'message-not-found':
      return unknownId(request);
    case 'not-permitted':
    case 'muted':
    case 'cannot-speak':
      return fail(request, 'REDACT_FORBIDDEN', 'You may not delete this message', request.target);
    default:
      return null;
  }
}

/** The messages with these ids are deleted, one line each. */
export function redactLines(
  { at, by, reason }: Deleted,
  target: string,
  id: number,
  count: number,
  dialect: LineFormat,
): string {
  const last = reason === '' ? '' : ` :${reason}`;
  return Array.from({ length: count }, (_, index) =>
    dialect.line(at, by, `REDACT ${target} ${id + index}${last}`),
  ).join('');
}

function invalidTarget(request: IrcRequest): string {
  const [channel = '*'] = request.target.split(' ');
  return fail(request, 'INVALID_TARGET', 'You cannot delete messages there', channel);
}

function unknownId(request: IrcRequest): string {
  return fail(request, 'UNKNOWN_MSGID', 'This message does not exist', request.target);
}

export const REDACTION_COMMANDS: Readonly<Record<string, Handler>> = { REDACT: redact };
