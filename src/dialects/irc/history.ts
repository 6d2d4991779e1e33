/** Messages of the past: the answer to CHATHISTORY, and what a client is shown after JOIN. They are one batch. */
import type { HubEvent, Report } from '../../core/event.js';
import type { Message } from '../../core/message.js';
import { isoTime } from '../shared/iso-time.js';
import { BATCH, has } from './caps.js';
import { LINE_END } from './message.js';
import { fail } from './fail.js';
import { inBatch, type IrcRequest } from './request.js';
import { type LineFormat, unknownWho } from './source.js';

export const CHATHISTORY_VERB = 'CHATHISTORY';

/** A part of a long answer. */
interface Part {
  readonly messages: readonly Message[];
  readonly first: boolean;
  readonly last: boolean;
}

/** A page of the answer to CHATHISTORY. */
export function historyLines(
  { messages, previousAt, last }: Extract<HubEvent, { kind: 'history' }>,
  request: IrcRequest,
  dialect: LineFormat,
): string {
  const [, channel = ''] = request.target.split(' ');
  return part({ messages, first: previousAt === undefined, last }, channel, request, dialect);
}

/** The last messages of a room that the client has entered, or the missed ones. */
export function replayLines(
  { room, messages, first, last }: Extract<HubEvent, { kind: 'recap' }>,
  request: IrcRequest,
  dialect: LineFormat,
): string {
  if (first && last && messages.length === 0) return '';
  return part({ messages, first, last }, `#${room}`, request, dialect);
}

/** The rooms with messages between two times. */
export function targetLines({ targets }: Extract<Report, { kind: 'targets' }>, request: IrcRequest): string {
  const { server } = request;
  const lines = targets.map(
    ({ room, lastAt }) =>
      `:${server.name} ${CHATHISTORY_VERB} TARGETS #${room} ${isoTime(lastAt)}${LINE_END}`,
  );
  return opened(request, 'draft/chathistory-targets') + batched(lines.join(''), request) + closed(request);
}

/** Why messages could not be read. A batch that is open ends. */
export function historyRefusal(
  { reason }: Extract<HubEvent, { kind: 'refused' }>,
  request: IrcRequest,
): string {
  const code = reason === 'busy' ? 'MESSAGE_ERROR' : 'INVALID_TARGET';
  return closed(request) + fail(request, code, 'Messages could not be retrieved', request.target);
}

function part(
  { messages, first, last }: Part,
  channel: string,
  request: IrcRequest,
  dialect: LineFormat,
): string {
  const lines = messages
    .filter(({ text }) => text !== '')
    .map((message) => dialect.message(message, unknownWho(message.from, request.server.name)));
  return (
    (first ? opened(request, `chathistory ${channel}`) : '') +
    batched(lines.join(''), request) +
    (last ? closed(request) : '')
  );
}

/** A client without batches gets the lines alone. */
function opened(request: IrcRequest, type: string): string {
  if (!has(request.caps, BATCH)) return '';
  request.batch = request.server.nextBatch();
  return `:${request.server.name} BATCH +${request.batch} ${type}${LINE_END}`;
}

function batched(lines: string, { batch }: IrcRequest): string {
  if (batch === null) return lines;
  return lines
    .split(LINE_END)
    .map((line) => (line === '' ? '' : inBatch(line + LINE_END, batch)))
    .join('');
}

function closed(request: IrcRequest): string {
  const { batch, server } = request;
  request.batch = null;
  return batch === null ? '' : `:${server.name} BATCH -${batch}${LINE_END}`;
}
