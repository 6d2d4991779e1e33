/** What the hub says, in GoTalk's words: every line begins with the server's local time and who speaks. */
import type { OfflineMessage } from '../../core/accounts.js';
import type { Dialect } from '../../core/dialect.js';
import type { HubEvent, RefusalDetail } from '../../core/event.js';
import type { Message } from '../../core/message.js';
import type { CloseReason, Refusal } from '../../core/reasons.js';
import { banText } from '../shared/ban-text.js';
import { confirmation } from '../shared/command-table.js';
import { noticeText } from '../shared/notices.js';
import { PASSWORD_PROMPT, PROMPT } from './banner.js';

export interface GotalkStyle {
  /** Messages shown to someone who comes to a room: HISTORY_REPLAY. */
  readonly historyReplay?: number;
  /** Milliseconds since 1970 as people read them. By default the server's local time. */
  readonly showTime?: (at: number) => string;
}

const HISTORY_REPLAY = 50;

/** Stands in an answer for `[time][system]: `, since the time is not known before it is said. No text or banner holds one. */
export const SYSTEM = '\0';

/** One for all clients of a server, so that they share their buffers. */
export class GotalkDialect implements Dialect {
  readonly name = 'gotalk';
  readonly echoesOwnMessages = false;
  readonly interactive = false;
  readonly recapMessages: number;
  readonly #showTime: (at: number) => string;

  constructor({ historyReplay = HISTORY_REPLAY, showTime = localTime }: GotalkStyle = {}) {
    this.recapMessages = historyReplay;
    this.#showTime = oncePerSecond(showTime);
  }

  format(event: HubEvent): string {
    switch (event.kind) {
      case 'said':
        return this.#said(event.message);
      case 'told':
        return this.#told(event);
      case 'mail':
        return event.mail.map((one) => this.#told(one)).join('');
      case 'joined':
        return this.#system(event.at, `${event.name} joined the chat`);
      case 'left':
        return this.#system(event.at, `${event.name} has left our chat...`);
      case 'notice':
        return this.#system(event.at, noticeText(event.notice));
      case 'entered':
        return this.#system(event.at, `you are in ${event.room}`);
      case 'delivered':
        return event.isAway ? this.#system(event.at, `${event.to} is away; kept`) : '';
      case 'recap':
        return this.#topic(event) + this.#messages(event.messages);
      case 'roster':
        return this.#roster(event);
      case 'rooms':
        return event.rooms
          .map(({ name, members }) => this.#system(event.at, `${name}: ${count(members)}`))
          .join('');
      case 'history':
        return event.messages.length === 0
          ? this.#system(event.at, 'nothing has been said here yet')
          : this.#messages(event.messages);
      case 'found':
        return event.last && event.count === 0
          ? this.#system(event.at, 'nothing found; all words must be in the message, as whole words')
          : this.#messages(event.messages);
      case 'refused':
        return this.#refused(event);
      case 'answered':
        return event.text.replaceAll(SYSTEM, `${this.#stamp(event.at)}[system]: `);
      case 'closing': {
        const words = CLOSINGS[event.why];
        if (typeof words === 'string') return words;
        return this.#system(
          event.at,
          `${words.system}${event.by}${event.reason === '' ? '' : `: ${event.reason}`}`,
        );
      }
      case 'done':
        return this.#done(event);
      case 'announced':
        return this.#system(event.at, `${event.name}: ${event.text}`);
      case 'bans':
        return this.#bans(event);
      // Joins and leaves are told to the room, not to the server.
      case 'connected':
      case 'disconnected':
      case 'logged-in':
      // Answers to what cannot be asked here.
      case 'pasted':
      case 'pong':
      // Silence is allowed.
      case 'heartbeat':
      case 'idle-soon':
      case 'attached':
      case 'detached':
        return '';
      default:
        return event satisfies never;
    }
  }

  #stamp(at: number): string {
    return `[${this.#showTime(at)}]`;
  }

  #line(at: number, who: string, text: string): string {
    return `${this.#stamp(at)}[${who}]: ${text}\n`;
  }

  #system(at: number, text: string): string {
    return this.#line(at, 'system', text);
  }

  #said({ at, from, text }: Message): string {
    return this.#line(at, from, text);
  }

  #messages(messages: readonly Message[]): string {
    return messages.map((message) => this.#said(message)).join('');
  }

  #roster({ at, names, room, count: inAll, last }: Extract<HubEvent, { kind: 'roster' }>): string {
    const lines = names.map((name) => this.#system(at, name)).join('');
    const where = room === null ? 'online' : `in ${room}`;
    return last ? lines + this.#system(at, `${count(inAll)} ${where}`) : lines;
  }

  #told({ at, from, text }: OfflineMessage): string {
    return this.#line(at, `${from} -> you`, text);
  }

  #topic({ at, room, topic, first }: Extract<HubEvent, { kind: 'recap' }>): string {
    return topic === '' || !first ? '' : this.#system(at, `the topic of ${room}: ${topic}`);
  }

  #done({ at, action }: Extract<HubEvent, { kind: 'done' }>): string {
    const text = confirmation(action);
    return text === '' ? '' : this.#system(at, text);
  }

  #bans({ at, bans, last }: Extract<HubEvent, { kind: 'bans' }>): string {
    if (bans.length === 0 && last) return this.#system(at, 'nobody is shut out');
    return bans.map((ban) => this.#system(at, banText(ban))).join('');
  }

  #refused({ at, reason, detail, final, atLogin }: Extract<HubEvent, { kind: 'refused' }>): string {
    if (reason === 'password-required' && !final) return PASSWORD_PROMPT;
    const sorry = atLogin ? atThePrompt(reason, detail) : null;
    if (sorry === null) return this.#system(at, REFUSALS[reason](detail));
    return `Sorry! ${sorry}\n${final ? '' : PROMPT}`;
  }
}

/** Why a name was not taken, in GoTalk's own words; null for what is refused later. */
function atThePrompt(reason: Refusal, { about }: RefusalDetail): string | null {
  switch (reason) {
    case 'username-taken':
      return 'The name you are trying to enter is already in use.';
    case 'invalid-username':
      return about === '' ? "Empty name can't be accepted." : "That name can't be accepted.";
    case 'password-required':
      return 'That name needs a password.';
    case 'wrong-password':
      return "That password can't be accepted.";
    case 'busy':
      return 'Too many are logging in just now. Please try again in a moment.';
    case 'banned':
      return BANNED;
    default:
      return null;
  }
}

const BANNED = 'You are banned here.';

const REFUSALS: Record<Refusal, (detail: RefusalDetail) => string> = {
  'not-logged-in': () => 'enter your name first',
  'already-logged-in': ({ about }) =>
    `you are ${about ?? 'logged in'}; for another name, /quit and connect again`,
  'invalid-handshake': () => 'that cannot be read; enter your name',
  'invalid-username': () => "that name can't be accepted; try another",
  'username-taken': () => 'that name is in use; try another',
  'password-required': () => 'that name needs a password',
  'wrong-password': () => 'that is not the password',
  'weak-password': () => 'a password has 8 characters at least and no spaces, and is not your name',
  'already-registered': () => 'the name is yours already; for another password: /password <old> <new>',
  'not-registered': () => 'the name is not registered; to make it yours: /register <password>',
  banned: () => 'you are banned here',
  muted: () => 'not sent: an operator has silenced you for now',
  'not-permitted': () => 'that is not yours to do here; /help shows what is',
  usage: ({ usage }) => `usage: ${usage ?? '/help'}`,
  'unknown-command': ({ about }) => `unknown command ${about ?? ''}; /help shows them all, //x says /x`,
  'user-not-found': ({ about }) => `no user "${about ?? ''}" here; /who shows who is`,
  'invalid-room': () =>
    'a room is 1 to 64 letters or digits of one script, and _ - . after the first; try /join dev',
  'room-not-found': ({ about }) => `no room "${about ?? ''}" here; /rooms shows the rooms`,
  'room-locked': ({ about }) => `the room is locked; with its key: /join ${about ?? '<room>'} <key>`,
  'mailbox-full': ({ about }) => `not sent: too much waits for ${about ?? 'that user'} already`,
  'not-stored': () => 'not sent: the server could not store it; try again in a moment',
  busy: () => 'the server could not do it just now; try again in a moment',
  'line-too-long': () => 'not sent: the line is too long; send it in parts',
  'paste-too-long': () => 'not sent: too many lines at once; send them in parts',
};

const FULL = 'Maximum connection limit reached. Please try again later...\n';

/** Words as they are, or a line of the server. */
const CLOSINGS: Record<CloseReason, string | { readonly system: string }> = {
  quit: { system: 'bye' },
  left: '',
  lost: '',
  idle: { system: 'disconnected due to inactivity' },
  // The cursor still stands behind the prompt.
  'login-timeout': '\nNo name was entered in time. Please connect again.\n',
  'login-refused': '',
  'too-many-attempts': '',
  'logged-in-elsewhere': { system: 'disconnected: logged in elsewhere' },
  'token-revoked': { system: 'disconnected: token revoked' },
  kicked: { system: 'disconnected: kicked by ' },
  banned: { system: 'disconnected: banned by ' },
  barred: `Sorry! ${BANNED}\n`,
  'too-slow': { system: 'disconnected: reading too slowly' },
  'endless-line': '',
  'http-request': '',
  'server-full': FULL,
  'too-many-connections': FULL,
  // PROTOCOL's own words for every listener: GoTalk had none.
  'tls-required': 'ERR tls-required\n',
  shutdown: { system: 'server shutting down' },
  'internal-error': { system: 'disconnected: internal error' },
};

function count(users: number): string {
  return users === 1 ? '1 user' : `${users} users`;
}

/** Remembers the last second it was asked for: the messages of a turn mostly share theirs. */
function oncePerSecond(showTime: (at: number) => string): (at: number) => string {
  let second = Number.NaN;
  let shown = '';
  return (at) => {
    if (Math.floor(at / 1000) !== second) {
      second = Math.floor(at / 1000);
      shown = showTime(at);
    }
    return shown;
  };
}

/** `2024-10-12 15:13:02`, where the server is. */
export function localTime(at: number): string {
  const time = new Date(at);
  const date = [time.getFullYear(), time.getMonth() + 1, time.getDate()];
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()];
  return `${date.map(twoDigits).join('-')} ${clock.map(twoDigits).join(':')}`;
}

function twoDigits(part: number): string {
  return String(part).padStart(2, '0');
}
