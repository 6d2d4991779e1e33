/**
 * Parses a line of the server. Control characters are removed first: a malicious server must not reach the user's
 * terminal with escape sequences.
 */
import { cleanText, partOf, type Text } from '../core/text/clean-text.js';

/** A message of a room. */
export interface Message {
  /** Null if the line has no tags. */
  readonly id: number | null;
  /** Milliseconds since 1970; null if the line has no time. */
  readonly at: number | null;
  readonly from: Text;
  readonly text: Text;
}

/** A live message; the room is null if the line does not name it. */
interface LiveMessage extends Message {
  readonly kind: 'said';
  readonly room: Text | null;
}

/** A message from the history. */
export interface HistoryMessage extends Message {
  readonly kind: 'hist';
}

interface DirectMessage {
  readonly kind: 'told';
  readonly at: number | null;
  readonly from: Text;
  readonly text: Text;
}

export interface Notice {
  readonly kind: 'info';
  readonly at: number | null;
  readonly text: Text;
  /** The room that it is about, if any. */
  readonly room: Text | null;
  /** What happened, such as `join` or `put-out`, and the user it happened to; null if the line does not tell. */
  readonly event: Text | null;
  readonly user: Text | null;
  /** The new name of the user, at a rename. */
  readonly to: Text | null;
}

/** A line of ROOMS; `topic` is null if the room has none, or if the line does not tell. */
interface RoomLine {
  readonly kind: 'room';
  readonly name: Text;
  readonly members: Text;
  readonly topic: Text | null;
}

/** The end of an answer. After a message it has the message's id; `isKept` if it waits for an offline user. */
interface Ok {
  readonly kind: 'ok';
  readonly id: number | null;
  readonly isKept: boolean;
  /** After LOGIN: what takes the name back at the next login; null if there is none. */
  readonly resume: Text | null;
}

export type ServerLine =
  | LiveMessage
  | HistoryMessage
  | DirectMessage
  | Notice
  | Ok
  | { readonly kind: 'err'; readonly code: Text }
  | { readonly kind: 'user'; readonly name: Text }
  | RoomLine
  | { readonly kind: 'ping' }
  | { readonly kind: 'pong'; readonly token: Text };

/** A line, the label of the command that it answers (null if it has none), and all tags in front of it. */
export interface Received {
  readonly label: Text | null;
  readonly tags: Tags;
  readonly line: ServerLine;
}

type Tags = ReadonlyMap<string, Text>;

const NO_TAGS: Tags = new Map();

/** Null for a line that is not known, perhaps from a later version of the protocol: callers skip it. */
export function parseServerLine(raw: string): Received | null {
  const text = cleanText(raw);
  const [first, afterFirst] = cut(text);
  const isTagged = text.startsWith('@');
  const tags = isTagged ? parseTags(partOf(first, 1)) : NO_TAGS;
  const line = parse(isTagged ? afterFirst : text, tags);
  return line === null ? null : { label: tags.get('label') ?? null, tags, line };
}

function parse(line: Text, tags: Tags): ServerLine | null {
  const [word, rest] = cut(line);
  const at = instant(tags.get('time') ?? '');
  const id = wholeNumber(tags.get('id') ?? '');
  const room = tags.get('room') ?? null;
  switch (word) {
    case 'MSG': {
      const [from, text] = cut(rest);
      return from === '' ? null : { kind: 'said', id, at, room, from, text };
    }
    case 'DM': {
      const [from, text] = cut(rest);
      return from === '' ? null : { kind: 'told', at, from, text };
    }
    case 'HIST':
      return parseHist(rest);
    case 'INFO':
      return {
        kind: 'info',
        at,
        text: rest,
        room,
        event: tags.get('event') ?? null,
        user: tags.get('user') ?? null,
        to: tags.get('to') ?? null,
      };
    case 'OK':
      return { kind: 'ok', id, isKept: tags.get('kept') === '1', resume: tags.get('resume') ?? null };
    case 'ERR':
      return { kind: 'err', code: rest };
    case 'USER':
      return { kind: 'user', name: rest };
    case 'ROOM': {
      const [name, members] = cut(rest);
      return { kind: 'room', name, members, topic: decoded(tags.get('topic') ?? null) };
    }
    case 'PING':
      return { kind: 'ping' };
    case 'PONG':
      return { kind: 'pong', token: rest };
    default:
      return null;
  }
}

function parseHist(rest: Text): HistoryMessage | null {
  const [id, afterId] = cut(rest);
  const [time, afterTime] = cut(afterId);
  const [from, text] = cut(afterTime);
  const number = wholeNumber(id);
  return number === null || from === '' ? null : { kind: 'hist', id: number, at: instant(time), from, text };
}

function parseTags(tags: Text): Tags {
  const parsed = new Map<string, Text>();
  for (let rest: Text | null = tags; rest !== null;) {
    const end: number = rest.indexOf(';');
    const tag = end === -1 ? rest : partOf(rest, 0, end);
    const equals = tag.indexOf('=');
    if (equals > 0) parsed.set(tag.slice(0, equals), partOf(tag, equals + 1));
    rest = end === -1 ? null : partOf(rest, end + 1);
  }
  return parsed;
}

/** The first word, and the text after the space that follows it. */
function cut(line: Text): readonly [Text, Text] {
  const space = line.indexOf(' ');
  return space === -1 ? [line, partOf(line, line.length)] : [partOf(line, 0, space), partOf(line, space + 1)];
}

/** Null for a value that is not percent-encoded text. */
function decoded(value: string | null): Text | null {
  if (value === null) return null;
  try {
    return cleanText(decodeURIComponent(value));
  } catch {
    return null;
  }
}

function wholeNumber(word: string): number | null {
  const value = /^\d+$/.test(word) ? Number(word) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}

function instant(word: string): number | null {
  const at = Date.parse(word);
  return Number.isNaN(at) ? null : at;
}
