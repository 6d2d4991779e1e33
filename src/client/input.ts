/** Parses a line that the user typed into `partyline chat`: a message, or a command that begins with a slash. */
import { cleanText, partOf, type Text } from '../core/text/text.js';
import { commandsOf } from '../dialects/shared/command-table.js';

export type Input =
  | { readonly kind: 'say'; readonly text: Text }
  | { readonly kind: 'dm'; readonly to: Text; readonly text: Text }
  /** A line of the protocol, its verb in capitals. */
  | { readonly kind: 'command'; readonly line: Text }
  | { readonly kind: 'quit' }
  /** A verb, a page of help, or '' for the everyday commands. */
  | { readonly kind: 'help'; readonly topic: string }
  /** Nothing is sent; the advice says what to type instead. */
  | { readonly kind: 'invalid'; readonly advice: string };

/** Commands that the client itself sends. */
const CLIENT_COMMANDS = new Set(['LOGIN', 'TAGS', 'CHAT', 'LINES', 'PING', 'PONG']);

/** The commands that `/help` lists and Tab completes: those of the server that the client does not send itself. */
export const COMMANDS = commandsOf('lines').filter(
  ({ verb }) => !CLIENT_COMMANDS.has(verb) && verb !== 'MSG' && verb !== 'PASTE',
);

/** Null for an empty line. */
export function parseInput(raw: string): Input | null {
  const line = trim(cleanText(raw));
  if (line === '') return null;
  if (!line.startsWith('/')) return { kind: 'say', text: line };
  if (line.startsWith('//')) return { kind: 'say', text: partOf(line, 1) };
  const [word, rest] = cut(partOf(line, 1));
  const verb = word.toUpperCase();
  switch (verb) {
    case '':
      return invalid(
        'a command follows the slash immediately, as in /who; type // for a message that begins with /',
      );
    case 'MSG':
      return rest === ''
        ? invalid('type the message without a command, or use /msg <text>')
        : { kind: 'say', text: rest };
    case 'DM':
      return dm(rest);
    case 'QUIT':
    case 'EXIT':
      return { kind: 'quit' };
    case 'HELP':
      return { kind: 'help', topic: cut(rest)[0] };
    case 'PASTE':
      return invalid('/paste is for programs; to send several lines, run partyline send < file');
    default:
      if (CLIENT_COMMANDS.has(verb))
        return invalid(`/${word} is not available: partyline chat does this itself`);
      return { kind: 'command', line: cleanText(rest === '' ? verb : `${verb} ${rest}`) };
  }
}

function dm(rest: Text): Input {
  const [to, text] = cut(rest);
  return text === '' ? invalid('a user and a text must follow, as in /dm bob hi') : { kind: 'dm', to, text };
}

function invalid(advice: string): Input {
  return { kind: 'invalid', advice };
}

/** The first word, and the text after the spaces and tabs that follow it. */
function cut(text: Text): readonly [Text, Text] {
  const end = text.search(/[ \t]/);
  return end === -1 ? [text, partOf(text, text.length)] : [partOf(text, 0, end), trim(partOf(text, end))];
}

/** Without spaces and tabs at both ends; the server would remove them too. */
function trim(text: Text): Text {
  const start = text.search(/[^ \t]/);
  return start === -1 ? partOf(text, text.length) : partOf(text, start, 1 + text.search(/[^ \t][ \t]*$/));
}
