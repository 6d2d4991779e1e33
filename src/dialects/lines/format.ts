/** The output of `lines`, SocketChat's protocol: one line per event, whose first word tells its kind. */
import type { OfflineMessage } from '../../core/accounts.js';
import type { Action } from '../../core/action.js';
import type { Dialect, Label } from '../../core/dialect.js';
import type { HubEvent } from '../../core/event.js';
import type { Message } from '../../core/message.js';
import type { CloseReason } from '../../core/reasons.js';
import { banText } from '../shared/ban-text.js';
import { confirmation } from '../shared/command-table.js';
import { inColumns } from '../shared/columns.js';
import { invitationText, isForPeople, noticeText, putOutText, statusMessage } from '../shared/notices.js';
import { localDate, localDateAndMinute, localMinute } from '../shared/local-time.js';
import { reportLines } from '../shared/reports.js';
import { isoTime } from '../shared/iso-time.js';
import { closingTags, infoTags, type InfoTags, noticeTags } from './events.js';
import { labelledAnswer } from './labels.js';
import { errorText, hintText, talkHint } from './refusals.js';
import { roomLines } from './room-lines.js';

/** The variants of the output. */
export interface LinesStyle {
  /** Each MSG, DM and INFO begins with `@id=…;time=…;room=… `. */
  readonly tagged: boolean;
  /** For a person: hints and greetings as INFO lines. */
  readonly interactive: boolean;
  /** CHAT mode: hints show commands with a slash. */
  readonly chatting: boolean;
  /** MSG, DM and HIST begin with the local time. */
  readonly timed: boolean;
  /** The client is a terminal program, which may stay open after the connection has ended. */
  readonly inTerminal: boolean;
}

/** Messages shown to an interactive session that enters a room. */
const RECAP_MESSAGES = 20;

class LinesDialect implements Dialect {
  readonly name = 'lines';
  readonly echoesOwnMessages = false;
  readonly interactive: boolean;
  readonly confirmsDelivery: boolean;
  readonly recapMessages: number;
  readonly #tagged: boolean;
  readonly #chatting: boolean;
  readonly #timed: boolean;
  readonly #inTerminal: boolean;
  /** A person reads it as it is; with TAGS ON a program does. */
  readonly #isForPerson: boolean;

  constructor({ tagged, interactive, chatting, timed, inTerminal }: LinesStyle) {
    this.#timed = timed;
    this.#inTerminal = inTerminal;
    this.#tagged = tagged;
    this.#chatting = chatting;
    this.interactive = interactive;
    this.confirmsDelivery = interactive;
    this.#isForPerson = interactive && !tagged;
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
        return this.#joined(event);
      case 'left':
        return this.#left(event);
      case 'departed':
        // A person is told of the departure of a user whose arrival was announced; programs by 'disconnected'.
        return this.#isForPerson
          ? this.#info(`${event.name} disconnected`, event.at, { event: 'quit', user: event.name })
          : '';
      case 'arrived':
        // Programs with TAGS ON were told at once.
        return this.#isForPerson ? this.#info(`${event.name} joined ${event.room}`, event.at) : '';
      case 'notice':
        if (isForPeople(event.notice) && !this.interactive && !this.#tagged) return '';
        return this.#info(noticeText(event.notice), event.at, {
          room: event.room ?? undefined,
          ...noticeTags(event.notice),
        });
      case 'server-lost':
        return this.#serverLost(event);
      case 'connected':
        return this.#info(`${event.name} connected`, event.at, { event: 'login', user: event.name });
      case 'disconnected':
        // People are told in the rooms that they share.
        if (this.#isForPerson) return '';
        return this.#info(`${event.name} disconnected`, event.at, { event: 'quit', user: event.name });
      case 'logged-in':
        return this.#loggedIn(event);
      case 'entered':
      case 'exited':
      case 'marked':
        return 'OK\n';
      case 'page-token':
        return `@token=${event.token};expires=${isoTime(event.expiresAt)} OK\n`;
      case 'read':
        return this.#tagged && !event.isUser
          ? `@room=${event.room};event=read;id=${event.id} INFO read\n`
          : '';
      case 'deleted':
      case 'direct-deleted':
        if (!this.#tagged) return '';
        return this.#info(`${event.by.name} deleted ${event.id}`, event.at, {
          room: event.kind === 'deleted' ? event.room : undefined,
          event: 'delete',
          user: event.by.name,
          id: event.id,
          last: event.count > 1 ? event.id + event.count - 1 : undefined,
        });
      case 'put-out':
        return this.#info(putOutText(event), event.at, {
          room: event.room,
          event: 'put-out',
          user: event.target.name,
          by: event.by.name,
        });
      case 'invited':
        if (!event.isForReader || (!this.interactive && !this.#tagged)) return '';
        return this.#info(invitationText(event, this.#chatting ? '/join' : 'JOIN'), event.at, {
          room: event.room,
          event: 'invite',
          user: event.to,
          by: event.by.name,
        });
      case 'stored':
        return event.isPaste ? 'OK\n' : '';
      case 'done':
        return this.#done(event);
      case 'delivered':
        return this.interactive ? this.#delivered(event) : '';
      case 'mail':
        return this.#mail(event);
      case 'announced':
        return this.#info(`${event.name}: ${event.text}`, event.at, { event: 'say', user: event.name });
      case 'bans': {
        const lines = event.bans.map((ban) => this.#info(banText(ban), event.at)).join('');
        return event.last ? `${lines}OK\n` : lines;
      }
      case 'recap':
        return this.#recap(event);
      case 'roster':
        return this.#roster(event);
      case 'report':
        return this.#report(event);
      case 'rooms':
        return roomLines(event);
      case 'history':
        return `${this.#hist(event)}${event.last ? 'OK\n' : ''}`;
      case 'found':
        return this.#found(event);
      case 'heartbeat':
        return this.interactive ? '' : 'PING\n';
      case 'new-day':
        return this.#timed ? dayLine(event.at) : '';
      case 'idle-soon':
        return this.interactive ? this.#info('idle: press Enter to stay', event.at) : '';
      case 'refused':
        return this.#refused(event);
      case 'answered':
        return this.#tagged ? event.text.replace(/^INFO /gm, `@time=${isoTime(event.at)} INFO `) : event.text;
      case 'closing':
        return this.#closing(event);
      case 'changed':
        return this.#changed(event);
      case 'signal': {
        const message = statusMessage(event);
        if (message === null) return '';
        return this.#info(`${event.by.name} to ${message.whom}: ${message.text}`, event.at, {
          room: event.to,
        });
      }
      // Programs are told of the end of a session by 'disconnected', and people by 'departed'.
      case 'gone':
      case 'split':
      case 'moded':
      case 'members':
      case 'watched':
      case 'wallops':
      case 'attached':
      case 'detached':
        return '';
      default:
        return event satisfies never;
    }
  }

  formatLabelled(event: HubEvent, label: Label): string {
    return typeof label === 'string' ? labelledAnswer(event, label, FOR_PROGRAMS) : this.format(event);
  }

  #serverLost({ at, room, users }: Extract<HubEvent, { kind: 'server-lost' }>): string {
    // A program keeps a list of the members by the events of each.
    if (this.#tagged)
      return users
        .map(({ name }) => this.#info(`${name} disconnected`, at, { event: 'quit', user: name }))
        .join('');
    const [only] = users;
    if (only !== undefined && users.length === 1)
      return this.#info(`${only.name} disconnected`, at, { event: 'quit', user: only.name });
    return this.#info(`${users.length} users of ${room} disconnected: their server was lost`, at, { room });
  }

  #said({ id, at, room, from, text }: Message): string {
    const line = `MSG ${from} ${text}\n`;
    if (this.#timed) return `[${localMinute(at)}] ${line}`;
    return this.#tagged ? `@id=${id};time=${isoTime(at)};room=${room.shown} ${line}` : line;
  }

  #done({ at, action }: Extract<HubEvent, { kind: 'done' }>): string {
    const text = this.interactive ? confirmation(action, this.#chatting) : '';
    return text === '' ? 'OK\n' : `OK\n${this.#info(text, at, { room: roomOf(action) })}`;
  }

  /** `LOGIN John Smith` logs in as John. */
  #loggedIn({ at, name, secretIgnored, resumeValue }: Extract<HubEvent, { kind: 'logged-in' }>): string {
    const ok = resumeValue === undefined ? 'OK\n' : `@resume=${resumeValue} OK\n`;
    if (!this.interactive || secretIgnored !== true) return ok;
    const text = `you are ${name}; a name has no spaces, and this one is not registered: no password was needed`;
    return `${ok}${this.#info(text, at)}`;
  }

  #told({ id, at, from, text }: OfflineMessage): string {
    const tags = this.#tagged ? `@id=${id};time=${isoTime(at)} ` : '';
    return `${this.#timed ? `[${localMinute(at)}] ` : tags}DM ${from} ${text}\n`;
  }

  /** People are told that these are old, and how old. */
  #mail({ at, mail, inAll, first }: Extract<HubEvent, { kind: 'mail' }>): string {
    if (!this.#isForPerson) return mail.map((message) => this.#told(message)).join('');
    const messages = inAll === 1 ? '1 message' : `${inAll} messages`;
    const heading = first ? this.#info(`${messages} while you were away:`, at) : '';
    return (
      heading +
      mail
        .map((message) => `[${localDateAndMinute(message.at)}] DM ${message.from} ${message.text}\n`)
        .join('')
    );
  }

  /** Messages of the history. Where lines have no date, a line with the date precedes those of another day. */
  #hist({ at, messages, previousAt = at, last }: HistoryPage): string {
    if (!this.#timed) return messages.map(hist).join('');
    let lines = '';
    let day = localDate(previousAt);
    for (const { id, at: sentAt, from, text } of messages) {
      const itsDay = localDate(sentAt);
      if (itsDay !== day) lines += dayLine(sentAt);
      day = itsDay;
      lines += `[${localMinute(sentAt)}] HIST ${id} ${from} ${text}\n`;
    }
    return last && day !== localDate(at) ? lines + dayLine(at) : lines;
  }

  #info(text: string, at: number, tags: InfoTags = {}): string {
    return this.#tagged ? `${infoTags(at, tags)} INFO ${text}\n` : `INFO ${text}\n`;
  }

  /** People are told of a login later, by `arrived`; of one into the lobby, only programs with TAGS ON are told. */
  #joined({ at, name, room, lobby, how }: Extract<HubEvent, { kind: 'joined' }>): string {
    if (how === 'login' && !this.#tagged && (lobby || this.interactive)) return '';
    return this.#info(`${name} joined ${room}`, at, { room, event: 'join', user: name });
  }

  /** The realname and the account of a user are IRC's. */
  #changed({ at, by: { name }, what, text }: Extract<HubEvent, { kind: 'changed' }>): string {
    if (!this.#tagged || what !== 'away') return '';
    if (text === null) return this.#info(`${name} is back`, at, { event: 'away', user: name, back: 1 });
    return this.#info(`${name} is away: ${text}`, at, { event: 'away', user: name });
  }

  #recap(event: Extract<HubEvent, { kind: 'recap' }>): string {
    const { at, room, topic, others, othersInAll, missed, messages, first, last } = event;
    const end = last ? this.#info('---- you are up to date ----', at, { room }) : '';
    if (!first) return this.#hist(event) + end;
    const more = othersInAll > others.length ? ` and ${othersInAll - others.length} more` : '';
    const place = othersInAll === 0 ? `alone in ${room}` : `in ${room} with ${others.join(', ')}${more}`;
    const topicLine = topic === '' ? '' : this.#info(`the topic of ${room}: ${topic}`, at, { room });
    const where =
      this.#info(`you are ${place}; to talk: ${talkHint(this.#chatting)}`, at, { room }) + topicLine;
    if (messages.length === 0 && missed === null) return where;
    const heading =
      missed === null
        ? this.#info(`---- the last messages in ${room} ----`, at, { room })
        : this.#info(
            `you missed ${missed.count} messages in ${missed.room} since ${isoTime(missed.since)}`,
            at,
            { room: missed.room },
          );
    return where + heading + this.#hist(event) + end;
  }

  /** A person is told only of users whose arrival was announced. */
  #left({ at, name, room, isAnnounced }: Extract<HubEvent, { kind: 'left' }>): string {
    if (this.#isForPerson && !isAnnounced) return '';
    return this.#info(`${name} left ${room}`, at, { room, event: 'leave', user: name });
  }

  #delivered({ at, to, isOffline, awayText }: Extract<HubEvent, { kind: 'delivered' }>): string {
    const sent = this.#info(isOffline ? `${to} is offline; message saved` : `to ${to}: sent`, at);
    if (awayText === null) return sent;
    return sent + this.#info(`${to} is away: ${awayText}`, at, { event: 'away', user: to });
  }

  #report({ at, report, isReply }: Extract<HubEvent, { kind: 'report' }>): string {
    // The time of SEEN is the protocol's for people too.
    const showTime = this.#isForPerson && report.kind !== 'seen' ? localDateAndMinute : isoTime;
    const room = report.kind === 'topic' ? report.room : undefined;
    const lines = reportLines(report, isReply, showTime).map((line) => this.#info(line, at, { room }));
    return `${lines.join('')}${isReply ? 'OK\n' : ''}`;
  }

  #roster({ at, users: listed, room, count, last }: Extract<HubEvent, { kind: 'roster' }>): string {
    const lines = this.#isForPerson
      ? inColumns(listed.map(room === null ? nameWithRoom : nameOf), 'INFO '.length)
          .map((line) => this.#info(line, at))
          .join('')
      : listed.map(({ name }) => `USER ${name}\n`).join('');
    if (!this.interactive || !last) return lines;
    const users = count === 1 ? '1 user' : `${count} users`;
    return lines + (room === null ? this.#info(users, at) : this.#info(`${users} in ${room}`, at, { room }));
  }

  #found(event: Extract<HubEvent, { kind: 'found' }>): string {
    const { at, count, last } = event;
    const lines = `${this.#hist(event)}${last ? 'OK\n' : ''}`;
    if (!this.interactive || !last || count > 0) return lines;
    return lines + this.#info('nothing found; all words must be in the message, as whole words', at);
  }

  #refused({ at, reason, detail, atLogin }: Extract<HubEvent, { kind: 'refused' }>): string {
    const error = `ERR ${errorText(reason, detail)}\n`;
    if (!this.interactive) return error;
    return error + this.#info(hintText(reason, detail, this.#chatting, atLogin), at);
  }

  #closing(event: Extract<HubEvent, { kind: 'closing' }>): string {
    const { why, at, by, reason } = event;
    const { word, text } = CLOSINGS[why];
    const whole = `${text}${by}${reason === '' ? '' : `: ${reason}`}`;
    const last =
      word === 'INFO' ? this.#info(whole, at, closingTags(event)) : word === 'ERR' ? `ERR ${text}\n` : '';
    if (!this.interactive || !this.#inTerminal) return last;
    return last + this.#info('connection closed; if ncat stays open, press Ctrl-C', at);
  }
}

/** One object per style, so that clients of the same style share their output buffers. */
const EITHER = [false, true];
const STYLES = EITHER.flatMap((tagged) =>
  EITHER.flatMap((interactive) =>
    EITHER.flatMap((chatting) =>
      EITHER.flatMap((inTerminal) =>
        EITHER.map((timed) => ({
          tagged,
          interactive,
          chatting: interactive && chatting,
          timed: timed && !tagged,
          inTerminal: interactive && inTerminal,
        })),
      ),
    ),
  ),
);
const DIALECTS = new Map(STYLES.map((style) => [keyOf(style), new LinesDialect(style)]));

/** A labelled answer has tags and no hints, in whatever style the client is sent everything else. */
const FOR_PROGRAMS = linesDialect({
  tagged: true,
  interactive: false,
  chatting: false,
  timed: false,
  inTerminal: false,
});

export function linesDialect(style: LinesStyle): Dialect {
  const dialect = DIALECTS.get(keyOf(style));
  if (dialect === undefined) throw new Error('a style of lines has no dialect');
  return dialect;
}

/** CHAT mode and the terminal make a difference to interactive sessions only, and local times none with tags. */
function keyOf({ tagged, interactive, chatting, timed, inTerminal }: LinesStyle): string {
  return [tagged, interactive, interactive && chatting, timed && !tagged, interactive && inTerminal].join();
}

const CLOSINGS: Record<CloseReason, { readonly word: 'INFO' | 'ERR' | null; readonly text: string }> = {
  quit: { word: 'INFO', text: 'bye' },
  left: { word: null, text: '' },
  lost: { word: null, text: '' },
  idle: { word: 'INFO', text: 'disconnected due to inactivity' },
  'login-timeout': { word: 'ERR', text: 'login-timeout' },
  'login-refused': { word: null, text: '' },
  'login-banned': { word: null, text: '' },
  'too-many-attempts': { word: 'ERR', text: 'too-many-attempts' },
  'logged-in-elsewhere': { word: 'INFO', text: 'disconnected: logged in elsewhere' },
  'token-revoked': { word: 'INFO', text: 'disconnected: token revoked' },
  'access-revoked': { word: 'INFO', text: 'disconnected: access revoked' },
  kicked: { word: 'INFO', text: 'disconnected: kicked by ' },
  'put-out': { word: 'INFO', text: 'put out by ' },
  banned: { word: 'INFO', text: 'disconnected: banned by ' },
  barred: { word: 'ERR', text: 'banned' },
  'too-slow': { word: 'INFO', text: 'disconnected: reading too slowly' },
  'endless-line': { word: null, text: '' },
  'bad-frame': { word: null, text: '' },
  'not-utf8': { word: null, text: '' },
  'message-too-long': { word: null, text: '' },
  'http-request': { word: null, text: '' },
  'server-full': { word: 'ERR', text: 'server-full' },
  'too-many-connections': { word: 'ERR', text: 'too-many-connections' },
  'tls-required': { word: 'ERR', text: 'tls-required' },
  locked: { word: null, text: '' },
  shutdown: { word: 'INFO', text: 'server shutting down' },
  'cut-off': { word: 'INFO', text: 'disconnected: server cut off' },
  'internal-error': { word: 'INFO', text: 'disconnected: internal error' },
};

/** The room that a change was about. */
function roomOf({ kind, about }: Action): string | undefined {
  return kind === 'topic' || kind === 'lock' || kind === 'unlock' || kind === 'found' ? about : undefined;
}

/** A reply of messages, whole or in pages. */
type HistoryPage = Extract<HubEvent, { kind: 'history' | 'found' | 'recap' }>;

function dayLine(at: number): string {
  return `INFO ---- ${localDate(at)}\n`;
}

function hist({ id, at, from, text }: Message): string {
  return `HIST ${id} ${isoTime(at)} ${from} ${text}\n`;
}

interface ListedUser {
  readonly name: string;
  readonly room: string | null;
}

function nameOf({ name }: ListedUser): string {
  return name;
}

function nameWithRoom({ name, room }: ListedUser): string {
  return room === null ? name : `${name} (${room})`;
}
