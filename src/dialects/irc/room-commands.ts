/** The commands about rooms: JOIN, PART, TOPIC, NAMES, LIST. */
import type { ParsedLine } from '../../core/dialect.js';
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
import { MAX_LINE_BYTES } from './message.js';
import type { IrcRequest } from './request.js';

/** A reason or a topic that would be longer with its author's name than a line is refused, not cut. */
const MAX_TEXT_BYTES = MAX_LINE_BYTES - 2;

/** The longest topic, in characters. */
export const MAX_TOPIC = 390;

/** A room as a parameter names it, and how answers name it. */
interface NamedRoom {
  readonly room: RoomName | null;
  readonly channel: string;
}

/** `dev` alone is `#dev` in JOIN. */
export function roomOf(parameter: string): NamedRoom {
  const typed = cleanText(parameter);
  return { room: parseRoomName(typed), channel: typed.startsWith('#') ? typed : `#${typed}` };
}

function* join(message: { readonly params: readonly string[] }, asker: Asker): Iterable<ParsedLine> {
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
export function* joinRoom(asker: Asker, parameter: string, key = ''): Iterable<ParsedLine> {
  const { room, channel } = roomOf(parameter);
  const { request, state } = asker;
  const own = request.about(channel);
  if (room === null) {
    yield numeric(asker, '403', `${parameter === '' ? '*' : channel} :No such channel`);
    return;
  }
  if (state.roomNamed(room.fold) !== null) return;
  yield withRequest(own, { kind: 'follow', room, key: key === '' ? null : cleanText(key) });
  if (state.roomNamed(room.fold) === null) return;
  yield* showRoom(request, room);
}

/** What a client is shown of a room that it has entered. */
export function* showRoom(request: IrcRequest, room: RoomName): Iterable<ParsedLine> {
  const quiet = request.about(`#${room.shown}`, true);
  yield withRequest(quiet, { kind: 'show-topic', room });
  yield withRequest(quiet, { kind: 'who', of: 'own', room });
}

function* part({ params }: { readonly params: readonly string[] }, asker: Asker): Iterable<ParsedLine> {
  const channels = listOf(params[0]);
  if (channels.length === 0) yield needMoreParameters(asker);
  const reason = cleanText(params[1] ?? '');
  for (const parameter of channels) {
    const { room, channel } = roomOf(parameter);
    if (room === null) yield numeric(asker, '403', `${channel} :No such channel`);
    else if (isTooLong(asker, `PART ${channel} :${reason}`)) yield tooLong(asker);
    else yield withRequest(asker.request.about(channel), { kind: 'unfollow', room, reason });
  }
}

function topic({ params }: { readonly params: readonly string[] }, asker: Asker): Handled {
  const [parameter = '', text] = params;
  if (parameter === '') return needMoreParameters(asker);
  const { room, channel } = roomOf(parameter);
  if (room === null) return numeric(asker, '403', `${channel} :No such channel`);
  const request = asker.request.about(channel);
  if (text === undefined) return withRequest(request, { kind: 'show-topic', room });
  const clean = cleanText(text);
  if (clean.length > MAX_TOPIC || isTooLong(asker, `TOPIC ${channel} :${clean}`)) return tooLong(asker);
  return withRequest(request, { kind: 'topic', room, text: clean });
}

function* names({ params }: { readonly params: readonly string[] }, asker: Asker): Iterable<ParsedLine> {
  const channels = listOf(params[0]);
  if (channels.length === 0) yield numeric(asker, '366', '* :End of NAMES list');
  for (const parameter of channels) {
    const { room, channel } = roomOf(parameter);
    if (room === null) yield numeric(asker, '366', `${channel} :End of NAMES list`);
    else yield withRequest(asker.request.about(channel), { kind: 'who', of: room, room: null });
  }
}

function list(): Handled {
  return { kind: 'rooms', all: false };
}

/** Whether a line of the client would be longer than a line may be, with its name in front. */
export function isTooLong({ sourceBytes }: Asker, line: string): boolean {
  return sourceBytes + Buffer.byteLength(line) > MAX_TEXT_BYTES;
}

export function tooLong(asker: Asker): ParsedLine {
  return numeric(asker, '417', ':Input line was too long');
}

export const ROOM_COMMANDS: Readonly<Record<string, Handler>> = {
  JOIN: join,
  PART: part,
  TOPIC: topic,
  NAMES: names,
  LIST: list,
};
