/**
 * Parses a line of the server. Control characters are removed first: a malicious server must not reach the user's
 * terminal with escape sequences.
 */
import { cleanText, partOf, type Text } from '../core/text/text.js';

/** A message of a room. */
export interface Message {
  /** Null if the line has no tags. */
  readonly id: number | null;
  /** Milliseconds since 1970; null if the line has no time. */
  readonly at: number | null;
  readonly from: Text;
  readonly text: Text;
}

/** A live message. */
interface LiveMessage extends Message {
  readonly kind: 'said';
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

export type ServerLine =
  | LiveMessage
  | HistoryMessage
  | DirectMessage
  | { readonly kind: 'info'; readonly at: number | null; readonly text: Text }
  | { readonly kind: 'ok' }
  | { readonly kind: 'err'; readonly code: Text }
  | { readonly kind: 'user'; readonly name: Text }
  | { readonly kind: 'room'; readonly name: Text; readonly members: Text }
  | { readonly kind: 'ping' }
  | { readonly kind: 'pong'; readonly token: Text };

interface Tags {
  readonly id: number | null;
  readonly at: number | null;
}

const NO_TAGS: Tags = { id: null, at: null };

/** Null for a line that is not known, perhaps from a later version of the protocol: callers skip it. */
export function parseServerLine(raw: string): ServerLine | null {
  const line = cleanText(raw);
  if (!line.startsWith('@')) return parse(line, NO_TAGS);
  const [tags, rest] = cut(line);
  return parse(rest, parseTags(tags.slice(1)));
}

function parse(line: Text, { id, at }: Tags): ServerLine | null {
  const [word, rest] = cut(line);
  switch (word) {
    case 'MSG': {
      const [from, text] = cut(rest);
      return from === '' ? null : { kind: 'said', id, at, from, text };
    }
    case 'DM': {
      const [from, text] = cut(rest);
      return from === '' ? null : { kind: 'told', at, from, text };
    }
    case 'HIST':
      return parseHist(rest);
    case 'INFO':
      return { kind: 'info', at, text: rest };
    case 'OK':
      return { kind: 'ok' };
    case 'ERR':
      return { kind: 'err', code: rest };
    case 'USER':
      return { kind: 'user', name: rest };
    case 'ROOM': {
      const [name, members] = cut(rest);
      return { kind: 'room', name, members };
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

function parseTags(tags: string): Tags {
  let { id, at } = NO_TAGS;
  for (const tag of tags.split(';')) {
    if (tag.startsWith('id=')) id = wholeNumber(tag.slice(3));
    else if (tag.startsWith('time=')) at = instant(tag.slice(5));
  }
  return { id, at };
}

/** The first word, and the text after the space that follows it. */
function cut(line: Text): readonly [Text, Text] {
  const space = line.indexOf(' ');
  return space === -1 ? [line, partOf(line, line.length)] : [partOf(line, 0, space), partOf(line, space + 1)];
}

function wholeNumber(word: string): number | null {
  const value = /^\d+$/.test(word) ? Number(word) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}

function instant(word: string): number | null {
  const at = Date.parse(word);
  return Number.isNaN(at) ? null : at;
}
