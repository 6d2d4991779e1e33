/**
 * The output of IRC: one line per event, with the tags that the client asked for. Clients with the same capabilities, as
 * far as they matter here, share it. Answers to commands are in `answers.ts`.
 */
import type { OfflineMessage } from '../../core/accounts.js';
import type { Dialect, Label } from '../../core/dialect.js';
import type { HubEvent, Notice, Who } from '../../core/event.js';
import type { Message } from '../../core/message.js';
import { isoTime } from '../shared/iso-time.js';
import { answerTo } from './answers.js';
import {
  ACCOUNT_NOTIFY,
  ACCOUNT_TAG,
  AWAY_NOTIFY,
  type Caps,
  EXTENDED_JOIN,
  has,
  INVITE_NOTIFY,
  MESSAGE_TAGS,
  SERVER_TIME,
  SETNAME,
  WALLOPS,
} from './caps.js';
import { closingText, quitText } from './closings.js';
import { escapeValue, fit, LINE_END, MAX_LINE_BYTES } from './message.js';
import { modeArguments } from './modes.js';
import { refusalLines } from './refusals.js';
import { IrcRequest } from './request.js';
import type { IrcServer } from './server.js';
import { type LineFormat, sourceOf, unknownWho } from './source.js';
import { wrap } from './wrap.js';

export class IrcDialect implements Dialect, LineFormat {
  readonly name = 'irc';
  readonly echoesOwnMessages = false;
  readonly recapMessages = 0;
  readonly interactive = false;
  /** AWAY of the receiver, and whether a message waits for it, are told to the sender. */
  readonly confirmsDelivery = true;
  readonly server: IrcServer;
  readonly #caps: Caps;
  readonly #hasTags: boolean;

  constructor(server: IrcServer, caps: Caps) {
    this.server = server;
    this.#caps = caps;
    this.#hasTags = has(caps, SERVER_TIME | MESSAGE_TAGS | ACCOUNT_TAG);
  }

  format(event: HubEvent): string {
    switch (event.kind) {
      case 'said':
        return this.said(event.message, event.by);
      case 'told':
        return this.#text(event, event.by, event.to);
      case 'mail':
        return event.mail.map((message) => this.#mail(message, event.to)).join('');
      case 'joined':
        return this.#joined(event);
      case 'left':
        return this.#left(event);
      case 'put-out':
        return this.#kick(event.at, event.by, event.room, event.target.name, event.reason);
      case 'moded': {
        const rest = `MODE #${event.room} ${modeArguments(event.changes)}`;
        return event.by === null
          ? this.tags(event.at) + fit(`:${this.server.name} ${rest}`)
          : this.#line(event.at, event.by, rest);
      }
      case 'invited':
        if (!event.isForReader && !has(this.#caps, INVITE_NOTIFY)) return '';
        return this.#line(event.at, event.by, `INVITE ${event.to} #${event.room}`);
      case 'gone':
        return this.#line(event.at, event.by, `QUIT :${quitText(event)}`);
      case 'server-lost':
        // Not QUIT: it would come once for each room that the reader shares with the user.
        return event.users
          .map((user) => this.#line(event.at, user, `PART #${event.room} :server lost`))
          .join('');
      case 'notice':
        return this.#notice(event.notice, event.by, event.at);
      case 'changed':
        return this.#changed(event);
      case 'announced':
        return fit(`${this.tags(event.at)}:${this.server.name} NOTICE * :${event.name}: ${event.text}`);
      case 'wallops':
        return has(this.#caps, WALLOPS) ? this.#line(event.at, event.by, `WALLOPS :${event.text}`) : '';
      case 'heartbeat':
        return `PING :${this.server.name}${LINE_END}`;
      case 'refused':
        return refusalLines(event, new IrcRequest({ server: this.server, verb: '*', caps: 0, nick: '*' }));
      case 'answered':
        return event.text;
      case 'closing':
        return fit(`ERROR :Closing Link: ${event.host || '*'} (${closingText(event)})`);
      // Shown to people alone.
      case 'arrived':
      case 'departed':
      case 'connected':
      case 'disconnected':
      case 'new-day':
      case 'idle-soon':
      case 'recap':
      // Of READ and SESSION, which IRC does not have.
      case 'read':
      case 'marked':
      case 'page-token':
      // Answers, which are formatted with their command.
      case 'logged-in':
      case 'entered':
      case 'exited':
      case 'stored':
      case 'done':
      case 'delivered':
      case 'roster':
      case 'members':
      case 'watched':
      case 'deleted':
      case 'rooms':
      case 'signal':
      case 'history':
      case 'found':
      case 'bans':
      case 'report':
      case 'pong':
      case 'attached':
      case 'detached':
        return '';
      default:
        return event satisfies never;
    }
  }

  formatLabelled(event: HubEvent, label: Label): string {
    return label instanceof IrcRequest ? answerTo(event, label, this) : this.format(event);
  }

  /** A message of a room. A long text of another dialect is several lines, of which the first has the id. */
  said({ id, at, room, text }: Message, by: Who): string {
    return this.#text({ id, at, text }, by, `#${room.shown}`);
  }

  /** A line of a user. */
  line(at: number, by: Who, rest: string): string {
    return this.#line(at, by, rest);
  }

  /** The tags that every line may have: its time, who sent it. */
  tags(at: number, by: Who | null = null, id: number | null = null): string {
    if (!this.#hasTags) return '';
    const caps = this.#caps;
    let tags = has(caps, SERVER_TIME) ? `time=${isoTime(at)}` : '';
    if (id !== null && has(caps, MESSAGE_TAGS)) tags += `${tags === '' ? '' : ';'}msgid=${id}`;
    if (by?.account != null && has(caps, ACCOUNT_TAG))
      tags += `${tags === '' ? '' : ';'}account=${escapeValue(by.account)}`;
    if (by?.isBot === true && has(caps, MESSAGE_TAGS)) tags += `${tags === '' ? '' : ';'}bot`;
    return tags === '' ? '' : `@${tags} `;
  }

  #text({ id, at, text }: Pick<OfflineMessage, 'id' | 'at' | 'text'>, by: Who, target: string): string {
    const head = `:${sourceOf(by)} PRIVMSG ${target} :`;
    const parts = wrap(text, MAX_LINE_BYTES - LINE_END.length - Buffer.byteLength(head));
    let lines = '';
    for (const part of parts) lines += this.tags(at, by, lines === '' ? id : null) + head + part + LINE_END;
    return lines;
  }

  #mail(message: OfflineMessage, to: string): string {
    return this.#text(message, unknownWho(message.from, this.server.name), to);
  }

  #joined({ at, by, room, awayText }: Extract<HubEvent, { kind: 'joined' }>): string {
    const joined = this.joinOf(at, by, room);
    if (awayText === null || !has(this.#caps, AWAY_NOTIFY)) return joined;
    return joined + this.#line(at, by, `AWAY :${awayText}`);
  }

  #left({ at, by, room, how, forced, reason, name }: Extract<HubEvent, { kind: 'left' }>): string {
    if (how === 'ended') return '';
    if (forced !== null) return this.#kick(at, forced, room, name, reason);
    return this.#line(at, by, `PART #${room}${trailing(reason)}`);
  }

  #kick(at: number, by: Who, room: string, name: string, reason: string): string {
    return this.#line(at, by, `KICK #${room} ${name} :${reason === '' ? by.name : reason}`);
  }

  /** JOIN as all members of the room see it, the one who joined included. */
  joinOf(at: number, by: Who, room: string): string {
    const more = has(this.#caps, EXTENDED_JOIN) ? ` ${by.account ?? '*'} :${by.realname}` : '';
    return this.#line(at, by, `JOIN #${room}${more}`);
  }

  #notice(notice: Notice, by: Who, at: number): string {
    switch (notice.kind) {
      case 'renamed':
        return this.#line(at, by, `NICK ${notice.to}`);
      case 'topic-set':
        return this.#line(at, by, `TOPIC #${notice.room} :${notice.topic}`);
      default:
        return '';
    }
  }

  #changed({ at, by, what, text }: Extract<HubEvent, { kind: 'changed' }>): string {
    const caps = this.#caps;
    switch (what) {
      case 'away':
        return has(caps, AWAY_NOTIFY) ? this.#line(at, by, text === null ? 'AWAY' : `AWAY :${text}`) : '';
      case 'realname':
        return has(caps, SETNAME) ? this.#line(at, by, `SETNAME :${text ?? ''}`) : '';
      case 'account':
        return has(caps, ACCOUNT_NOTIFY) ? this.#line(at, by, `ACCOUNT ${text ?? '*'}`) : '';
    }
  }

  #line(at: number, by: Who, rest: string): string {
    return this.tags(at, by) + fit(`:${sourceOf(by)} ${rest}`);
  }
}

/** A last parameter that may be missing. */
function trailing(text: string): string {
  return text === '' ? '' : ` :${text}`;
}
