/** The rows of the command table on names: logging in, registering, ignoring. */
import { parseUserName, type Text, typedName } from '../../../core/text/text.js';
import { cut, isOneWord, split } from '../arguments.js';
import type { CommandRow, ParsedCommand } from '../command-row.js';

export const accountCommands: readonly CommandRow[] = [
  {
    verb: 'LOGIN',
    usage: '<username>',
    help: 'log in',
    example: 'bob',
    section: 'everyday',
    otherForms: [{ usage: '<username> <password>', help: 'use a registered name', example: 'ann red-horse' }],
    dialects: ['lines'],
    beforeLogin: true,
    parse: parseLogin,
  },
  {
    verb: 'REGISTER',
    usage: '<password>',
    help: 'register your name',
    example: 'red-horse',
    section: 'everyday',
    // A password with spaces is refused as weak, with the rule for passwords.
    parse: (rest) => (rest === '' ? null : { kind: 'register', password: rest }),
    confirms: {
      action: 'register',
      text: ({ about }) => `${about} is registered; logging in with this name now needs your password`,
    },
  },
  {
    verb: 'PASSWORD',
    usage: '<old> <new>',
    help: 'set a new password',
    example: 'old-pass new-pass',
    section: 'more',
    parse: parseChangePassword,
    confirms: { action: 'change-password', text: () => 'your password is changed' },
  },
  {
    verb: 'UNREGISTER',
    usage: '<password>',
    help: 'release your name',
    example: 'red-horse',
    section: 'more',
    parse: (rest) => (isOneWord(rest) ? { kind: 'unregister', password: rest } : null),
    confirms: {
      action: 'unregister',
      text: ({ about }) =>
        `${about} is no longer registered; other users can take this name after your session`,
    },
  },
  {
    verb: 'WHOIS',
    usage: '<user>',
    help: 'describe a user',
    example: 'bob',
    section: 'more',
    parse: (rest) => (isOneWord(rest) ? { kind: 'whois', who: typedName(rest) } : null),
  },
  {
    verb: 'SEEN',
    usage: '<user>',
    help: 'show when a user was last here',
    example: 'bob',
    section: 'more',
    parse: (rest) => (isOneWord(rest) ? { kind: 'seen', who: typedName(rest) } : null),
  },
  {
    verb: 'AWAY',
    usage: '[<text>]',
    help: 'mark yourself as away, or as back',
    example: 'lunch',
    section: 'more',
    parse: (rest) => ({ kind: 'away', text: rest }),
    confirms: {
      action: 'away',
      text: ({ text = '' }, write) =>
        text === '' ? 'you are back' : `you are away; ${write('AWAY')} alone ends it`,
    },
  },
  {
    verb: 'IGNORE',
    usage: '[<user>]',
    help: 'hide the messages of a user',
    example: 'bob',
    section: 'more',
    parse: parseIgnore,
    confirms: { action: 'ignore', text: ({ about }) => `messages from ${about} are hidden` },
  },
  {
    verb: 'UNIGNORE',
    usage: '<user>',
    help: 'show the messages of a user again',
    example: 'bob',
    section: 'more',
    parse: (rest) => (isOneWord(rest) ? { kind: 'unignore', who: typedName(rest) } : null),
    confirms: { action: 'unignore', text: ({ about }) => `messages from ${about} are shown again` },
  },
];

function parseLogin(rest: Text): ParsedCommand | null {
  const words = split(rest);
  const [name, secret = null] = words;
  if (name === undefined || words.length > 2) return null;
  return {
    kind: 'login',
    name: parseUserName(name),
    room: null,
    closeOnRefusal: false,
    canPromptPassword: false,
    secret,
  };
}

function parseIgnore(rest: Text): ParsedCommand | null {
  if (rest === '') return { kind: 'ignores' };
  return isOneWord(rest) ? { kind: 'ignore', who: typedName(rest) } : null;
}

function parseChangePassword(rest: Text): ParsedCommand | null {
  const [old, password] = cut(rest);
  return password === '' ? null : { kind: 'change-password', old, password };
}
