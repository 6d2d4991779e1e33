/**
 * The output of IRC: one line per event, with the tags that the client asked for. Clients with the same capabilities, as
 * far as they matter here, share it. Answers to commands are in `answers.ts`.
 */
import type { OfflineMessage } from '../../core/accounts.js';
import type { Dialect, Label } from '../../core/dialect.js';
import type { HubEvent, Notice, Who } from '../../core/event.js';
import type { Form, Live, Message, PastePlace } from '../../core/message.js';
import { isoTime } from '../shared/iso-time.js';
import { answerTo } from './answers.js';
import {
  ACCOUNT_NOTIFY,
  ACCOUNT_TAG,
  AWAY_NOTIFY,
  BATCH,
  type Caps,
  EXTENDED_JOIN,
  has,
  INVITE_NOTIFY,
  MESSAGE_TAGS,
  MULTILINE,
  NO_CAPS,
  READ_MARKER,
  REDACTION,
  SERVER_TIME,
  SETNAME,
  WALLOPS,
} from './caps.js';
import { errorLine, killLine, LOST, quitText } from './closings.js';
import { escapeValue, fit, LINE_END, MAX_LINE_BYTES } from './message.js';
import { modeArguments } from './modes.js';
import { watchedLines } from './monitor.js';
import { markReadLine } from './read-marker.js';
import { redactLines } from './redaction.js';
import { refusalLines } from './refusals.js';
import { IrcRequest } from './request.js';
import type { IrcServer } from './server.js';
import { type LineFormat, sourceOf, unknownWho } from './source.js';
import { wrap } from './wrap.js';

/** A line of a message of several. */
interface PastedLine extends Pick<Extract<HubEvent, { kind: 'told' }>, 'id' | 'at' | 'text' | 'form'> {
  /** As IRC writes it. */
  readonly target: string;
  readonly by: Who;
  readonly live: Live | undefined;
  readonly paste: PastePlace;
}

const ACTION = '\x01ACTION ';
const ACTION_END = '\x01';

export class IrcDialect implements Dialect, LineFormat {
  readonly name = 'irc';
  readonly echoesOwnMessages = false;
  readonly recapMessages = 0;
  readonly interactive = false;
  /** AWAY of the receiver, and whether a message waits for it, are told to the sender. */
  readonly confirmsDelivery = true;
  readonly tellsReadPosition: boolean;
  readonly server: IrcServer;
  readonly #caps: Caps;
  readonly #hasTags: boolean;
  #taggedAt = Number.NaN;
  #timeTag = '';
  /** Up to the id. */
  #timeAndId = '';
  #lastBy: Who | null = null;
  #lastTarget = '';
  #lastHead = '';

  constructor(server: IrcServer, caps: Caps) {
    this.server = server;
    this.#caps = caps;
    this.tellsReadPosition = has(caps, READ_MARKER);
    this.#hasTags = has(caps, SERVER_TIME | MESSAGE_TAGS | ACCOUNT_TAG);
  }

  format(event: HubEvent): string {
    switch (event.kind) {
      case 'said':
        return this.#said(event);
      case 'told':
        return this.#told(event);
      case 'mail':
        return event.mail.map((message) => this.#mail(message, event.to)).join('');
      case 'joined':
        return this.#joined(event);
      case 'left':
        return this.#left(event);
      case 'put-out':
        return this.#kick(event.at, event.by, event.room, event.target.name, event.reason);
      case 'moded':
        return this.#moded(event);
      case 'deleted': {
        if (!has(this.#caps, REDACTION)) return '';
        // The lines of a paste have the id of the first one, or an id each.
        const isBatch = has(this.#caps, MULTILINE) && has(this.#caps, BATCH);
        return redactLines(event, `#${event.room}`, event.id, isBatch ? 1 : event.count, this);
      }
      case 'direct-deleted':
        // Of several lines the first one has the id.
        return has(this.#caps, REDACTION) ? redactLines(event, event.to, event.id, 1, this) : '';
      case 'read':
        return this.tellsReadPosition ? markReadLine(this.server, event, event.at) : '';
      case 'marked':
        return markReadLine(this.server, event, event.readAt);
      case 'invited':
        if (!event.isForReader && !has(this.#caps, INVITE_NOTIFY)) return '';
        return this.#line(event.at, event.by, `INVITE ${event.to} #${event.room}`);
      case 'gone':
        return this.#line(event.at, event.by, `QUIT :${quitText(event)}`);
      case 'split':
        return event.users.map((user) => this.#line(event.at, user, `QUIT :${LOST}`)).join('');
      case 'notice':
        return this.#notice(event.notice, event.by, event.at);
      case 'changed':
        return this.#changed(event);
      case 'announced':
        return this.#announcement(event);
      case 'signal':
        return this.#signal(event);
      case 'watched':
        return watchedLines(event, this.#unasked);
      case 'wallops':
        return has(this.#caps, WALLOPS) ? this.#line(event.at, event.by, `WALLOPS :${event.text}`) : '';
      case 'heartbeat':
        return `PING :${this.server.name}${LINE_END}`;
      case 'refused':
        return refusalLines(event, this.#unasked);
      case 'answered':
        return event.text;
      case 'closing':
        return killLine(event) + errorLine(event);
      // One QUIT would come for each room that the reader shares with the user.
      case 'server-lost':
      // Shown to people alone.
      case 'arrived':
      case 'departed':
      case 'connected':
      case 'disconnected':
      case 'new-day':
      case 'idle-soon':
      case 'recap':
      // Of SESSION, which IRC does not have.
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
      case 'rooms':
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

  /** Of a reply that no command asked for. Several clients share it, so that it has none of their names. */
  get #unasked(): IrcRequest {
    return new IrcRequest({ server: this.server, verb: '*', caps: NO_CAPS, nick: '*' });
  }

  formatLabelled(event: HubEvent, label: Label): string {
    return label instanceof IrcRequest ? answerTo(event, label, this) : this.format(event);
  }

  /** A message of a room. A long text of another dialect is several lines, of which the first has the id. */
  message({ id, at, room, text, form }: Message, by: Who, live?: Live): string {
    return this.#text({ id, at, text }, by, `#${room.shown}`, form, live);
  }

  #said({ message, by, live, paste }: Extract<HubEvent, { kind: 'said' }>): string {
    const target = `#${message.room.shown}`;
    if (paste === undefined) return this.#text(message, by, target, message.form, live);
    if (has(this.#caps, MULTILINE) && has(this.#caps, BATCH))
      return this.#pasted({ ...message, target, by, live, paste });
    return this.#pastedLine({ ...message, target, by, live, paste });
  }

  #told({ id, at, text, by, to, form, live, paste }: Extract<HubEvent, { kind: 'told' }>): string {
    if (paste === undefined) return this.#text({ id, at, text }, by, to, form, live);
    if (has(this.#caps, MULTILINE) && has(this.#caps, BATCH))
      return this.#pasted({ id, at, text, form, target: to, by, live, paste });
    return this.#pastedLine({ id, at, text, form, target: to, by, live, paste });
  }

  /** Without batches a line of a paste is a message. Only the first one that has a text has the id (draft/multiline). */
  #pastedLine({ at, text, form, target, by, live, paste: { first, index, lead } }: PastedLine): string {
    return text === ''
      ? ''
      : this.#text({ id: index === lead ? first : null, at, text }, by, target, form, live);
  }

  /** The lines of a paste are one batch, which has the id and the time. */
  #pasted({ id, at, text, form, target, by, live, paste: { first, index, count } }: PastedLine): string {
    const reference = `p${first.toString(36)}`;
    const verb = form === 'notice' ? 'NOTICE' : 'PRIVMSG';
    const head = `:${sourceOf(by)} ${verb} ${target} :`;
    const bytes = MAX_LINE_BYTES - LINE_END.length - Buffer.byteLength(head);
    let lines = '';
    if (index === 0) {
      const tags = this.tags(at, by, id, live?.tags);
      lines += `${tags}:${sourceOf(by)} BATCH +${reference} draft/multiline ${target}${LINE_END}`;
    }
    for (const [part, words] of wrap(live?.styled ?? text, bytes).entries())
      lines += `@batch=${reference}${part === 0 ? '' : ';draft/multiline-concat'} ${head}${words}${LINE_END}`;
    return index === count - 1 ? `${lines}:${sourceOf(by)} BATCH -${reference}${LINE_END}` : lines;
  }

  /** A line of a user. */
  line(at: number, by: Who, rest: string): string {
    return this.#line(at, by, rest);
  }

  /** The tags that every line may have: its time, who sent it. */
  tags(at: number, by: Who | null = null, id: number | null = null, ofClient = ''): string {
    if (!this.#hasTags) return '';
    if (at !== this.#taggedAt) this.#tagTime(at);
    const caps = this.#caps;
    let tags = id === null ? this.#timeTag : this.#timeAndId + (has(caps, MESSAGE_TAGS) ? id : '');
    if (by?.account != null && has(caps, ACCOUNT_TAG))
      tags += `${nextTag(tags)}account=${escapeValue(by.account)}`;
    if (by?.isBot === true && has(caps, MESSAGE_TAGS)) tags += `${nextTag(tags)}bot`;
    if (ofClient !== '' && has(caps, MESSAGE_TAGS)) tags += nextTag(tags) + ofClient;
    return tags === '' ? '' : `${tags} `;
  }

  /** Most messages of a turn have the same time, whose tag is made once. */
  #tagTime(at: number): void {
    const time = has(this.#caps, SERVER_TIME) ? `@time=${isoTime(at)}` : '';
    this.#taggedAt = at;
    this.#timeTag = time;
    this.#timeAndId = has(this.#caps, MESSAGE_TAGS) ? `${time}${nextTag(time)}msgid=` : time;
  }

  #text(
    { id, at, text }: { readonly id: number | null; readonly at: number; readonly text: string },
    by: Who,
    target: string,
    form?: Form,
    live?: Live,
  ): string {
    const isAction = form === 'action';
    const head = form == null ? this.#headOf(by, target) : headOf(by, target, form);
    const tail = isAction ? ACTION_END + LINE_END : LINE_END;
    const plain = isAction ? text.slice(`* ${by.name} `.length) : text;
    const words = live?.styled ?? plain;
    const bytes = MAX_LINE_BYTES - tail.length;
    // A character of a JavaScript string is at most three bytes.
    if ((head.length + words.length) * 3 <= bytes)
      return this.tags(at, by, id, live?.tags) + head + words + tail;
    const parts = wrap(words, bytes - Buffer.byteLength(head));
    let lines = '';
    for (const part of parts) {
      const tags = lines === '' ? this.tags(at, by, id, live?.tags) : this.tags(at, by);
      lines += tags + head + part + tail;
    }
    return lines;
  }

  /** Several messages in a row are mostly of one author to one room. */
  #headOf(by: Who, target: string): string {
    if (by !== this.#lastBy || target !== this.#lastTarget) {
      this.#lastBy = by;
      this.#lastTarget = target;
      this.#lastHead = headOf(by, target);
    }
    return this.#lastHead;
  }

  #signal({ at, by, to, isRoom, status, signal }: Extract<HubEvent, { kind: 'signal' }>): string {
    const prefix = status === null ? '' : status === 'op' ? '@' : '+';
    const target = isRoom ? `${prefix}#${to}` : to;
    const tags = this.tags(at, by, null, signal.tags);
    const source = `:${sourceOf(by)}`;
    switch (signal.kind) {
      case 'tags':
        return has(this.#caps, MESSAGE_TAGS) ? `${tags}${source} TAGMSG ${target}${LINE_END}` : '';
      case 'ctcp':
        return `${tags}${source} PRIVMSG ${target} :\x01${signal.text}\x01${LINE_END}`;
      case 'ctcp-reply':
        return `${tags}${source} NOTICE ${target} :\x01${signal.text}\x01${LINE_END}`;
      case 'message':
        return `${tags}${source} PRIVMSG ${target} :${signal.text}${LINE_END}`;
      case 'action':
        return `${tags}${source} PRIVMSG ${target} :${ACTION}${signal.text}${ACTION_END}${LINE_END}`;
      case 'notice':
        return `${tags}${source} NOTICE ${target} :${signal.text}${LINE_END}`;
    }
  }

  #mail(message: OfflineMessage, to: string): string {
    return this.#text(message, unknownWho(message.from, this.server.name), to, message.form);
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

  #moded({ at, by, room, changes }: Extract<HubEvent, { kind: 'moded' }>): string {
    const source = by === null ? this.server.name : sourceOf(by);
    const head = `:${source} MODE #${room} `;
    const bytes = MAX_LINE_BYTES - LINE_END.length - Buffer.byteLength(head);
    return modeArguments(changes, bytes)
      .map((rest) => this.tags(at, by) + head + rest + LINE_END)
      .join('');
  }

  #notice(notice: Notice, by: Who, at: number): string {
    switch (notice.kind) {
      case 'renamed':
        return this.#line(at, by, `NICK ${notice.to}`);
      case 'topic-set':
        return this.#line(at, by, `TOPIC #${notice.room} :${notice.styled ?? notice.topic}`);
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
      case 'logged-out': {
        const line = fit(`:${this.server.name} 901 ${by.name} ${sourceOf(by)} :You are now logged out`);
        return this.tags(at) + line + this.#changed({ kind: 'changed', at, by, what: 'account', text });
      }
    }
  }

  /** As many lines as the text needs, each with the name of its author. */
  #announcement({ at, name, text }: Extract<HubEvent, { kind: 'announced' }>): string {
    const head = `:${this.server.name} NOTICE * :${name}: `;
    const bytes = MAX_LINE_BYTES - LINE_END.length - Buffer.byteLength(head);
    return wrap(text, bytes)
      .map((part) => this.tags(at) + head + part + LINE_END)
      .join('');
  }

  #line(at: number, by: Who, rest: string): string {
    return this.tags(at, by) + fit(`:${sourceOf(by)} ${rest}`);
  }
}

/** What precedes the text of a message. */
function headOf(by: Who, target: string, form: Form | null = null): string {
  return `:${sourceOf(by)} ${form === 'notice' ? 'NOTICE' : 'PRIVMSG'} ${target} :${form === 'action' ? ACTION : ''}`;
}

/** What precedes a tag behind these. */
function nextTag(tags: string): string {
  return tags === '' ? '@' : ';';
}

/** A last parameter that may be missing. */
function trailing(text: string): string {
  return text === '' ? '' : ` :${text}`;
}
