/** What the hub says, in SocketChat's words: one line an event, a word in front that tells what it is. */
import type { OfflineMessage } from '../../core/accounts.js';
import type { Dialect } from '../../core/dialect.js';
import type { HubEvent, RefusalDetail } from '../../core/event.js';
import type { Message } from '../../core/message.js';
import type { CloseReason, Refusal } from '../../core/reasons.js';
import { banText } from '../shared/ban-text.js';
import { confirmation } from '../shared/command-table.js';
import { noticeText } from '../shared/notices.js';

/** How a client wants to be spoken to. */
export interface LinesStyle {
  /** Each MSG, DM and INFO begins with `@id=…;time=…;room=… `. */
  readonly tagged: boolean;
  /** A person types: hints and greetings in INFO lines. */
  readonly interactive: boolean;
  /** Every line it types is a message, so that commands begin with a slash: this changes the hints. */
  readonly chatting: boolean;
  /** Read in a terminal, by a program that may stay open after the connection's end. */
  readonly inTerminal: boolean;
}

/** Messages shown to a person who comes to a room. */
const RECAP_MESSAGES = 20;

export const LOGIN_HINT = 'type LOGIN <username> to join, HELP for help';

class LinesDialect implements Dialect {
  readonly name = 'lines';
  readonly echoesOwnMessages = false;
  readonly interactive: boolean;
  readonly recapMessages: number;
  readonly #tagged: boolean;
  readonly #toTalk: string;
  readonly #inTerminal: boolean;

  constructor({ tagged, interactive, chatting, inTerminal }: LinesStyle) {
    this.#inTerminal = inTerminal;
    this.#tagged = tagged;
    this.#toTalk = chatting ? 'just type' : 'MSG <text>';
    this.interactive = interactive;
    this.recapMessages = interactive ? RECAP_MESSAGES : 0;
  }

  format(event: HubEvent): string {
    switch (event.kind) {
      case 'said':
        return this.#said(event.message);
      case 'pong':
        return event.token === '' ? 'PONG\n' : `PONG ${event.token}\n`;
      case 'told':
        return this.#told(event);
      case 'joined':
        if (event.how === 'login' && event.lobby) return '';
        return this.#info(`${event.name} joined ${event.room}`, event.at, event.room);
      case 'left':
        return event.how === 'ended'
          ? ''
          : this.#info(`${event.name} left ${event.room}`, event.at, event.room);
      case 'notice':
        return this.#info(noticeText(event.notice), event.at, event.room ?? undefined);
      case 'connected':
        return this.#info(`${event.name} connected`, event.at);
      case 'disconnected':
        return this.#info(`${event.name} disconnected`, event.at);
      case 'logged-in':
      case 'entered':
      case 'pasted':
        return 'OK\n';
      case 'done':
        return this.#done(event);
      case 'delivered':
        if (!this.interactive) return '';
        return this.#info(event.isAway ? `${event.to} is away; kept` : `to ${event.to}: sent`, event.at);
      case 'mail':
        return event.mail.map((one) => this.#told(one)).join('');
      case 'announced':
        return this.#info(`${event.name}: ${event.text}`, event.at);
      case 'bans': {
        const lines = event.bans.map((ban) => this.#info(banText(ban), event.at)).join('');
        return event.last ? `${lines}OK\n` : lines;
      }
      case 'recap':
        return this.#recap(event);
      case 'roster':
        return this.#roster(event);
      case 'rooms':
        return `${event.rooms.map(({ name, members }) => `ROOM ${name} ${members}\n`).join('')}${event.last ? 'OK\n' : ''}`;
      case 'history':
        return `${event.messages.map(hist).join('')}${event.last ? 'OK\n' : ''}`;
      case 'found':
        return this.#found(event);
      case 'heartbeat':
        return this.interactive ? '' : 'PING\n';
      case 'idle-soon':
        return this.interactive ? this.#info('idle: press Enter to stay', event.at) : '';
      case 'refused': {
        const refusal = `ERR ${REFUSALS[event.reason](event.detail)}\n`;
        return this.interactive
          ? refusal + this.#info(HINTS[event.reason](event.detail, this.#toTalk), event.at)
          : refusal;
      }
      case 'answered':
        return this.#tagged ? event.text.replace(/^INFO /gm, `@time=${isoTime(event.at)} INFO `) : event.text;
      case 'closing':
        return this.#closing(event);
      case 'attached':
      case 'detached':
        return '';
      default:
        return event satisfies never;
    }
  }

  #said({ id, at, room, from, text }: Message): string {
    const line = `MSG ${from} ${text}\n`;
    return this.#tagged ? `@id=${id};time=${isoTime(at)};room=${room.shown} ${line}` : line;
  }

  #done({ at, action }: Extract<HubEvent, { kind: 'done' }>): string {
    const text = this.interactive ? confirmation(action) : '';
    return text === '' ? 'OK\n' : `OK\n${this.#info(text, at)}`;
  }

  #told({ id, at, from, text }: OfflineMessage): string {
    return `${this.#tagged ? `@id=${id};time=${isoTime(at)} ` : ''}DM ${from} ${text}\n`;
  }

  #info(text: string, at: number, room?: string): string {
    if (!this.#tagged) return `INFO ${text}\n`;
    return `@time=${isoTime(at)}${room === undefined ? '' : `;room=${room}`} INFO ${text}\n`;
  }

  #recap(event: Extract<HubEvent, { kind: 'recap' }>): string {
    const { at, room, topic, others, othersInAll, missed, messages, first, last } = event;
    const below = last ? this.#info('---- you are up to date ----', at, room) : '';
    if (!first) return messages.map(hist).join('') + below;
    const more = othersInAll > others.length ? ` and ${othersInAll - others.length} more` : '';
    const company = othersInAll === 0 ? `alone in ${room}` : `in ${room} with ${others.join(', ')}${more}`;
    const about = topic === '' ? '' : this.#info(`the topic of ${room}: ${topic}`, at, room);
    const where = this.#info(`you are ${company}; to talk: ${this.#toTalk}`, at, room) + about;
    if (messages.length === 0 && missed === null) return where;
    const above =
      missed === null
        ? this.#info(`---- the last messages in ${room} ----`, at, room)
        : this.#info(
            `you missed ${missed.count} messages in ${missed.room} since ${isoTime(missed.since)}`,
            at,
            missed.room,
          );
    return where + above + messages.map(hist).join('') + below;
  }

  #roster({ at, names, room, count, last }: Extract<HubEvent, { kind: 'roster' }>): string {
    const lines = names.map((name) => `USER ${name}\n`).join('');
    if (!this.interactive || !last) return lines;
    const users = count === 1 ? '1 user' : `${count} users`;
    return lines + this.#info(room === null ? users : `${users} in ${room}`, at);
  }

  #found({ at, messages, count, last }: Extract<HubEvent, { kind: 'found' }>): string {
    const lines = `${messages.map(hist).join('')}${last ? 'OK\n' : ''}`;
    if (!this.interactive || !last || count > 0) return lines;
    return lines + this.#info('nothing found; all words must be in the message, as whole words', at);
  }

  #closing({ why, at, by, reason }: Extract<HubEvent, { kind: 'closing' }>): string {
    const { word, text } = CLOSINGS[why];
    const whole = `${text}${by}${reason === '' ? '' : `: ${reason}`}`;
    const last = word === 'INFO' ? this.#info(whole, at) : word === 'ERR' ? `ERR ${text}\n` : '';
    if (!this.interactive || !this.#inTerminal) return last;
    return last + this.#info('connection closed; if ncat stays open, press Ctrl-C', at);
  }
}

/** Each manner of speaking is one object, so that clients of a kind share their buffers. */
const EITHER = [false, true];
const STYLES = EITHER.flatMap((tagged) =>
  EITHER.flatMap((interactive) =>
    EITHER.flatMap((chatting) =>
      EITHER.map((inTerminal) => ({
        tagged,
        interactive,
        chatting: interactive && chatting,
        inTerminal: interactive && inTerminal,
      })),
    ),
  ),
);
const DIALECTS = new Map(STYLES.map((style) => [keyOf(style), new LinesDialect(style)]));

export function linesDialect(style: LinesStyle): Dialect {
  const dialect = DIALECTS.get(keyOf(style));
  if (dialect === undefined) throw new Error('every style of lines has a dialect');
  return dialect;
}

/** Whether one chats, and where, changes nothing for a script. */
function keyOf({ tagged, interactive, chatting, inTerminal }: LinesStyle): string {
  return [tagged, interactive, interactive && chatting, interactive && inTerminal].join();
}

const REFUSALS: Record<Refusal, (detail: RefusalDetail) => string> = {
  'not-logged-in': () => "expected 'LOGIN <username>'",
  'already-logged-in': () => 'already-logged-in',
  'invalid-handshake': () => 'invalid-handshake',
  'invalid-username': () => 'invalid-username',
  'username-taken': () => 'username-taken',
  'password-required': () => 'password-required',
  'wrong-password': () => 'wrong-password',
  'weak-password': () => 'weak-password',
  'already-registered': () => 'already-registered',
  'not-registered': () => 'not-registered',
  banned: () => 'banned',
  'not-permitted': () => 'not-permitted',
  muted: () => 'not-permitted',
  usage: ({ usage }) => `usage: ${usage ?? 'HELP'}`,
  'unknown-command': () => 'unknown-cmd',
  'user-not-found': () => 'user-not-found',
  'invalid-room': () => 'invalid-room',
  'room-not-found': () => 'room-not-found',
  'room-locked': () => 'room-locked',
  'mailbox-full': () => 'mailbox-full',
  'not-stored': () => 'not-stored',
  busy: () => 'busy',
  'line-too-long': () => 'line-too-long',
  'paste-too-long': () => 'paste-too-long',
};

/** For a person: how to put it right. */
const HINTS: Record<Refusal, (detail: RefusalDetail, toTalk: string) => string> = {
  'not-logged-in': () => LOGIN_HINT,
  'already-logged-in': ({ about }) =>
    `you are ${about ?? 'logged in'}; for another name, QUIT and connect again`,
  'invalid-handshake': () => LOGIN_HINT,
  'invalid-username': () =>
    'a name is 1 to 32 letters or digits of one script, and _ - . after the first; try LOGIN bob',
  'username-taken': ({ suggestion }) =>
    suggestion === undefined ? 'name in use, try another' : `name in use, try ${suggestion}`,
  'password-required': ({ about }) => `a password is needed: LOGIN ${about ?? '<username>'} <password>`,
  'wrong-password': () => 'try again; after five wrong passwords the connection is closed',
  'weak-password': () => 'a password has 8 characters at least and no spaces, and is not your name',
  'already-registered': () => 'the name is yours already; for another password: PASSWORD <old> <new>',
  'not-registered': () => 'the name is not registered; to make it yours: REGISTER <password>',
  banned: () => 'you are shut out for now; ask whoever runs this server',
  muted: () => 'not sent: an operator has silenced you for now',
  'not-permitted': () => 'that is not yours to do here; HELP shows what is',
  usage: () => 'not done; HELP shows every command with an example',
  'unknown-command': ({ suggestion }, toTalk) =>
    suggestion === undefined
      ? `not sent; to talk: ${toTalk}`
      : `unknown command; ${suggestion} lists the commands`,
  'user-not-found': (detail) => missing(detail, 'WHO shows who is here'),
  'invalid-room': () =>
    'a room is 1 to 64 letters or digits of one script, and _ - . after the first; try JOIN dev',
  'room-not-found': (detail) => missing(detail, 'ROOMS shows the rooms'),
  'room-locked': ({ about }) => `the room is locked; with its key: JOIN ${about ?? '<room>'} <key>`,
  'mailbox-full': ({ about }) => `not sent: too much waits for ${about ?? 'that user'} already`,
  'not-stored': () => 'not sent: the server could not store it; try again in a moment',
  busy: () => 'the server could not do it just now; try again in a moment',
  'line-too-long': () => 'not sent: the line is too long; send it in parts, or as lines with PASTE',
  'paste-too-long': () => 'not sent: a paste has at most 200 lines and 16 KiB; send it in parts',
};

function missing({ about, suggestion }: RefusalDetail, otherwise: string): string {
  return `no "${about ?? ''}" here; ${suggestion === undefined ? otherwise : `did you mean ${suggestion}?`}`;
}

const CLOSINGS: Record<CloseReason, { readonly word: 'INFO' | 'ERR' | null; readonly text: string }> = {
  quit: { word: 'INFO', text: 'bye' },
  left: { word: null, text: '' },
  lost: { word: null, text: '' },
  idle: { word: 'INFO', text: 'disconnected due to inactivity' },
  'login-timeout': { word: 'ERR', text: 'login-timeout' },
  'login-refused': { word: null, text: '' },
  'too-many-attempts': { word: 'ERR', text: 'too-many-attempts' },
  'logged-in-elsewhere': { word: 'INFO', text: 'disconnected: logged in elsewhere' },
  'token-revoked': { word: 'INFO', text: 'disconnected: token revoked' },
  kicked: { word: 'INFO', text: 'disconnected: kicked by ' },
  banned: { word: 'INFO', text: 'disconnected: banned by ' },
  barred: { word: 'ERR', text: 'banned' },
  'too-slow': { word: 'INFO', text: 'disconnected: reading too slowly' },
  'endless-line': { word: null, text: '' },
  'http-request': { word: null, text: '' },
  'server-full': { word: 'ERR', text: 'server-full' },
  'too-many-connections': { word: 'ERR', text: 'too-many-connections' },
  'tls-required': { word: 'ERR', text: 'tls-required' },
  shutdown: { word: 'INFO', text: 'server shutting down' },
  'internal-error': { word: 'INFO', text: 'disconnected: internal error' },
};

function hist({ id, at, from, text }: Message): string {
  return `HIST ${id} ${isoTime(at)} ${from} ${text}\n`;
}

let lastTime = Number.NaN;
let lastIso = '';

/** ISO 8601 UTC with milliseconds; the messages of a turn mostly share theirs. */
function isoTime(at: number): string {
  if (at !== lastTime) {
    lastTime = at;
    lastIso = new Date(at).toISOString();
  }
  return lastIso;
}
