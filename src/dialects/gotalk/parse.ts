/**
 * The input of GoTalk's protocol, for a person at a terminal: the server asks for a name, then a line is a message
 * unless it begins with `/`.
 */
import type { ClientState, Conversation, Dialect, Framer, ParsedLine } from '../../core/dialect.js';
import { cleanText, parseUserName, partOf, type Text, type UserName } from '../../core/text/text.js';
import { cut, trim } from '../shared/arguments.js';
import type { ParsedCommand } from '../shared/command-row.js';
import { commandsOf, slashCommandNamed, unknownCommand, usageError } from '../shared/command-table.js';
import { helpOn } from '../shared/help.js';
import { isHttpRequest } from '../shared/http-request.js';
import { greetingWith, PENGUIN } from './banner.js';
import { SYSTEM } from './format.js';

export interface GotalkOptions {
  /** The output format of all clients of the server. */
  readonly dialect: Dialect;
  /** The text of BANNER_FILE, shown unchanged in place of the penguin. */
  readonly banner?: string;
}

/** The last failed attempt closes the connection. */
const MAX_NAME_ATTEMPTS = 3;

export class GotalkConversation implements Conversation {
  readonly dialect: Dialect;
  readonly framer: Framer;
  readonly greeting: string;
  readonly needsHeartbeat = false;
  #attempts = 0;
  /** The last name typed, kept for the password that may follow. */
  #name: UserName | null = null;

  constructor(framer: Framer, { dialect, banner = PENGUIN }: GotalkOptions) {
    this.framer = framer;
    this.dialect = dialect;
    this.greeting = greetingWith(banner);
  }

  parse(line: string, state: ClientState): ParsedLine {
    const text = cleanText(line);
    const trimmed = trim(text);
    if (state.name === null) {
      if (isHttpRequest(trimmed)) return { kind: 'http-request' };
      return state.awaitingPassword ? this.#login(trimmed) : this.#parseName(trimmed);
    }
    // In classic style an answer, even an empty one, is followed by the prompt.
    if (trimmed === '') return { kind: 'answer', text: '' };
    if (text.startsWith('//')) return { kind: 'say', room: null, text: partOf(text, 1) };
    return text.startsWith('/') ? parseCommand(trimmed, state) : { kind: 'say', room: null, text };
  }

  onGreetingTimeout(): ParsedLine {
    return null;
  }

  onLineTooLong(state: ClientState): ParsedLine {
    if (state.name === null) return this.#parseName(null);
    return { kind: 'refuse', reason: 'line-too-long', detail: {} };
  }

  onAreYouThere(): ParsedLine {
    return { kind: 'answer', text: `${SYSTEM}here\n` };
  }

  /** A name and its wrong password are one attempt. */
  #login(secret: Text | null): ParsedLine {
    return {
      kind: 'login',
      name: this.#name,
      room: null,
      closeOnRefusal: this.#attempts >= MAX_NAME_ATTEMPTS,
      canPromptPassword: secret === null,
      secret,
    };
  }

  /** `typed` is the line at the prompt; null if it was too long. */
  #parseName(typed: Text | null): ParsedLine {
    const final = ++this.#attempts >= MAX_NAME_ATTEMPTS;
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

function parseCommand(trimmed: Text, state: ClientState): ParsedLine {
  const [word, rest] = cut(trimmed);
  const verb = word.slice(1).toUpperCase();
  const command = slashCommandNamed('gotalk', verb);
  if (command === undefined) return unknownCommand(verb, true);
  const parsed = command.parse(rest);
  return parsed === null ? usageError('gotalk', command) : apply(parsed, state);
}

/** Answers a command for the conversation itself; passes others on to the hub. */
function apply(command: ParsedCommand, state: ClientState): ParsedLine {
  switch (command.kind) {
    case 'help':
      return help(command.topic, state);
    // No row of gotalk gives these.
    case 'tags':
    case 'times':
    case 'chat':
    case 'start-paste':
    case 'alive':
      return null;
    default:
      return command;
  }
}

function help(topic: string, { isOperator }: ClientState): ParsedLine {
  const lines = helpOn(topic, { commands: commandsOf('gotalk'), slash: true, isOperator });
  if ('kind' in lines) return lines;
  return { kind: 'answer', text: lines.map((line) => `${SYSTEM}${line}\n`).join('') };
}
