/**
 * A line of IRC and its parts: tags, a source, a verb and parameters (RFC 2812, 2.3.1; IRCv3 message-tags). Nothing in
 * here throws, whatever a client sends.
 */
import { cleanText } from '../../core/text/text.js';

export interface IrcMessage {
  /** The tags as they were sent, without `@`; '' if there are none. */
  readonly tags: string;
  /** In capitals. */
  readonly verb: string;
  readonly params: readonly string[];
}

/** The last parameter holds the rest of the line, with or without a colon (RFC 2812, 2.3.1). */
const MAX_PARAMS = 15;

/** With CR LF and without tags, in both directions. */
export const MAX_LINE_BYTES = 512;
/** Of a client's tags, with `@` and the space behind them (IRCv3 message-tags). */
export const MAX_CLIENT_TAGS_BYTES = 4096;
export const LINE_END = '\r\n';
/** A msgid as the server writes it. Clients take it for opaque: `021` is not the message `21`. */
export const MSGID = /^[1-9]\d{0,14}$/;

/** Parses a line without its line end; null if it has no verb. A source that a client sends is skipped. */
export function parseMessage(line: string): IrcMessage | null {
  let at = 0;
  let tags = '';
  if (line.startsWith('@')) {
    const end = endOfWord(line, 0);
    tags = line.slice(1, end);
    at = end;
  }
  at = afterSpaces(line, at);
  if (line[at] === ':') at = afterSpaces(line, endOfWord(line, at));
  const endOfVerb = endOfWord(line, at);
  if (endOfVerb === at) return null;
  const verb = line.slice(at, endOfVerb).toUpperCase();
  const params: string[] = [];
  at = afterSpaces(line, endOfVerb);
  while (at < line.length) {
    if (line[at] === ':' || params.length === MAX_PARAMS - 1) {
      params.push(line.slice(line[at] === ':' ? at + 1 : at));
      break;
    }
    const end = endOfWord(line, at);
    params.push(line.slice(at, end));
    at = afterSpaces(line, end);
  }
  return { tags, verb, params };
}

/** How many bytes of a line are tags, with `@` and the space behind them. */
export function tagsBytes(line: string): number {
  if (!line.startsWith('@')) return 0;
  return Buffer.byteLength(line.slice(0, endOfWord(line, 0) + 1));
}

/** Parses tags. Of a key that is repeated the last value counts; a tag without a value has ''. */
export function parseTags(tags: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  if (tags === '') return values;
  for (const tag of tags.split(';')) {
    const equals = tag.indexOf('=');
    const key = equals === -1 ? tag : tag.slice(0, equals);
    if (key !== '') values.set(key, equals === -1 ? '' : unescapeValue(tag.slice(equals + 1)));
  }
  return values;
}

/** The rest of a key is opaque. */
const CLIENT_TAG = /^\+[^\s\p{C}]+$/u;

/** The client-only tags, as they are relayed: `+a=b;+c`; '' if there are none. */
export function clientTags(tags: ReadonlyMap<string, string>): string {
  let relayed = '';
  for (const [key, value] of tags) {
    if (!CLIENT_TAG.test(key)) continue;
    const clean = cleanText(value);
    relayed += `${relayed === '' ? '' : ';'}${key}${clean === '' ? '' : `=${escapeValue(clean)}`}`;
  }
  return relayed;
}

/** The value of a tag as it is sent. */
export function escapeValue(value: string): string {
  return value.replace(/[;\s\\]/g, (character) => ESCAPES.get(character) ?? ' ');
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  [';', '\\:'],
  [' ', '\\s'],
  ['\\', '\\\\'],
  ['\r', '\\r'],
  ['\n', '\\n'],
]);
const UNESCAPES: ReadonlyMap<string, string> = new Map([
  [':', ';'],
  ['s', ' '],
  ['r', '\r'],
  ['n', '\n'],
]);

/** A backslash before any other character stands for that character, and one at the end for nothing. */
function unescapeValue(value: string): string {
  if (!value.includes('\\')) return value;
  return value.replace(/\\(.?)/gsu, (_, escaped: string) => UNESCAPES.get(escaped) ?? escaped);
}

/** Whether a line of the server, with its line end and without tags, is not too long. */
export function fitsLine(line: string): boolean {
  return Buffer.byteLength(line) <= MAX_LINE_BYTES;
}

/** A line of the server, with its line end. It is cut, between two words where possible, if it would be too long. */
export function fit(line: string): string {
  const most = MAX_LINE_BYTES - LINE_END.length;
  // A character of a JavaScript string is at most three bytes.
  if (line.length * 3 <= most || Buffer.byteLength(line) <= most) return line + LINE_END;
  return cutToWords(line, most) + LINE_END;
}

/** A space this far from the end of a part is used; a longer word is split. */
const MAX_LOOK_BACK = 100;

/** The beginning of a text, of at most this many bytes: up to the end of a word where possible. */
export function cutToWords(text: string, bytes: number): string {
  const most = cutToBytes(text, bytes);
  if (most === text || text[most.length] === ' ') return most;
  const space = most.lastIndexOf(' ');
  return space > 0 && most.length - space <= MAX_LOOK_BACK ? most.slice(0, space) : most;
}

/** The beginning of a text, of at most this many bytes, without a part of a character. */
export function cutToBytes(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  let end = Math.min(bytes, encoded.length);
  while (end > 0 && ((encoded[end] ?? 0) & 0xc0) === 0x80) end--;
  return encoded.toString('utf8', 0, end);
}

function endOfWord(line: string, from: number): number {
  const end = line.indexOf(' ', from);
  return end === -1 ? line.length : end;
}

function afterSpaces(line: string, from: number): number {
  let at = from;
  while (line[at] === ' ') at++;
  return at;
}
