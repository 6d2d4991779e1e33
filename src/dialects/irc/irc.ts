/** IRC's protocol for one client: its registration, then its commands, each of which may have tags and a label. */
import type { ClientState, Conversation, Dialect, ParsedLine, Sequence } from '../../core/dialect.js';
import { cleanText, parseRoomName, type RoomName } from '../../core/text/text.js';
import type { LineFramer } from '../../framing/line-framer.js';
import { isHttpRequest } from '../shared/http-request.js';
import { BatchInput, PENDING } from './batch-input.js';
import { type CapResult, negotiate } from './capability-commands.js';
import {
  type Caps,
  capsNamed,
  has,
  LABELED_RESPONSE,
  MULTILINE,
  NO_CAPS,
  sharedPart,
  WALLOPS,
} from './caps.js';
import type { IrcDialects } from './dialects.js';
import { answer, type Asker, type Handled, type Handler, numeric, withRequest } from './handler.js';
import { HISTORY_COMMANDS } from './history-commands.js';
import { HELP_COMMANDS } from './help-commands.js';
import { INFO_COMMANDS } from './info-commands.js';
import {
  escapeValue,
  fit,
  type IrcMessage,
  MAX_CLIENT_TAGS_BYTES,
  MAX_LINE_BYTES,
  parseMessage,
  parseTags,
  tagsBytes,
} from './message.js';
import { OPERATOR_COMMANDS } from './operator-commands.js';
import { QUERY_COMMANDS } from './query-commands.js';
import { MESSAGE_COMMANDS } from './message-commands.js';
import { MODERATION_COMMANDS } from './moderation-commands.js';
import { MONITOR_COMMANDS } from './monitor.js';
import { NAMES_STYLE } from './names.js';
import { READ_MARKER_COMMANDS } from './read-marker.js';
import { REDACTION_COMMANDS } from './redaction.js';
import { Registration } from './registration.js';
import { IrcRequest, withTag } from './request.js';
import { ROOM_COMMANDS } from './room-commands.js';
import { SaslExchange } from './sasl.js';
import { inOrder } from './sequence.js';
import type { IrcServer } from './server.js';
import { quit, SESSION_COMMANDS } from './session-commands.js';
import { HOST_BYTES } from './source.js';

const COMMANDS: ReadonlyMap<string, Handler> = new Map(
  [
    SESSION_COMMANDS,
    ROOM_COMMANDS,
    MESSAGE_COMMANDS,
    INFO_COMMANDS,
    HELP_COMMANDS,
    MODERATION_COMMANDS,
    QUERY_COMMANDS,
    OPERATOR_COMMANDS,
    MONITOR_COMMANDS,
    REDACTION_COMMANDS,
    READ_MARKER_COMMANDS,
    HISTORY_COMMANDS,
  ].flatMap((table) => Object.entries(table)),
);

/** The capabilities that exist so far. */
const OFFERED: Caps = capsNamed(
  'server-time',
  'message-tags',
  'account-tag',
  'batch',
  'extended-join',
  'away-notify',
  'account-notify',
  'echo-message',
  'labeled-response',
  'standard-replies',
  'cap-notify',
  'multi-prefix',
  'userhost-in-names',
  'setname',
  'invite-notify',
  'sasl',
  'draft/account-registration',
  'draft/multiline',
  'draft/message-redaction',
  'draft/read-marker',
  'draft/chathistory',
  'draft/event-playback',
  'extended-monitor',
);

/** A client's line without its line end. */
export const MAX_IRC_BYTES = MAX_CLIENT_TAGS_BYTES + MAX_LINE_BYTES - 2;

const MAX_LABEL_BYTES = 64;
const LINE_END_BYTES = 2;

export class IrcConversation implements Conversation {
  readonly framer: LineFramer;
  readonly greeting = '';
  readonly needsHeartbeat = true;
  readonly #dialects: IrcDialects;
  readonly #sts: string | undefined;
  #caps: Caps = NO_CAPS;
  /** Null once the client is logged in. */
  #registration: Registration | null = new Registration();
  readonly #sasl = new SaslExchange();
  readonly #batches = new BatchInput();
  #userBytes = 0;
  #hasWallops = false;
  /** The last room that was spoken to, as typed: most messages go to the same one as the message before. */
  #lastTarget = '';
  #lastRoom: RoomName | null = null;
  #lastRequest: IrcRequest | null = null;

  /** @param sts the value of the capability `sts`; without one, it is not offered */
  constructor(framer: LineFramer, dialects: IrcDialects, sts?: string) {
    this.framer = framer;
    this.#sts = sts;
    this.#dialects = dialects;
  }

  get #server(): IrcServer {
    return this.#dialects.server;
  }

  get dialect(): Dialect {
    const wallops = this.#hasWallops ? WALLOPS : NO_CAPS;
    return this.#dialects.of(this.#caps | wallops);
  }

  parse(line: string, state: ClientState): ParsedLine | Sequence {
    if (!this.framer.isUtf8) return this.#refuseBytes(line);
    if (state.name !== null && line.startsWith('PRIVMSG #') && this.framer.isPlain) {
      const said = this.#parseSay(line, state);
      if (said !== null) return said;
    }
    const inTags = tagsBytes(line);
    const bytes = (this.framer.isPlain ? line.length : Buffer.byteLength(line)) - inTags;
    if (inTags > MAX_CLIENT_TAGS_BYTES || bytes > MAX_LINE_BYTES - LINE_END_BYTES)
      return this.#refuseLength(line, state);
    if (state.name === null && isHttpRequest(line.trim())) return { kind: 'http-request' };
    const message = parseMessage(line);
    if (message === null) return null;
    const asker = this.#askerOf(message, state);
    const handled = this.#handle(message, asker);
    return handled === PENDING ? null : inOrder(asker.request, handled);
  }

  get unfinished(): object | null {
    return this.#batches.open;
  }

  onUnfinished(): ParsedLine | Sequence {
    return this.#batches.onTimeout();
  }

  get #wallops(): Asker['wallops'] {
    return {
      isOn: () => this.#hasWallops,
      set: (isOn) => {
        this.#hasWallops = isOn;
        return this.dialect;
      },
    };
  }

  onGreetingTimeout(): ParsedLine {
    return null;
  }

  /** The framer has dropped the line unread, and the label with it. */
  onLineTooLong(state: ClientState): ParsedLine {
    this.#batches.onLineRefused();
    return answer(lineTooLong(this.#request('*', state)));
  }

  onAreYouThere(): ParsedLine {
    return null;
  }

  /** The hot path: a message in printable ASCII to one room. Null if it needs the general parser. */
  #parseSay(line: string, state: ClientState): ParsedLine {
    const end = line.indexOf(' ', 'PRIVMSG #'.length);
    if (end === -1 || line[end + 1] !== ':' || line.length === end + 2) return null;
    const target = line.slice('PRIVMSG '.length, end);
    if (this.#sourceBytes(state) + line.length > MAX_LINE_BYTES - LINE_END_BYTES) return null;
    if (target !== this.#lastTarget) {
      const room = target.includes(',') ? null : parseRoomName(target);
      if (room === null) return null;
      this.#lastTarget = target;
      this.#lastRoom = room;
      this.#lastRequest = null;
    }
    const { name } = state;
    if (this.#lastRequest?.nick !== name?.shown || this.#lastRequest?.caps !== this.#caps)
      this.#lastRequest = this.#request('PRIVMSG', state, null, target);
    const text = cleanText(line.slice(end + 2), true);
    return withRequest(this.#lastRequest, { kind: 'say', room: this.#lastRoom, text });
  }

  #handle(message: IrcMessage, asker: Asker): Handled {
    const { verb } = message;
    if (verb === 'CAP') return this.#negotiate(message, asker);
    if (verb === 'AUTHENTICATE') return this.#sasl.authenticate(message.params, asker);
    const registration = this.#registration;
    if (asker.state.name === null && registration !== null)
      return this.#register(registration, message, asker);
    const mayBatch = has(this.#caps, MULTILINE);
    if (verb === 'BATCH') return this.#batches.command(message, asker, mayBatch);
    if ((mayBatch || this.#batches.open !== null) && this.#batches.take(message)) return null;
    const handler = COMMANDS.get(verb);
    return handler === undefined ? unknownCommand(message, asker) : handler(message, asker);
  }

  /** Before the login. */
  #register(registration: Registration, message: IrcMessage, asker: Asker): Handled {
    switch (message.verb) {
      case 'PASS':
        return registration.pass(message, asker);
      case 'NICK':
        return this.#nick(registration, message, asker);
      case 'USER':
        return registration.userCommand(message, asker) ?? this.#login(registration, asker);
      case 'QUIT':
        return quit(message, asker);
      case 'REGISTER':
        return registration.register(message, asker);
      case 'PONG':
        return null;
      default:
        return numeric(asker, '451', ':You have not registered');
    }
  }

  /** A client that still negotiates is told at once that a nick is taken, and has none then. */
  *#nick(registration: Registration, message: IrcMessage, asker: Asker): Iterable<ParsedLine> {
    const refusal = registration.nick(message, asker);
    const { name } = registration;
    if (refusal !== null || name === null) {
      yield refusal;
      return;
    }
    if (registration.isComplete || this.#server.needsPassword) {
      yield* this.#login(registration, asker);
      return;
    }
    yield withRequest(asker.request.about(name.shown), { kind: 'check-name', name });
    if (asker.state.isNameRefused) registration.name = null;
  }

  /** Logs in, once all is there; then follow the message of the day and the rooms that every user enters. */
  *#login(registration: Registration, asker: Asker): Iterable<ParsedLine> {
    const { name, user, realname, secret } = registration;
    if (name === null || user === null || registration.isNegotiating) return;
    const { state } = asker;
    const aborted = this.#sasl.abort(asker);
    if (aborted !== '') yield answer(aborted);
    const request = asker.request.about(name.shown);
    const roamer = {
      rooms: this.#server.autojoin,
      user,
      realname: realname === '' ? cleanText(name.shown) : realname,
      isBot: false,
      isInvisible: false,
      style: NAMES_STYLE,
    };
    const options = { room: null, closeOnRefusal: false, canPromptPassword: false };
    yield withRequest(request, { kind: 'login', name, secret, roamer, ...options });
    if (state.name === null) return;
    this.#registration = null;
    this.#userBytes = user.length;
  }

  *#negotiate({ params }: IrcMessage, asker: Asker): Iterable<ParsedLine> {
    const result: CapResult = negotiate(params, asker, this.#caps, { caps: OFFERED, sts: this.#sts });
    const isChanged = sharedPart(result.caps) !== sharedPart(this.#caps);
    this.#caps = result.caps;
    if (!has(result.caps, MULTILINE)) this.#batches.onCapabilityEnd();
    yield isChanged
      ? { kind: 'dialect', dialect: this.dialect, text: result.text }
      : result.text === ''
        ? null
        : answer(result.text);
    const registration = this.#registration;
    if (registration === null || result.isNegotiating === null) return;
    registration.isNegotiating = result.isNegotiating;
    yield* this.#login(registration, asker);
  }

  #refuseLength(line: string, state: ClientState): ParsedLine | Sequence {
    this.#batches.onLineRefused();
    const { tags = '' } = parseMessage(line) ?? {};
    const request = this.#request('*', state, this.#labelIn(tags));
    return inOrder(request, answer(lineTooLong(request)));
  }

  #refuseBytes(line: string): ParsedLine {
    this.#batches.onLineRefused();
    const { verb = '*', tags = '' } = parseMessage(line) ?? {};
    const command = /^[A-Z]+$/.test(verb) ? verb : '*';
    const label = this.#labelIn(tags);
    const text = fit(`:${this.#server.name} FAIL ${command} INVALID_UTF8 :Message rejected: it is not UTF-8`);
    return answer(label === null ? text : withTag(text, `label=${label}`));
  }

  #askerOf({ verb, tags }: IrcMessage, state: ClientState): Asker {
    const request = this.#request(verb, state, this.#labelIn(tags));
    return { state, request, sourceBytes: this.#sourceBytes(state), wallops: this.#wallops };
  }

  #labelIn(tags: string): string | null {
    return has(this.#caps, LABELED_RESPONSE) && tags !== '' ? labelIn(tags) : null;
  }

  #request(verb: string, state: ClientState, label: string | null = null, target = ''): IrcRequest {
    const nick = state.name?.shown ?? '*';
    const isQuiet = verb === 'NOTICE';
    return new IrcRequest({
      server: this.#server,
      verb: cleanText(verb),
      caps: this.#caps,
      nick,
      target,
      label,
      isQuiet,
    });
  }

  /** The bytes of `:nick!user@host `. */
  #sourceBytes({ name }: ClientState): number {
    return Buffer.byteLength(name?.shown ?? '') + this.#userBytes + HOST_BYTES + ':!@ '.length;
  }
}

function lineTooLong(request: IrcRequest): string {
  return request.reply('417', ':Input line was too long');
}

function labelIn(tags: string): string | null {
  const label = parseTags(tags).get('label') ?? '';
  return label === '' || Buffer.byteLength(label) > MAX_LABEL_BYTES ? null : escapeValue(cleanText(label));
}

function unknownCommand({ verb }: IrcMessage, asker: Asker): Handled {
  return numeric(asker, '421', `${cleanText(verb)} :Unknown command`);
}

/** Whether a connection that begins with these bytes is one of an IRC client. */
export function matchesIrc(first: Uint8Array): 'yes' | 'no' | 'more' {
  const begin = Buffer.from(first.subarray(0, LONGEST_VERB)).toString('latin1').toUpperCase();
  for (const verb of FIRST_VERBS) {
    if (begin.startsWith(verb)) return 'yes';
    if (verb.startsWith(begin)) return 'more';
  }
  return 'no';
}

const FIRST_VERBS = ['NICK ', 'USER ', 'CAP ', 'PASS '];
const LONGEST_VERB = 5;
