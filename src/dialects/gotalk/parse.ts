/**
 * GoTalk's language, for a person at a terminal: the server speaks first and asks for a name, then a line is a message
 * unless it starts with `/`. This file understands it; gotalk-words.ts speaks it.
 */
import type {
  Answer,
  ClientState,
  Conversation,
  Dialect,
  Framer,
  ParsedLine,
  Refused,
} from '../../core/dialect.js';
import {
  cleanText,
  parseRoomName,
  parseUserName,
  partOf,
  type Text,
  type UserName,
} from '../../core/text/text.js';
import { greetingWith, PENGUIN } from './banner.js';
import { SYSTEM } from './format.js';
import { isHttpRequest } from '../shared/http-request.js';
import { parseAccountCommand, usageOf } from '../shared/account-commands.js';
import { cut, historyLimit, searchWords, split, trim } from '../shared/arguments.js';

export interface GotalkOptions {
  /** How all clients of the server are spoken to. */
  readonly dialect: Dialect;
  /** Shown in place of the penguin, as it is: the text of BANNER_FILE. */
  readonly banner?: string;
}

/** Who has no name after so many tries is asked no more. */
const MAX_NAME_ATTEMPTS = 3;

const USAGE = {
  dm: '/dm <user> <text>',
  who: '/who [<room>]',
  join: '/join <room> [<key>]',
  history: '/history [<n>]',
  search: '/search <words>',
} as const;

export class GotalkConversation implements Conversation {
  readonly dialect: Dialect;
  readonly framer: Framer;
  readonly greeting: string;
  readonly needsHeartbeat = false;
  #tries = 0;
  /** The name that was typed last, while it may still need a password. */
  #name: UserName | null = null;

  constructor(framer: Framer, { dialect, banner = PENGUIN }: GotalkOptions) {
    this.framer = framer;
    this.dialect = dialect;
    this.greeting = greetingWith(banner);
  }

  parse(line: string, state: ClientState): ParsedLine {
    const text = cleanText(line);
    const words = trim(text);
    if (!words.startsWith('/') && isHttpRequest(words)) return { kind: 'http-request' };
    if (state.name === null)
      return state.awaitingPassword ? this.#parsePassword(words) : this.#parseName(words);
    if (words === '') return null;
    if (text.startsWith('//')) return { kind: 'say', text: partOf(text, 1) };
    return text.startsWith('/') ? parseCommand(words, state) : { kind: 'say', text };
  }

  onGreetingTimeout(): ParsedLine {
    return null;
  }

  onLineTooLong(state: ClientState): ParsedLine {
    if (state.name === null) return this.#parseName(null);
    return { kind: 'refuse', reason: 'line-too-long', detail: {} };
  }

  /** A wrong password is one try together with its name. */
  #parsePassword(secret: Text): ParsedLine {
    return this.#login(secret);
  }

  #login(secret: Text | null): ParsedLine {
    return {
      kind: 'login',
      name: this.#name,
      room: null,
      closeOnRefusal: this.#tries >= MAX_NAME_ATTEMPTS,
      canPromptPassword: secret === null,
      secret,
    };
  }

  /** What was typed at the prompt; null for what was too long to be looked at. */
  #parseName(typed: Text | null): ParsedLine {
    const final = ++this.#tries >= MAX_NAME_ATTEMPTS;
    this.#name = typed === null ? null : parseUserName(typed);
    if (this.#name !== null) return this.#login(null);
    return {
      kind: 'refuse',
      reason: 'invalid-username',
      detail: typed === '' ? { about: typed } : {},
      final,
    };
  }
}

function parseCommand(words: Text, state: ClientState): ParsedLine {
  const [verb, rest] = cut(words);
  switch (verb.toLowerCase()) {
    case '/dm':
      return tell(rest);
    case '/who':
      return who(rest);
    case '/join':
      return join(rest);
    case '/rooms':
      return { kind: 'rooms' };
    case '/history':
      return history(rest);
    case '/search':
      return search(rest);
    case '/help':
      return help(state);
    case '/quit':
      return { kind: 'quit' };
    default:
      return (
        parseAccountCommand(verb.slice(1).toUpperCase(), rest, asTyped) ?? {
          kind: 'refuse',
          reason: 'unknown-command',
          detail: { about: verb },
        }
      );
  }
}

function tell(rest: Text): ParsedLine {
  const [to, text] = cut(rest);
  return text === '' ? usageError('dm') : { kind: 'tell', to, text };
}

function who(rest: Text): ParsedLine {
  const [room, spare] = cut(rest);
  if (spare !== '') return usageError('who');
  return { kind: 'who', room: room === '' ? 'server' : parseRoomName(room) };
}

function join(rest: Text): ParsedLine {
  const [room, key = null, ...spare] = split(rest);
  if (room === undefined || spare.length > 0) return usageError('join');
  return { kind: 'join', room: parseRoomName(room), key };
}

function history(rest: Text): ParsedLine {
  const limit = historyLimit(rest === '' ? undefined : rest);
  return limit === null ? usageError('history') : { kind: 'history', query: { kind: 'latest', limit } };
}

function search(rest: Text): ParsedLine {
  const words = rest === '' ? null : searchWords(rest);
  return words === null ? usageError('search') : { kind: 'search', words };
}

const EVERYDAY: readonly (readonly [string, string])[] = [
  ['<text>', 'say it to the room; //x says /x'],
  [USAGE.dm, 'say it to one user alone: /dm ann hey there'],
  [USAGE.who, 'who is on the server, or in a room: /who dev'],
  [USAGE.join, 'go to a room, made if there is none: /join dev; back: /join lobby'],
  ['/rooms', 'the rooms and how many are in each'],
  [USAGE.history, 'the last messages of the room: /history 50'],
  [USAGE.search, 'messages of the room with all of these words: /search build failed'],
  [usageOf('REGISTER', asTyped), 'make your name your own: /register correct-horse'],
  [usageOf('PASSWORD', asTyped), 'another password'],
  [usageOf('UNREGISTER', asTyped), 'give your name up'],
  [usageOf('IGNORE', asTyped), 'hear no more of someone: /ignore bob; and again: /unignore bob'],
  [
    usageOf('LOCK', asTyped),
    'whoever comes to your room needs the key: /lock our-key; for all again: /unlock',
  ],
  [usageOf('TOPIC', asTyped), 'what your room is about, for those who come: /topic release on friday'],
  ['/quit', 'leave'],
];

/** For those alone who may. */
const OPERATORS: readonly (readonly [string, string])[] = [
  ['/kick <user>', 'end a session, and why: /kick bob calm down'],
  ['/ban <user>', 'shut a name out, for some minutes or for ever, and why: /ban bob 60 spam'],
  ['/ban <address[/bits]>', 'shut an address or a network out: /ban 203.0.113.0/24 spam'],
  ['/unban <target>', 'let it in again: /unban bob'],
  ['/bans', 'who is shut out'],
  ['/mute <user>', 'let someone listen only: /mute bob 10; and speak again: /unmute bob'],
  [usageOf('SAY', asTyped), 'tell everyone on the server: /say restart at noon'],
];

function help({ isOperator }: ClientState): Answer {
  const rows = isOperator ? [...EVERYDAY, ...OPERATORS] : EVERYDAY;
  const text = rows.map(([usage, what]) => `${SYSTEM}${usage.padEnd(24)} ${what}\n`).join('');
  return { kind: 'answer', text };
}

/** A verb as one would type it here. */
function asTyped(verb: string): string {
  return `/${verb.toLowerCase()}`;
}

function usageError(command: keyof typeof USAGE): Refused {
  return { kind: 'refuse', reason: 'usage', detail: { usage: USAGE[command] } };
}
