/** The commands about rooms: JOIN, PART, TOPIC, NAMES, LIST. */
import type { ParsedLine } from '../../core/dialect.js';
import { styledText, unstyledText } from '../../core/text/styles.js';
import { cleanText, parseRoomName, type RoomName } from '../../core/text/text.js';
import {
  type Asker,
  type Handled,
  type Handler,
  listOf,
  needMoreParameters,
  numeric,
  withRequest,
} from './handler.js';
import { type IrcMessage, MAX_LINE_BYTES } from './message.js';
import { NAMES_STYLE } from './names.js';
import { wordOf } from './registration.js';

/** A reason or a topic that would be longer with its author's name than a line is refused, not cut. */
const MAX_TEXT_BYTES = MAX_LINE_BYTES - 2;

/** Rooms of one NAMES (005's TARGMAX). */
const MAX_NAMED = 10;

/** The longest topic, in characters. */
const MAX_TOPIC = 390;

/** A room as a parameter names it, and how answers name it: as typed if it is not a room name. */
interface NamedRoom {
  readonly room: RoomName | null;
  readonly channel: string;
}

/** `dev` alone is `#dev` in JOIN. */
export function roomOf(parameter: string): NamedRoom {
  const typed = cleanText(parameter);
  const room = parseRoomName(typed);
  if (room === null) return { room, channel: wordOf(typed) };
  return { room, channel: typed.startsWith('#') ? typed : `#${typed}` };
}

function* join(message: IrcMessage, asker: Asker): Iterable<ParsedLine> {
  const [channels = '', keys = ''] = message.params;
  if (channels === '') {
    yield needMoreParameters(asker);
    return;
  }
  if (channels === '0') {
    for (const { name } of asker.state.rooms)
      yield withRequest(asker.request.about(`#${name.shown}`), { kind: 'unfollow', room: name });
    return;
  }
  const listed = keys.split(',');
  for (const [index, channel] of listOf(channels).entries())
    yield* joinRoom(asker, channel, listed[index] ?? '');
}

/** Enters a room. What the client needs to show it follows by itself. */
function* joinRoom(asker: Asker, parameter: string, key = ''): Iterable<ParsedLine> {
  const { room, channel } = roomOf(parameter);
  const { request, state } = asker;
  const own = request.about(channel);
  if (room === null) {
    yield numeric(asker, '403', `${channel} :No such channel`);
    return;
  }
  if (state.roomNamed(room.fold) !== null) return;
  yield withRequest(own, { kind: 'follow', room, key: key === '' ? null : cleanText(key) });
}

function* part({ params }: IrcMessage, asker: Asker): Iterable<ParsedLine> {
  const channels = listOf(params[0]);
  if (channels.length === 0) yield needMoreParameters(asker);
  const reason = unstyledText(params[1] ?? '');
  for (const parameter of channels) {
    const { room, channel } = roomOf(parameter);
    if (room === null) yield numeric(asker, '403', `${channel} :No such channel`);
    else if (isTooLong(asker, `PART ${channel} :${reason}`)) yield tooLong(asker);
    else yield withRequest(asker.request.about(channel), { kind: 'unfollow', room, reason });
  }
}

function topic({ params }: IrcMessage, asker: Asker): Handled {
  const [parameter = '', text] = params;
  if (parameter === '') return needMoreParameters(asker);
  const { room, channel } = roomOf(parameter);
  if (room === null) return numeric(asker, '403', `${channel} :No such channel`);
  const request = asker.request.about(channel);
  if (text === undefined) return withRequest(request, { kind: 'show-topic', room });
  const { text: clean, styled } = styledText(text);
  if (clean.length > MAX_TOPIC || isTooLong(asker, `TOPIC ${channel} :${text}`)) return tooLong(asker);
  const change = { kind: 'topic', room, text: clean } as const;
  return withRequest(request, styled === null ? change : { ...change, styled });
}

function* names({ params }: IrcMessage, asker: Asker): Iterable<ParsedLine> {
  const channels = listOf(params[0]);
  if (channels.length === 0) yield numeric(asker, '366', '* :End of NAMES list');
  for (const parameter of channels.slice(0, MAX_NAMED)) {
    const { room, channel } = roomOf(parameter);
    // A name that is not a channel's has no members (modern.ircdocs.horse, NAMES message).
    if (room === null || !parameter.startsWith('#'))
      yield numeric(asker, '366', `${wordOf(cleanText(parameter))} :End of NAMES list`);
    else yield withRequest(asker.request.about(channel), { kind: 'members', room, style: NAMES_STYLE });
  }
  const extra = channels[MAX_NAMED];
  if (extra !== undefined) yield tooManyTargets(asker, extra);
}

/** Of rooms and conditions, which may come in either parameter, their list is what the answer is about. */
function list({ params }: IrcMessage, asker: Asker): Handled {
  const conditions = cleanText(params.slice(0, 2).join(','));
  return withRequest(asker.request.about(conditions), { kind: 'rooms', all: false });
}

/** Whether a line of the client would be longer than a line may be, with its name in front. */
export function isTooLong({ sourceBytes }: Asker, line: string): boolean {
  return sourceBytes + Buffer.byteLength(line) > MAX_TEXT_BYTES;
}

export function tooLong(asker: Asker): ParsedLine {
  return numeric(asker, '417', ':Input line was too long');
}

/** `first` is the first target that is one too many. */
export function tooManyTargets(asker: Asker, first: string): ParsedLine {
  return numeric(asker, '407', `${wordOf(cleanText(first))} :Too many targets`);
}

export const ROOM_COMMANDS: Readonly<Record<string, Handler>> = {
  JOIN: join,
  PART: part,
  TOPIC: topic,
  NAMES: names,
  LIST: list,
};
