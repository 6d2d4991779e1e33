/** The rows of the command table on the session itself: its mode, its end, help. */
import { parseUserName, type Text } from '../../../core/text/text.js';
import { cut, split } from '../arguments.js';
import type { CommandRow, ParsedCommand } from '../command-row.js';

export const sessionCommands: readonly CommandRow[] = [
  {
    verb: 'CHAT',
    usage: '',
    help: 'make every line a message and every /verb a command',
    section: 'everyday',
    dialects: ['lines'],
    mode: 'plain',
    parse: () => ({ kind: 'chat', on: true }),
  },
  {
    verb: 'LINES',
    usage: '',
    help: 'end CHAT: every line begins with a verb again',
    section: 'everyday',
    dialects: ['lines'],
    mode: 'slash',
    parse: () => ({ kind: 'chat', on: false }),
  },
  {
    verb: 'NICK',
    usage: '<new> [<password or token>]',
    help: 'change your name',
    example: 'bob2',
    section: 'more',
    aliases: ['NAME'],
    parse: parseNick,
    confirms: { action: 'nick', text: ({ text = '' }) => `you are now ${text}` },
  },
  {
    verb: 'HELP',
    usage: 'MORE',
    help: 'list more commands',
    section: 'everyday',
    otherForms: [{ usage: '<command>', help: 'explain one command', example: 'JOIN' }],
    beforeLogin: true,
    parse: (rest) => ({ kind: 'help', topic: cut(rest)[0] }),
  },
  {
    verb: 'QUIT',
    usage: '',
    help: 'end the session',
    section: 'everyday',
    beforeLogin: true,
    parse: () => ({ kind: 'quit' }),
  },
  {
    verb: 'TAGS',
    usage: 'ON | OFF',
    help: 'add id, time and room to lines, for programs',
    section: 'more',
    dialects: ['lines'],
    beforeLogin: true,
    usageError: { lines: 'ON | TAGS OFF' },
    parse: (rest) => parseSwitch('tags', rest),
  },
  {
    verb: 'TIMES',
    usage: 'ON | OFF',
    help: 'show the time before messages, for people',
    section: 'more',
    dialects: ['lines'],
    usageError: { lines: 'ON | TIMES OFF' },
    parse: (rest) => parseSwitch('times', rest),
  },
  {
    verb: 'SESSION',
    usage: '',
    help: 'get a token for 30 days from its last use',
    section: 'more',
    otherForms: [{ usage: 'END', help: 'revoke the token of this session', example: 'END' }],
    dialects: ['lines'],
    needsTags: true,
    usageError: { lines: '| SESSION END' },
    parse: parseSession,
  },
  {
    verb: 'PING',
    usage: '[<token>]',
    help: 'get PONG once all earlier lines are stored',
    section: 'more',
    dialects: ['lines'],
    beforeLogin: true,
    parse: (rest) => ({ kind: 'ping', token: rest }),
  },
  {
    verb: 'PONG',
    usage: '[<token>]',
    help: 'answer a PING of the server',
    section: 'more',
    dialects: ['lines'],
    beforeLogin: true,
    parse: () => ({ kind: 'alive' }),
  },
];

function parseSwitch(kind: 'tags' | 'times', rest: Text): ParsedCommand | null {
  switch (rest.toUpperCase()) {
    case 'ON':
      return { kind, on: true };
    case 'OFF':
      return { kind, on: false };
    default:
      return null;
  }
}

function parseSession(rest: Text): ParsedCommand | null {
  if (rest === '') return { kind: 'open-session' };
  return rest.toUpperCase() === 'END' ? { kind: 'close-session' } : null;
}

function parseNick(rest: Text): ParsedCommand | null {
  const words = split(rest);
  const [name, secret = null] = words;
  return name === undefined || words.length > 2 ? null : { kind: 'nick', name: parseUserName(name), secret };
}
