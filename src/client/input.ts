/** What a person means by a line typed into the chat: a message, or `/verb …`. */
import { cleanText, partOf, type Text } from '../core/text/text.js';

export type Typed =
  | { readonly kind: 'say'; readonly text: Text }
  | { readonly kind: 'dm'; readonly to: Text; readonly text: Text }
  /** A line of the protocol, its verb in capitals. */
  | { readonly kind: 'ask'; readonly line: Text }
  | { readonly kind: 'leave' }
  | { readonly kind: 'help' }
  /** Nothing is sent; the sentence says why. */
  | { readonly kind: 'nothing'; readonly because: string };

/** The commands that Tab completes, as `/help` explains them. */
export const COMMANDS: readonly (readonly [usage: string, does: string])[] = [
  ['/dm <user> <text>', 'say it to one user alone'],
  ['/who [<room>]', 'who is here'],
  ['/rooms', 'the rooms'],
  ['/join <room> [<key>]', 'go to a room'],
  ['/leave', 'back to the lobby'],
  ['/history [<n>]', 'the last messages'],
  ['/search <words>', 'messages with these words'],
  ['/help', 'this list'],
  ['/quit', 'leave; so does Ctrl-D'],
];

const DONE_FOR_YOU = new Set(['LOGIN', 'TAGS', 'CHAT', 'LINES', 'PING', 'PONG']);

/** Null for a line with nothing in it. */
export function understand(raw: string): Typed | null {
  const line = trim(cleanText(raw));
  if (line === '') return null;
  if (!line.startsWith('/')) return { kind: 'say', text: line };
  if (line.startsWith('//')) return { kind: 'say', text: partOf(line, 1) };
  const [word, rest] = cut(partOf(line, 1));
  const verb = word.toUpperCase();
  switch (verb) {
    case '':
      return nothing('a command follows the / at once, such as /who; // says /');
    case 'MSG':
      return rest === '' ? nothing('to talk, just type') : { kind: 'say', text: rest };
    case 'DM':
      return dm(rest);
    case 'QUIT':
    case 'EXIT':
      return { kind: 'leave' };
    case 'HELP':
      return { kind: 'help' };
    case 'PASTE':
      return nothing('/paste is for programs; several lines: partyline send < file');
    default:
      if (DONE_FOR_YOU.has(verb)) return nothing(`/${word} is done for you here`);
      return { kind: 'ask', line: cleanText(rest === '' ? verb : `${verb} ${rest}`) };
  }
}

function dm(rest: Text): Typed {
  const [to, text] = cut(rest);
  return text === '' ? nothing('say to whom, and what: /dm bob hi') : { kind: 'dm', to, text };
}

function nothing(because: string): Typed {
  return { kind: 'nothing', because };
}

/** The first word, and what follows the blanks behind it. */
function cut(text: Text): readonly [Text, Text] {
  const end = text.search(/[ \t]/);
  return end === -1 ? [text, partOf(text, text.length)] : [partOf(text, 0, end), trim(partOf(text, end))];
}

/** Without the spaces and tabs at both ends, which the server would take off. */
function trim(text: Text): Text {
  const start = text.search(/[^ \t]/);
  return start === -1 ? partOf(text, text.length) : partOf(text, start, 1 + text.search(/[^ \t][ \t]*$/));
}
