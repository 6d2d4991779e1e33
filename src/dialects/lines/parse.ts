/**
 * SocketChat's language, typed by hand into `ncat` or sent by a script: a verb, what it needs, a line end.
 * This file understands it; lines-words.ts speaks it.
 */
import type { HistoryQuery } from '../../core/command.js';
import type {
  Answer,
  ClientState,
  Conversation,
  Dialect,
  Framer,
  ParsedLine,
  Refused,
} from '../../core/dialect.js';
import type { RefusalDetail } from '../../core/event.js';
import { MAX_PASTE_BYTES, MAX_PASTE_LINES } from '../../core/limits.js';
import type { Refusal } from '../../core/reasons.js';
import { cleanText, parseRoomName, parseUserName, partOf, type Text } from '../../core/text/text.js';
import { isHttpRequest } from '../shared/http-request.js';
import { parseAccountCommand } from '../shared/account-commands.js';
import { helpFor } from './help.js';
import { LOGIN_HINT, linesDialect } from './format.js';
import { cut, endOfWord, historyLimit, searchWords, split, trim, wholeNumber } from '../shared/arguments.js';

const BEFORE_LOGIN = new Set(['LOGIN', 'PING', 'PONG', 'HELP', 'QUIT']);

const USAGE = {
  LOGIN: 'LOGIN <username>',
  MSG: 'MSG <text>',
  DM: 'DM <username> <text>',
  WHO: 'WHO [<room>]',
  JOIN: 'JOIN <room> [<key>]',
  HISTORY: 'HISTORY [<n>] | HISTORY AFTER <id> [<n>] | HISTORY BEFORE <id> [<n>]',
  SEARCH: 'SEARCH <words>, at most 32',
  TAGS: 'TAGS ON | TAGS OFF',
} as const;

export class LinesConversation implements Conversation {
  readonly framer: Framer;
  readonly greeting = '';
  readonly needsHeartbeat = true;
  readonly #inTerminal: boolean;
  #tagged = false;
  #interactive = false;
  /** Every line is a message, every `/verb` a command. */
  #chatting = false;
  #paste: Paste | null = null;

  constructor(framer: Framer, inTerminal = true) {
    this.framer = framer;
    this.#inTerminal = inTerminal;
  }

  get dialect(): Dialect {
    return linesDialect({
      tagged: this.#tagged,
      interactive: this.#interactive,
      chatting: this.#chatting,
      inTerminal: this.#inTerminal,
    });
  }

  parse(line: string, state: ClientState): ParsedLine {
    if (this.#paste !== null) return this.#parsePasted(this.#paste, line);
    if (line === 'PING' && !this.#chatting) return PING;
    const words = trim(cleanText(line, this.framer.isPlain));
    if (words === '') return null;
    if (!this.#chatting) return this.#parseCommand(words, state);
    if (!words.startsWith('/')) return say(words);
    if (words.startsWith('//')) return say(partOf(words, 1));
    return this.#parseCommand(partOf(words, 1), state);
  }

  onGreetingTimeout(): ParsedLine {
    this.#interactive = true;
    return { kind: 'dialect', dialect: this.dialect, text: `INFO ${LOGIN_HINT}\n` };
  }

  onLineTooLong(): ParsedLine {
    this.#paste?.spoil();
    return refuse('line-too-long');
  }

  #parseCommand(line: Text, state: ClientState): ParsedLine {
    // Nearly every line is one of these: no need to take it apart first.
    if (state.name !== null && line.startsWith('MSG ')) return say(trim(partOf(line, 4)));
    if (state.name !== null && line.startsWith('DM ')) return tell(trim(partOf(line, 3)));
    const end = endOfWord(line);
    const verb = line.slice(0, end).toUpperCase();
    const rest = trim(partOf(line, end));
    if (verb !== 'MSG' && verb !== 'DM' && isHttpRequest(line)) return { kind: 'http-request' };
    if (state.name === null && !BEFORE_LOGIN.has(verb)) return refuse('not-logged-in');
    switch (verb) {
      case 'MSG':
        return say(rest);
      case 'DM':
        return tell(rest);
      case 'PING':
        return { kind: 'ping', token: rest };
      case 'PONG':
        return null;
      case 'LOGIN':
        return login(rest);
      case 'WHO':
        return who(rest);
      case 'JOIN':
        return join(rest);
      case 'LEAVE':
        return { kind: 'leave' };
      case 'ROOMS':
        return { kind: 'rooms' };
      case 'HISTORY':
        return history(rest);
      case 'SEARCH':
        return search(rest);
      case 'PASTE':
        this.#paste = new Paste();
        return this.#interactive
          ? answer('INFO type the lines, then a line with only . to send them\n')
          : null;
      case 'TAGS':
        return this.#tags(rest.toUpperCase());
      case 'CHAT':
        return this.#chat(true);
      case 'LINES':
        return this.#chatting ? this.#chat(false) : refuse('unknown-command', { about: verb });
      case 'HELP':
        return answer(helpFor(state, rest.toUpperCase() === 'MORE'));
      case 'QUIT':
        return { kind: 'quit' };
      default:
        return parseAccountCommand(verb, rest, asTyped) ?? refuse('unknown-command', { about: verb });
    }
  }

  #tags(setting: string): ParsedLine {
    if (setting !== 'ON' && setting !== 'OFF') return refuse('usage', { usage: USAGE.TAGS });
    this.#tagged = setting === 'ON';
    return { kind: 'dialect', dialect: this.dialect, text: 'OK\n' };
  }

  #chat(on: boolean): ParsedLine {
    this.#chatting = on;
    const hint = on
      ? 'just type to talk; /WHO, /DM <user> <text>, /HELP; /lines goes back'
      : 'commands again; to talk: MSG <text>';
    return {
      kind: 'dialect',
      dialect: this.dialect,
      text: this.#interactive ? `OK\nINFO ${hint}\n` : 'OK\n',
    };
  }

  #parsePasted(paste: Paste, line: string): ParsedLine {
    if (line !== '.') {
      paste.add(line);
      return null;
    }
    this.#paste = null;
    const texts = paste.texts;
    return texts === null ? refuse('paste-too-long') : { kind: 'paste', texts };
  }
}

/** The lines of a PASTE so far, or only the knowledge that they are too many. */
class Paste {
  #texts: Text[] | null = [];
  #bytes = 0;

  get texts(): readonly Text[] | null {
    return this.#texts;
  }

  add(line: string): void {
    if (this.#texts === null) return;
    this.#bytes += Buffer.byteLength(line);
    if (this.#texts.length === MAX_PASTE_LINES || this.#bytes > MAX_PASTE_BYTES) this.spoil();
    else this.#texts.push(cleanText(line));
  }

  spoil(): void {
    this.#texts = null;
  }
}

const PING: ParsedLine = { kind: 'ping', token: '' };

function say(text: Text): ParsedLine {
  return text === '' ? refuse('usage', { usage: USAGE.MSG }) : { kind: 'say', text };
}

function tell(rest: Text): ParsedLine {
  const [to, text] = cut(rest);
  return text === '' ? refuse('usage', { usage: USAGE.DM }) : { kind: 'tell', to, text };
}

function login(rest: string): ParsedLine {
  const words = split(rest);
  const [name, secret = null] = words;
  if (name === undefined || words.length > 2) return refuse('usage', { usage: USAGE.LOGIN });
  return {
    kind: 'login',
    name: parseUserName(name),
    room: null,
    closeOnRefusal: false,
    canPromptPassword: false,
    secret,
  };
}

function who(rest: string): ParsedLine {
  const [room, ...spare] = split(rest);
  if (spare.length > 0) return refuse('usage', { usage: USAGE.WHO });
  return { kind: 'who', room: room === undefined ? 'server' : parseRoomName(room) };
}

function join(rest: string): ParsedLine {
  const words = split(rest);
  const [room, key = null] = words;
  if (room === undefined || words.length > 2) return refuse('usage', { usage: USAGE.JOIN });
  return { kind: 'join', room: parseRoomName(room), key };
}

function history(rest: string): ParsedLine {
  const words = split(rest);
  const direction = words[0]?.toUpperCase();
  const query =
    direction === 'AFTER' || direction === 'BEFORE' ? near(direction, words.slice(1)) : latest(words);
  return query === null ? refuse('usage', { usage: USAGE.HISTORY }) : { kind: 'history', query };
}

function search(rest: string): ParsedLine {
  const words = searchWords(rest);
  return words === null ? refuse('usage', { usage: USAGE.SEARCH }) : { kind: 'search', words };
}

function latest(words: readonly string[]): HistoryQuery | null {
  const limit = historyLimit(words[0]);
  return words.length > 1 || limit === null ? null : { kind: 'latest', limit };
}

function near(direction: 'AFTER' | 'BEFORE', words: readonly string[]): HistoryQuery | null {
  const id = wholeNumber(words[0] ?? '');
  const limit = historyLimit(words[1]);
  if (words.length > 2 || id === null || limit === null) return null;
  return { kind: direction === 'AFTER' ? 'after' : 'before', id, limit };
}

/** A verb as one would type it here. */
function asTyped(verb: string): string {
  return verb;
}

function refuse(reason: Refusal, detail: RefusalDetail = {}): Refused {
  return { kind: 'refuse', reason, detail };
}

function answer(text: string): Answer {
  return { kind: 'answer', text };
}
