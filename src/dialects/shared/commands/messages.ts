/** The rows of the command table on messages: sending, reading back, searching. */
import type { HistoryQuery } from '../../../core/command.js';
import type { Text } from '../../../core/text/text.js';
import { cut, historyLimit, searchWords, split, wholeNumber } from '../arguments.js';
import type { CommandRow, ParsedCommand } from '../command-row.js';

export const messageCommands: readonly CommandRow[] = [
  {
    verb: 'MSG',
    usage: '<text>',
    help: 'send a message to the room',
    example: 'hi everyone!',
    section: 'everyday',
    dialects: ['lines'],
    mode: 'plain',
    parse: (rest) => (rest === '' ? null : { kind: 'say', room: null, text: rest }),
  },
  {
    verb: 'DM',
    usage: '<user> <text>',
    help: 'send a message to one user',
    example: 'ann hey there',
    section: 'everyday',
    aliases: ['MSG', 'QUERY', 'TELL', 'W', 'WHISPER'],
    usageError: { lines: '<username> <text>' },
    parse: parseTell,
  },
  {
    verb: 'ME',
    usage: '<text>',
    help: 'send an action',
    example: 'waves',
    section: 'more',
    parse: (rest) => (rest === '' ? null : { kind: 'me', room: null, text: rest }),
  },
  {
    verb: 'PASTE',
    usage: '',
    help: 'send several lines; a line with only . ends them',
    section: 'everyday',
    dialects: ['lines'],
    parse: () => ({ kind: 'start-paste' }),
  },
  {
    verb: 'HISTORY',
    usage: '[<n>]',
    help: 'show the last messages of the room',
    example: '50',
    section: 'everyday',
    otherForms: [
      { usage: 'AFTER <id> [<n>]', help: 'show messages after one', example: 'AFTER 1017' },
      { usage: 'BEFORE <id> [<n>]', help: 'show messages before one', example: 'BEFORE 1017' },
    ],
    dialects: ['lines'],
    usageError: { lines: '[<n>] | HISTORY AFTER <id> [<n>] | HISTORY BEFORE <id> [<n>]' },
    parse: parseHistory,
  },
  // GoTalk shows no ids, so its users cannot name one.
  {
    verb: 'HISTORY',
    usage: '[<n>]',
    help: 'show the last messages of the room',
    example: '50',
    section: 'everyday',
    dialects: ['gotalk'],
    parse: (rest) => historyCommand(parseLatest(split(rest))),
  },
  {
    verb: 'DELETE',
    usage: '<id> [<reason>]',
    help: 'delete your own message',
    example: '1017',
    section: 'more',
    dialects: ['lines'],
    parse: parseDelete,
  },
  {
    verb: 'SEARCH',
    usage: '<words>',
    help: 'find messages with these words',
    example: 'build failed',
    section: 'everyday',
    usageError: { lines: '<words>, at most 32' },
    parse: parseSearch,
  },
  {
    verb: 'READ',
    usage: '<id>',
    help: 'store how far you have read the room',
    example: '1020',
    section: 'more',
    dialects: ['lines'],
    needsTags: true,
    parse: parseRead,
  },
];

function parseRead(rest: Text): ParsedCommand | null {
  const id = wholeNumber(rest);
  return id === null ? null : { kind: 'read', room: null, id };
}

function parseTell(rest: Text): ParsedCommand | null {
  const [to, text] = cut(rest);
  return text === '' ? null : { kind: 'tell', to, text };
}

function parseHistory(rest: Text): ParsedCommand | null {
  const words = split(rest);
  switch (words[0]?.toUpperCase()) {
    case 'AFTER':
      return historyCommand(parseNear('after', words.slice(1)));
    case 'BEFORE':
      return historyCommand(parseNear('before', words.slice(1)));
    default:
      return historyCommand(parseLatest(words));
  }
}

function historyCommand(query: HistoryQuery | null): ParsedCommand | null {
  return query === null ? null : { kind: 'history', room: null, query };
}

function parseLatest(words: readonly string[]): HistoryQuery | null {
  const limit = historyLimit(words[0]);
  return words.length > 1 || limit === null ? null : { kind: 'latest', limit };
}

function parseNear(kind: 'after' | 'before', words: readonly string[]): HistoryQuery | null {
  const id = wholeNumber(words[0] ?? '');
  const limit = historyLimit(words[1]);
  return words.length > 2 || id === null || limit === null ? null : { kind, id, limit };
}

function parseDelete(rest: Text): ParsedCommand | null {
  const [word, reason] = cut(rest);
  // A mistyped id must not delete another message.
  const id = word.startsWith('0') ? null : wholeNumber(word);
  return id === null ? null : { kind: 'delete', room: null, id, reason };
}

function parseSearch(rest: Text): ParsedCommand | null {
  const words = rest === '' ? null : searchWords(rest);
  return words === null ? null : { kind: 'search', room: null, words };
}
