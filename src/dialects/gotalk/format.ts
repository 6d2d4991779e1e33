/** The output of GoTalk's protocol: every line begins with the server's local time and the name of its sender. */
import type { OfflineMessage } from '../../core/accounts.js';
import type { Dialect } from '../../core/dialect.js';
import type { HubEvent } from '../../core/event.js';
import type { Message } from '../../core/message.js';
import type { CloseReason } from '../../core/reasons.js';
import { banText } from '../shared/ban-text.js';
import { confirmation } from '../shared/command-table.js';
import { localDateAndMinute } from '../shared/local-time.js';
import { invitationText, noticeText, putOutText, statusMessage } from '../shared/notices.js';
import { reportLines } from '../shared/reports.js';
import { PASSWORD_PROMPT, PROMPT } from './banner.js';
import { BANNED, promptText, refusalText } from './refusals.js';

export interface GotalkStyle {
  /** HISTORY_REPLAY: messages shown to a client that enters a room (Infinity = all). */
  readonly historyReplay?: number;
  /** GOTALK_CLASSIC: the notices of GoTalk's own server, and a prompt with time and name. */
  readonly isClassic?: boolean;
  /** Milliseconds since 1970, for the prompt. */
  readonly now?: () => number;
  /** Formats milliseconds since 1970; the server's local time by default. */
  readonly showTime?: (at: number) => string;
}

const HISTORY_REPLAY = 50;

/**
 * Stands for `[time][system]: ` in an answer of the parser, which does not know the time. Cleaned text and banners hold
 * no such character.
 */
export const SYSTEM = '\0';

/** One object for all clients of a server, so that they share their output buffers. */
export class GotalkDialect implements Dialect {
  readonly name = 'gotalk';
  readonly echoesOwnMessages = false;
  readonly interactive = false;
  readonly confirmsDelivery = true;
  readonly recapMessages: number;
  /** Present in classic style alone. */
  readonly prompt?: (name: string) => string;
  readonly #isClassic: boolean;
  readonly #showTime: (at: number) => string;

  constructor(style: GotalkStyle = {}) {
    const { historyReplay = HISTORY_REPLAY, showTime = localTime, isClassic = false, now = Date.now } = style;
    this.#isClassic = isClassic;
    if (isClassic) this.prompt = (name) => `${this.#stamp(now())}[${name}]:`;
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
        return event.mail.map((message) => this.#told(message)).join('');
      case 'joined':
        if (this.#isClassic) return `${event.name} has joined our chat...\n`;
        return this.#system(event.at, `${event.name} joined the chat`);
      case 'left':
      case 'gone':
        if (this.#isClassic) return `${event.name} has left our chat...\n`;
        return this.#system(event.at, `${event.name} has left our chat...`);
      case 'server-lost': {
        const [only] = event.users;
        const who = event.users.length === 1 ? `${only?.name} has` : `${event.users.length} users have`;
        return this.#isClassic
          ? `${who} left our chat...\n`
          : this.#system(event.at, `${who} left our chat...`);
      }
      case 'notice':
        // Topics are shown to people of `lines` and of IRC alone.
        return event.notice.kind === 'topic-set' ? '' : this.#system(event.at, noticeText(event.notice));
      case 'entered':
        return this.#system(event.at, `you are in ${event.room}`);
      case 'put-out':
        return this.#system(event.at, putOutText(event));
      case 'invited':
        return event.isForReader ? this.#system(event.at, invitationText(event, '/join')) : '';
      case 'delivered':
        return this.#delivered(event);
      case 'recap':
        return this.#topic(event) + this.#messages(event.messages);
      case 'roster':
        return this.#roster(event);
      case 'report':
        return reportLines(event.report, event.isReply, localDateAndMinute)
          .map((line) => this.#system(event.at, line))
          .join('');
      case 'rooms':
        return event.rooms
          .map(({ name, members }) => this.#system(event.at, `${name}: ${count(members)}`))
          .join('');
      case 'history':
        return event.messages.length === 0
          ? this.#system(event.at, 'no messages in this room yet')
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
        const text = CLOSINGS[event.why];
        if (typeof text === 'string') return text;
        const reason = event.reason === '' ? '' : `: ${event.reason}`;
        // The cursor is still behind a prompt, so the text begins with a line end.
        const start = event.name === null ? '\n' : '';
        return start + this.#system(event.at, `${text.system}${event.by}${reason}`);
      }
      case 'done':
        return this.#done(event);
      case 'announced':
        return this.#system(event.at, `${event.name}: ${event.text}`);
      case 'bans':
        return this.#bans(event);
      case 'signal': {
        const message = statusMessage(event);
        if (message === null) return '';
        return this.#system(event.at, `${event.by.name} to ${message.whom}: ${message.text}`);
      }
      // GoTalk shows joins and leaves of the room, as 'joined' and 'left'.
      case 'arrived':
      case 'connected':
      case 'departed':
      case 'disconnected':
      case 'logged-in':
      case 'changed':
      case 'moded':
      // Replies to commands that GoTalk does not have.
      case 'exited':
      case 'marked':
      case 'page-token':
      case 'read':
      case 'members':
      case 'watched':
      case 'deleted':
      case 'direct-deleted':
      case 'stored':
      case 'pong':
      // Clients may be silent.
      case 'heartbeat':
      case 'idle-soon':
      // Every line has its date.
      case 'new-day':
      case 'split':
      case 'wallops':
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

  #line(at: number, from: string, text: string): string {
    return `${this.#stamp(at)}[${from}]: ${text}\n`;
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

  #roster({ at, users: listed, room, count: total, last }: Extract<HubEvent, { kind: 'roster' }>): string {
    const lines = listed.map(({ name }) => this.#system(at, name)).join('');
    const where = room === null ? 'online' : `in ${room}`;
    return last ? lines + this.#system(at, `${count(total)} ${where}`) : lines;
  }

  #told({ at, from, text }: OfflineMessage): string {
    return this.#line(at, `${from} -> you`, text);
  }

  /** Nothing if the addressee is there, as GoTalk does not show own messages either. */
  #delivered({ at, to, isOffline, awayText }: Extract<HubEvent, { kind: 'delivered' }>): string {
    if (isOffline) return this.#system(at, `${to} is offline; message saved`);
    return awayText === null ? '' : this.#system(at, `${to} is away: ${awayText}`);
  }

  #topic({ at, room, topic, first }: Extract<HubEvent, { kind: 'recap' }>): string {
    return topic === '' || !first ? '' : this.#system(at, `the topic of ${room}: ${topic}`);
  }

  #done({ at, action }: Extract<HubEvent, { kind: 'done' }>): string {
    const text = confirmation(action, true);
    return text === '' ? '' : this.#system(at, text);
  }

  #bans({ at, bans, last }: Extract<HubEvent, { kind: 'bans' }>): string {
    if (bans.length === 0 && last) return this.#system(at, 'no bans');
    return bans.map((ban) => this.#system(at, banText(ban))).join('');
  }

  #refused({ at, reason, detail, final, atLogin }: Extract<HubEvent, { kind: 'refused' }>): string {
    if (reason === 'password-required' && atLogin && !final) return PASSWORD_PROMPT;
    const text = atLogin ? promptText(reason, detail) : null;
    if (text === null) return this.#system(at, refusalText(reason, detail));
    return `Sorry! ${text}\n${final ? '' : PROMPT}`;
  }
}

const FULL = 'Maximum connection limit reached. Please try again later...\n';

/** A text as it is, or the text of a line of the system. */
const CLOSINGS: Record<CloseReason, string | { readonly system: string }> = {
  quit: { system: 'bye' },
  left: '',
  lost: '',
  idle: { system: 'disconnected due to inactivity' },
  'login-timeout': '\nNo name was entered in time. Please connect again.\n',
  'login-refused': '',
  'login-banned': '',
  'too-many-attempts': '',
  'logged-in-elsewhere': { system: 'disconnected: logged in elsewhere' },
  'token-revoked': { system: 'disconnected: token revoked' },
  'access-revoked': { system: 'disconnected: access revoked' },
  kicked: { system: 'disconnected: kicked by ' },
  'put-out': { system: 'put out by ' },
  banned: { system: 'disconnected: banned by ' },
  barred: `Sorry! ${BANNED}\n`,
  'too-slow': { system: 'disconnected: reading too slowly' },
  'endless-line': '',
  'bad-frame': '',
  'not-utf8': '',
  'message-too-long': '',
  'http-request': '',
  'server-full': FULL,
  'too-many-connections': FULL,
  // The same on every listener; GoTalk itself has no TLS.
  'tls-required': 'ERR tls-required\n',
  shutdown: { system: 'server shutting down' },
  locked: '',
  'cut-off': { system: 'disconnected: server cut off' },
  'internal-error': { system: 'disconnected: internal error' },
};

function count(users: number): string {
  return users === 1 ? '1 user' : `${users} users`;
}

/** Keeps the result for the last second: most messages of a turn have the same time. */
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

/** `2024-10-12 15:13:02` in the server's time zone. */
export function localTime(at: number): string {
  const time = new Date(at);
  const date = [time.getFullYear(), time.getMonth() + 1, time.getDate()];
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()];
  return `${date.map(twoDigits).join('-')} ${clock.map(twoDigits).join(':')}`;
}

function twoDigits(part: number): string {
  return String(part).padStart(2, '0');
}
