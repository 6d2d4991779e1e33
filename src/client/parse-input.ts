/** Parses a line that the user typed into `partyline chat`: a message, or a command that begins with a slash. */
import { nearest } from '../core/text/did-you-mean.js';
import { cleanText, parseRoomName, parseUserName, partOf, type Text } from '../core/text/text.js';
import { commandsOf } from '../dialects/shared/command-table.js';

type CommandRow = ReturnType<typeof commandsOf>[number];

export type Input =
  /** A message to the room, or to the user of an open query. */
  | { readonly kind: 'say'; readonly text: Text }
  /** An action: `/me waves`. */
  | { readonly kind: 'me'; readonly text: Text }
  | { readonly kind: 'dm'; readonly to: Text; readonly text: Text }
  /** A line of the protocol, its verb in capitals; `isAboutRoom` if it is for the room that is shown. */
  | { readonly kind: 'command'; readonly line: Text; readonly isAboutRoom: boolean }
  | { readonly kind: 'join'; readonly room: string; readonly key: string | null }
  /** Leaves a room or closes a query; the one that is shown if null. */
  | { readonly kind: 'leave'; readonly target: string | null }
  /** Shows a window, by its number or name; lists them if null. */
  | { readonly kind: 'window'; readonly target: string | null }
  /** Shows the messages with a user; closes those that are shown if null. */
  | { readonly kind: 'query'; readonly user: Text | null }
  | { readonly kind: 'names' }
  | { readonly kind: 'clear' }
  | { readonly kind: 'quit' }
  /** A verb, a page of help, or '' for the everyday commands. */
  | { readonly kind: 'help'; readonly topic: string }
  /** Nothing is sent; the advice says what to type instead. */
  | { readonly kind: 'invalid'; readonly advice: string };

/** Commands that the client itself sends, or that would change what it gets to read. */
const CLIENT_COMMANDS = new Set([
  ...['LOGIN', 'TAGS', 'TIMES', 'CHAT', 'LINES', 'PING', 'PONG'],
  ...['FOLLOW', 'UNFOLLOW', 'READ', 'SESSION'],
]);
/** Verbs of the protocol with another meaning here. */
const HIDDEN = new Set(['MSG', 'PASTE', 'LEAVE']);
/** Commands for the room that is shown. */
const ROOM_COMMANDS = new Set(['HISTORY', 'SEARCH', 'TOPIC', 'LOCK', 'UNLOCK', 'FOUND']);

/** Other names of commands, as users of IRC know them. */
const ALIASES: Readonly<Record<string, string>> = {
  MSG: 'DM',
  TELL: 'DM',
  W: 'DM',
  WHISPER: 'DM',
  J: 'JOIN',
  PART: 'LEAVE',
  CLOSE: 'LEAVE',
  WINDOW: 'WIN',
  ROOM: 'WIN',
  BUFFER: 'WIN',
  LIST: 'ROOMS',
  NAME: 'NICK',
  EXIT: 'QUIT',
  BYE: 'QUIT',
};

/** Instead of the JOIN of the protocol, which moves from room to room. */
const ROOM_ROWS: readonly CommandRow[] = [
  row('everyday', 'JOIN', '<room> [<key>]', 'enter one more room, created if missing', 'dev'),
  row('everyday', 'LEAVE', '[<room>]', 'leave the room'),
  row('everyday', 'WIN', '[<number or name>]', 'show another room; alone: list them', '2'),
];

/** Commands of the client alone. */
const OWN_ROWS: readonly CommandRow[] = [
  row('more', 'QUERY', '[<user>]', 'show the messages with a user; alone: close them', 'ann'),
  row('more', 'NAMES', '', 'list the users in the room'),
  row('more', 'LIST', '', 'list the rooms, as /rooms'),
  row('more', 'CLEAR', '', 'clear the screen'),
];

/** The commands that `/help` lists and Tab completes. The client has its own aliases, and a QUERY that is not DM. */
export const COMMANDS: readonly CommandRow[] = [
  ...commandsOf('lines').flatMap((command) => {
    if (command.verb === 'JOIN') return ROOM_ROWS;
    return CLIENT_COMMANDS.has(command.verb) || HIDDEN.has(command.verb) ? [] : [{ ...command, aliases: [] }];
  }),
  ...OWN_ROWS,
];
const VERBS = new Set(COMMANDS.map(({ verb }) => verb));

/** Null for an empty line. */
export function parseInput(raw: string): Input | null {
  const line = trim(cleanText(raw));
  if (line === '') return null;
  if (!line.startsWith('/')) return { kind: 'say', text: line };
  if (line.startsWith('//')) return { kind: 'say', text: partOf(line, 1) };
  const [word, rest] = cut(partOf(line, 1));
  const verb = verbOf(word);
  switch (verb) {
    case '':
      return invalid(
        'a command follows the slash immediately, as in /who; type // for a message that begins with /',
      );
    case 'DM':
      return dm(rest);
    case 'ME':
      return rest === '' ? invalid('a text must follow, as in /me waves') : { kind: 'me', text: rest };
    case 'QUERY':
      return query(rest);
    case 'NAMES':
      return rest === '' ? { kind: 'names' } : command(cleanText(`WHO ${rest}`), false);
    case 'JOIN':
      return join(rest);
    case 'LEAVE':
      return { kind: 'leave', target: rest === '' ? null : rest };
    case 'WIN':
      return { kind: 'window', target: rest === '' ? null : rest };
    case 'CLEAR':
      return { kind: 'clear' };
    case 'QUIT':
      return { kind: 'quit' };
    case 'HELP':
      return { kind: 'help', topic: helpTopic(cut(rest)[0]) };
    case 'PASTE':
      return invalid(
        '/paste is for programs; to send several lines, paste them, or run partyline send < file',
      );
    default:
      if (CLIENT_COMMANDS.has(verb))
        return invalid(`/${word} is not available: partyline chat does this itself`);
      if (!VERBS.has(verb)) return invalid(unknown(word));
      return command(cleanText(rest === '' ? verb : `${verb} ${rest}`), ROOM_COMMANDS.has(verb));
  }
}

function command(line: Text, isAboutRoom: boolean): Input {
  return { kind: 'command', line, isAboutRoom };
}

function join(rest: Text): Input {
  const [name, key] = cut(rest);
  if (name === '') return invalid('a room must follow, as in /join dev');
  const room = parseRoomName(name);
  if (room === null)
    return invalid(
      `invalid room name "${name}": use 1 to 64 letters or digits of one script, and _ - . after the first`,
    );
  if (/[ \t]/.test(key))
    return invalid('a key has no spaces: a room and its key follow, as in /join dev key');
  return { kind: 'join', room: room.shown, key: key === '' ? null : key };
}

function verbOf(word: string): string {
  const verb = word.toUpperCase();
  return Object.hasOwn(ALIASES, verb) ? (ALIASES[verb] ?? verb) : verb;
}

/** `/help msg` explains /dm. */
function helpTopic(word: string): string {
  return verbOf(word.replace(/^\//, '')).toLowerCase();
}

function unknown(word: string): string {
  const near = nearest(word, VERBS);
  const advice = near === null ? '/help lists the commands' : `did you mean /${near.toLowerCase()}?`;
  return `unknown command /${word}; ${advice} (//${word} sends it as a message)`;
}

function dm(rest: Text): Input {
  const [to, text] = cut(rest);
  return text === '' ? invalid('a user and a text must follow, as in /dm bob hi') : { kind: 'dm', to, text };
}

function query(rest: Text): Input {
  const [user, text] = cut(rest);
  if (text !== '') return { kind: 'dm', to: user, text };
  if (user === '') return { kind: 'query', user: null };
  return parseUserName(user) === null
    ? invalid(`invalid user name "${user}"; /names lists the users in the room`)
    : { kind: 'query', user };
}

function invalid(advice: string): Input {
  return { kind: 'invalid', advice };
}

function row(
  section: 'everyday' | 'more',
  verb: string,
  usage: string,
  help: string,
  example?: string,
): CommandRow {
  const form = { verb, usage, help, section, parse: () => null } as const;
  return example === undefined ? form : { ...form, example };
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
