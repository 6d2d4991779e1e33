/** Parses a line typed into `partyline chat`: a message, or `/verb …`. */
import { cleanText, partOf, type Text } from '../core/text/text.js';
import { commandsOf } from '../dialects/shared/command-table.js';

export type Typed =
  | { readonly kind: 'say'; readonly text: Text }
  | { readonly kind: 'dm'; readonly to: Text; readonly text: Text }
  /** A line of `lines`, with its verb in capitals. */
  | { readonly kind: 'ask'; readonly line: Text }
  | { readonly kind: 'leave' }
  /** A verb, a page of help, or '' for the everyday commands. */
  | { readonly kind: 'help'; readonly topic: string }
  /** Nothing is sent, for this reason. */
  | { readonly kind: 'nothing'; readonly because: string };

const DONE_BY_CHAT = new Set(['LOGIN', 'TAGS', 'CHAT', 'LINES', 'PING', 'PONG']);

/** The commands that `/help` lists and Tab completes: those of the server that the chat does not use itself. */
export const COMMANDS = commandsOf('lines').filter(
  ({ verb }) => !DONE_BY_CHAT.has(verb) && verb !== 'MSG' && verb !== 'PASTE',
);

/** Null for an empty line. */
export function understand(raw: string): Typed | null {
  const line = trim(cleanText(raw));
  if (line === '') return null;
  if (!line.startsWith('/')) return { kind: 'say', text: line };
  if (line.startsWith('//')) return { kind: 'say', text: partOf(line, 1) };
  const [word, rest] = cut(partOf(line, 1));
  const verb = word.toUpperCase();
  switch (verb) {
    case '':
      return nothing('not sent: a command follows the / directly, such as /who; //x sends /x');
    case 'MSG':
      return rest === '' ? nothing('not sent: to talk, just type') : { kind: 'say', text: rest };
    case 'DM':
      return dm(rest);
    case 'QUIT':
    case 'EXIT':
      return { kind: 'leave' };
    case 'HELP':
      return { kind: 'help', topic: cut(rest)[0] };
    case 'PASTE':
      return nothing('not sent: /paste is for programs; to send several lines: partyline send < file');
    default:
      if (DONE_BY_CHAT.has(verb)) return nothing(`not sent: the chat does /${word} itself`);
      return { kind: 'ask', line: cleanText(rest === '' ? verb : `${verb} ${rest}`) };
  }
}

function dm(rest: Text): Typed {
  const [to, text] = cut(rest);
  return text === ''
    ? nothing('not sent: a user and a text are missing; try /dm bob hi')
    : { kind: 'dm', to, text };
}

function nothing(because: string): Typed {
  return { kind: 'nothing', because };
}

/** The first word, and the trimmed remainder. */
function cut(text: Text): readonly [Text, Text] {
  const end = text.search(/[ \t]/);
  return end === -1 ? [text, partOf(text, text.length)] : [partOf(text, 0, end), trim(partOf(text, end))];
}

/** Removes spaces and tabs at both ends, as the server does. */
function trim(text: Text): Text {
  const start = text.search(/[^ \t]/);
  return start === -1 ? partOf(text, text.length) : partOf(text, start, 1 + text.search(/[^ \t][ \t]*$/));
}
