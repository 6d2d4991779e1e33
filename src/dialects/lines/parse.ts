/**
 * The input of `lines`, SocketChat's protocol: a verb, its arguments, a line end, typed into `ncat` or sent by a script.
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
import type { RefusalDetail } from '../../core/event.js';
import { MAX_PASTE_BYTES, MAX_PASTE_LINES } from '../../core/limits.js';
import type { Refusal } from '../../core/reasons.js';
import { cleanText, partOf, type Text } from '../../core/text/text.js';
import { cut, endOfWord, skipBlanks, trim } from '../shared/arguments.js';
import type { CommandRow, ParsedCommand } from '../shared/command-row.js';
import {
  commandNamed,
  commandsOf,
  slashCommandNamed,
  unknownCommand,
  usageError,
} from '../shared/command-table.js';
import { helpOn } from '../shared/help.js';
import { isHttpRequest } from '../shared/http-request.js';
import { linesDialect } from './format.js';
import { LOGIN_HINT } from './refusals.js';
import { type CommandTags, inRoom, NO_TAGS, parseTags, TAGS_USAGE } from './tags.js';

export class LinesConversation implements Conversation {
  readonly framer: Framer;
  readonly greeting = '';
  readonly needsHeartbeat = true;
  readonly #inTerminal: boolean;
  #tagged = false;
  #interactive = false;
  /** CHAT mode: every line is a message, every `/verb` a command. */
  #chatting = false;
  /** Messages begin with the local time. */
  #timed = false;
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
      timed: this.#timed,
      inTerminal: this.#inTerminal,
    });
  }

  parse(line: string, state: ClientState): ParsedLine {
    if (this.#paste !== null) return this.#parsePasted(this.#paste, line);
    if (line === 'PING' && !this.#chatting) return PING;
    const trimmed = trim(cleanText(line, this.framer.isPlain));
    if (trimmed === '') return null;
    if (!this.#chatting) {
      const hasTags = this.#tagged && trimmed.startsWith('@');
      return hasTags ? this.#parseTagged(trimmed, state) : this.#parseCommand(trimmed, state, NO_TAGS);
    }
    if (!trimmed.startsWith('/')) return { kind: 'say', room: null, text: trimmed };
    if (trimmed.startsWith('//')) return { kind: 'say', room: null, text: partOf(trimmed, 1) };
    return this.#parseCommand(partOf(trimmed, 1), state, NO_TAGS);
  }

  onGreetingTimeout(): ParsedLine {
    this.#interactive = true;
    return { kind: 'dialect', dialect: this.dialect, text: `INFO ${LOGIN_HINT}\n` };
  }

  onLineTooLong(): ParsedLine {
    this.#paste?.discard();
    return refuse('line-too-long');
  }

  onAreYouThere(): ParsedLine {
    return answer('INFO here\n');
  }

  /** A command with tags in front. One with a label has an answer in any case. */
  #parseTagged(line: Text, state: ClientState): ParsedLine {
    const [block, command] = cut(line);
    const { isValid, ...tags } = parseTags(block);
    const { label } = tags;
    if (isValid && command !== '') {
      const parsed = this.#parseCommand(command, state, tags);
      return parsed === null && this.#paste === null ? labelled(label, OK) : labelled(label, parsed);
    }
    const refused = refuse('usage', { usage: TAGS_USAGE, example: '@room=dev MSG hi' });
    if (!/^PASTE(?![^ \t])/i.test(command) || state.name === null) return labelled(label, refused);
    // The lines of the paste would run as commands if it was refused at once.
    this.#paste = new Paste(tags, refused);
    return null;
  }

  #parseCommand(line: Text, state: ClientState, tags: CommandTags): ParsedLine {
    if (state.name !== null && !this.#chatting) {
      // Nearly every line is a message, so these two skip the table. An empty text falls through to its usage error.
      if (line.startsWith('MSG ')) {
        const text = trim(partOf(line, 4));
        if (text !== '') return { kind: 'say', room: tags.room, text };
      } else if (line.startsWith('DM ')) {
        const start = skipBlanks(line, 3);
        const end = endOfWord(line, start);
        const textStart = skipBlanks(line, end);
        if (textStart < line.length)
          return { kind: 'tell', to: partOf(line, start, end), text: partOf(line, textStart) };
      }
    }
    const end = endOfWord(line);
    const verb = line.slice(0, end).toUpperCase();
    const command = this.#chatting ? slashCommandNamed('lines', verb) : commandNamed('lines', verb);
    if (state.name === null) {
      if (verb !== 'MSG' && verb !== 'DM' && isHttpRequest(line)) return { kind: 'http-request' };
      if (command?.beforeLogin !== true) return notLoggedIn(verb);
    }
    if (command === undefined || !this.#has(command)) return this.#unknown(verb);
    const parsed = command.parse(trim(partOf(line, end)));
    if (parsed?.kind === 'rooms' && parsed.all && !this.#tagged) return this.#unknown(verb);
    return parsed === null
      ? usageError('lines', command)
      : this.#apply(inRoom(parsed, tags.room), state, tags);
  }

  /** Whether the command exists in the modes that are on. */
  #has({ mode, needsTags = false }: CommandRow): boolean {
    return (mode !== 'slash' || this.#chatting) && (!needsTags || this.#tagged);
  }

  #unknown(verb: string): Refused {
    if (this.#chatting) return unknownCommand(verb, true);
    const hasSlash = verb.startsWith('/');
    const command = slashCommandNamed('lines', hasSlash ? verb.slice(1) : verb);
    if (command?.mode === 'slash')
      return refuse('unknown-command', {
        about: verb,
        remedy: 'CHAT is off already; HELP lists the commands',
      });
    if (!hasSlash || command === undefined || (command.needsTags === true && !this.#tagged))
      return unknownCommand(verb, false);
    const isChat = command.verb === 'CHAT';
    const remedy = `no slash outside of CHAT: type ${command.verb}${isChat ? '' : ', or CHAT first'}`;
    return refuse('unknown-command', { about: verb, remedy });
  }

  /** Applies a command for the conversation itself; passes others on to the hub. */
  #apply(command: ParsedCommand, state: ClientState, tags: CommandTags): ParsedLine {
    const wantsHints = this.#interactive && tags.label === null;
    switch (command.kind) {
      case 'tags':
        this.#tagged = command.on;
        return { kind: 'dialect', dialect: this.dialect, text: 'OK\n' };
      case 'times':
        this.#timed = command.on;
        return { kind: 'dialect', dialect: this.dialect, text: 'OK\n' };
      case 'chat':
        return this.#setChatting(command.on, wantsHints);
      case 'start-paste':
        this.#paste = new Paste(tags);
        return wantsHints ? answer('INFO type the lines, then a line with only . to send them\n') : null;
      case 'help':
        return this.#help(command.topic, state);
      case 'alive':
        return null;
      case 'login':
        return this.#tagged ? { ...command, resume: { shown: tags.resume } } : command;
      default:
        return command;
    }
  }

  #help(topic: string, { isOperator }: ClientState): ParsedLine {
    const commands = this.#tagged ? commandsOf('lines') : COMMANDS_WITHOUT_TAGS;
    const help = helpOn(topic, { commands, slash: this.#chatting, isOperator });
    if ('kind' in help) return help;
    return answer(`${help.map((line) => `INFO ${line}\n`).join('')}OK\n`);
  }

  #setChatting(on: boolean, wantsHints: boolean): ParsedLine {
    this.#chatting = on;
    this.#timed = on;
    const hint = on
      ? 'just type to talk; /who, /dm <user> <text>, /help; /lines ends this mode'
      : 'every line is a command again; to talk: MSG <text>';
    return {
      kind: 'dialect',
      dialect: this.dialect,
      text: wantsHints ? `OK\nINFO ${hint}\n` : 'OK\n',
    };
  }

  #parsePasted(paste: Paste, line: string): ParsedLine {
    if (line !== '.') {
      // As in SMTP: a line of dots alone has one dot more than the text that it stands for.
      paste.add(ONLY_DOTS.test(line) ? line.slice(1) : line);
      return null;
    }
    this.#paste = null;
    return labelled(paste.tags.label, paste.end());
  }
}

/** The lines of a PASTE so far; null once they are too many. */
class Paste {
  readonly tags: CommandTags;
  readonly #refused: Refused | null;
  #texts: Text[] | null = [];
  #bytes = 0;

  /** `refused`: why the lines are read and dropped. */
  constructor(tags: CommandTags, refused: Refused | null = null) {
    this.tags = tags;
    this.#refused = refused;
  }

  /** The command that its last line completes. */
  end(): ParsedLine {
    if (this.#refused !== null) return this.#refused;
    const texts = this.#texts;
    return texts === null ? refuse('paste-too-long') : { kind: 'paste', room: this.tags.room, texts };
  }

  add(line: string): void {
    if (this.#texts === null) return;
    this.#bytes += Buffer.byteLength(line);
    if (this.#texts.length === MAX_PASTE_LINES || this.#bytes > MAX_PASTE_BYTES) this.discard();
    else this.#texts.push(cleanText(line));
  }

  /** The paste will be refused as a whole; its lines up to the dot are still skipped. */
  discard(): void {
    this.#texts = null;
  }
}

/** The commands, and their forms, that exist in any session. */
const COMMANDS_WITHOUT_TAGS = commandsOf('lines')
  .filter(({ needsTags = false }) => !needsTags)
  .map((row) => ({
    ...row,
    otherForms: (row.otherForms ?? []).filter(({ needsTags = false }) => !needsTags),
  }));
const ONLY_DOTS = /^\.+$/;
const PING: ParsedLine = { kind: 'ping', token: '' };
const OK = answer('OK\n');

/** A verb that leaves other programs gets the same remedy before the login. */
function notLoggedIn(verb: string): Refused {
  const { detail } = unknownCommand(verb, false);
  return refuse('not-logged-in', detail);
}

function labelled(label: string | null, line: ParsedLine): ParsedLine {
  return label === null || line === null ? line : { kind: 'labelled', label, line };
}

function refuse(reason: Refusal, detail: RefusalDetail = {}): Refused {
  return { kind: 'refuse', reason, detail };
}

function answer(text: string): Answer {
  return { kind: 'answer', text };
}
