/** Formats the events of a session for the user: time stamps, a colour for each name, a star before each notice. */
import { styleText } from 'node:util';
import { foldName } from '../core/text/text.js';
import { answerText } from './answer-text.js';
import { chatAdvice, partingText, problemAdvice, refusalAdvice } from './error-messages.js';
import { isParting } from './reconnect-rules.js';
import type { Message } from './server-line.js';
import type { Ended, SessionEvent, Unsent } from './session-event.js';
import type { ServerAddress } from './url.js';

export interface Style {
  readonly colours: boolean;
  /** Every time has its date and seconds: for output to a file. */
  readonly fullTimes: boolean;
  readonly ownName: string;
  readonly server: ServerAddress;
}

/** What follows the time of a line. */
interface Body {
  readonly text: string;
  /** Null or absent for now. */
  readonly at?: number | null;
}

type Paint = Parameters<typeof styleText>[0];

const NAME_COLOURS = [
  'red',
  'green',
  'yellow',
  'blue',
  'magenta',
  'cyan',
  'redBright',
  'greenBright',
  'yellowBright',
  'blueBright',
  'magentaBright',
  'cyanBright',
] as const;

const UNSENT: Record<Unsent, string> = {
  offline: 'not connected; try again after the reconnect',
  unconfirmed: 'the connection was lost before the server confirmed it; check the chat, then try again',
  elsewhere: 'you are not in its room; join the room, then try again',
  'too-long': 'too long; send it in parts',
  'too-many': 'too many messages are waiting; try again in a moment',
};

/** Commands whose answer may have times. What users wrote follows a colon and a space. */
const COMMANDS_WITH_TIMES = new Set(['WHOIS', 'SEEN', 'BANS']);
const BEFORE_TEXT = /^.*?(?=: |$)/;
const ISO_TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;

/** Problems that a reconnect may solve. */
const PROBLEMS = new Map([
  ['timeout', 'no answer'],
  ['ECONNREFUSED', 'no server listens there'],
  ['ECONNRESET', 'the connection was lost'],
  ['username-taken', 'your name is still in use'],
  ['server-full', 'the server is full'],
]);

/** The colour of a name: the same on every machine, whatever the case of its letters. */
export function colourOf(name: string): (typeof NAME_COLOURS)[number] {
  let hash = 0x811c9dc5; // FNV-1a
  for (const byte of Buffer.from(foldName(name))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return NAME_COLOURS[hash % NAME_COLOURS.length] ?? 'cyan';
}

/** Whether a text contains a name as a whole word, in any case. */
export function mentions(text: string, name: string): boolean {
  const wanted = foldName(name);
  for (const [word] of text.matchAll(/[\p{L}\p{M}\p{N}_.-]+/gu)) {
    if (foldName(word) === wanted || foldName(word.replace(/[_.-]+$/, '')) === wanted) return true;
  }
  return false;
}

export class Renderer {
  readonly #style: Style;
  #ownName: string;

  constructor(style: Style) {
    this.#style = style;
    this.#ownName = style.ownName;
  }

  /**
   * The lines for an event, oldest first; none for an event that is not shown. `room` is put in front of them if it is
   * not the room that the user sees.
   */
  lines(event: SessionEvent, now: number, room: string | null = null): readonly string[] {
    return this.#bodies(event, now).map(({ text, at }) => this.#stamped(text, at ?? now, now, room));
  }

  /** The error with which the session ended, for stderr; null if it ended normally. */
  failure(why: Ended): string | null {
    switch (why.kind) {
      case 'left': {
        if (why.unsent === 0) return null;
        const messages = why.unsent === 1 ? '1 message was' : `${why.unsent} messages were`;
        return `${messages} not sent: no answer from the server; check the server, then try again`;
      }
      case 'unreachable':
        return problemAdvice(why.problem, this.#style.server);
      case 'refused':
        return why.room === undefined ? refusalAdvice(why.code, why) : refusedAtStart(why.room, why.code);
      case 'dismissed':
        return why.words.endsWith('logged in elsewhere')
          ? `${why.words}; end the other session, or use another name`
          : why.words.endsWith('revoked')
            ? `${why.words}; log in with your password or another token`
            : `${why.words}; contact an operator`;
      default:
        return why satisfies never;
    }
  }

  notice(text: string, now: number): string {
    return this.#stamped(this.#notice(text).text, now, now, null);
  }

  warning(text: string, now: number): string {
    return this.#stamped(this.#warning(text).text, now, now, null);
  }

  #bodies(event: SessionEvent, now: number): readonly Body[] {
    switch (event.kind) {
      case 'said':
        return [this.#message(event.message)];
      case 'own':
        return [{ text: this.#own(event) }];
      case 'told':
        return [{ text: `${this.#name(event.from)} -> you: ${event.text}`, at: event.at }];
      case 'kept':
        return [this.#notice(`${event.to} is offline; the message is saved`)];
      case 'info':
      case 'put-out':
        return [this.#notice(event.text, event.at)];
      case 'topic':
        return [this.#notice(`the topic of ${event.room}: ${event.text}`)];
      case 'refused':
        return [this.#warning(refused(event))];
      case 'barred':
        return [this.#warning(`cannot enter ${event.room}: ${roomAdvice(event.room, event.code)}`)];
      case 'locked':
        return [this.#notice(event.isKeyWrong ? `wrong key of ${event.room}` : `${event.room} is locked`)];
      case 'unsent':
        return [this.#warning(unsent(event.what, event.why))];
      case 'answer':
        return this.#answer(event, now);
      case 'online':
        return [this.#notice(this.#welcome(event.rooms.join(', '), event.again))];
      case 'entered':
      case 'moved':
        return [this.#notice(`you are in ${event.room}`)];
      case 'resent':
        return [this.#notice(`${counted(event.count, 'waiting line', 'waiting lines')} sent`)];
      case 'renamed':
        this.#ownName = event.name;
        return [];
      case 'gap':
        return [this.#notice('some of the messages that you missed are not available')];
      case 'offline':
        return [this.#notice(this.#offline(event.problem, event.retryInMs))];
      case 'ended':
      case 'present':
      case 'progress':
        return [];
      default:
        return event satisfies never;
    }
  }

  #notice(text: string, at: number | null = null): Body {
    return { text: this.#paint('dim', `* ${text}`), at };
  }

  #warning(text: string): Body {
    return { text: this.#paint('red', `! ${text}`) };
  }

  #message({ from, text, at }: Message): Body {
    const isMention = foldName(from) !== foldName(this.#ownName) && mentions(text, this.#ownName);
    return { text: this.#spoken(from, text, isMention), at };
  }

  /** Actions are marked, and on a terminal mentions. */
  #spoken(from: string, text: string, isMention: boolean): string {
    const { colours, fullTimes } = this.#style;
    const name = isMention && colours ? this.#paint(['bold', 'inverse'], from) : this.#name(from);
    const mark = isMention && !colours && !fullTimes ? '>> ' : '';
    const action = `* ${from} `;
    // One star would look like a notice of the server.
    if (text.startsWith(action)) return `${mark}** ${name} ${text.slice(action.length)}`;
    return `${mark}${name}: ${text}`;
  }

  #own({ to, text, waiting }: Extract<SessionEvent, { kind: 'own' }>): string {
    const message =
      to === null ? this.#spoken(this.#ownName, text, false) : `you -> ${this.#name(to)}: ${text}`;
    return waiting ? `${message} ${this.#paint('dim', '(waiting)')}` : message;
  }

  #answer(
    { line, room, replies, notices }: Extract<SessionEvent, { kind: 'answer' }>,
    now: number,
  ): readonly Body[] {
    const names = replies.flatMap((reply) => (reply.kind === 'user' ? [this.#name(reply.name)] : []));
    const rooms = replies.flatMap((reply) =>
      reply.kind === 'room' ? [`${reply.name} (${reply.members})`] : [],
    );
    const messages = replies.flatMap((reply) => (reply.kind === 'hist' ? [this.#message(reply)] : []));
    const hasTime = COMMANDS_WITH_TIMES.has(line.split(/\s+/, 1).join());
    const infos = replies.flatMap((reply) => {
      if (reply.kind !== 'info') return [];
      return [this.#notice(hasTime ? this.#inLocalTime(reply.text, now) : reply.text, now)];
    });
    if (names.length > 0) {
      const of = /^WHO\s+(\S+)/.exec(line)?.[1];
      const where = of === undefined ? 'on the server' : `in ${of.replace(/^#/, '')}`;
      return [
        ...infos,
        this.#notice(`${counted(names.length, 'user', 'users')} ${where}: ${names.join(', ')}`),
      ];
    }
    if (rooms.length > 0) return [...infos, this.#notice(`rooms: ${rooms.join(', ')}`)];
    const where = room ?? 'the room';
    if (messages.length > 0) {
      const what = line.startsWith('SEARCH') ? 'search' : 'history';
      const rule = (text: string) => this.#notice(`---- ${text} ----`);
      return [rule(`${what} of ${where}`), ...messages, rule(`end of ${what}`)];
    }
    if (infos.length > 0 || notices > 0) return infos;
    return [this.#notice(answerText({ line, room: where, ownName: this.#ownName }))];
  }

  #welcome(room: string, again: boolean): string {
    if (again) return `reconnected, in ${room}`;
    return `you are ${this.#ownName} in ${room} at ${this.#style.server.shown}; /help lists the commands`;
  }

  #offline(problem: string | null, retryInMs: number): string {
    const retry = `reconnecting in ${Math.ceil(retryInMs / 1000)} s`;
    if (problem === null) return `disconnected; ${retry}`;
    return `${isParting(problem) ? partingText(problem) : `disconnected (${PROBLEMS.get(problem) ?? problem})`}; ${retry}`;
  }

  /** The server sends times to programs as ISO 8601 in UTC. */
  #inLocalTime(text: string, now: number): string {
    return text.replace(BEFORE_TEXT, (part) =>
      part.replace(ISO_TIME, (time) => stamp(Date.parse(time), now, this.#style.fullTimes)),
    );
  }

  #name(name: string): string {
    return this.#paint(colourOf(name), name);
  }

  #paint(paint: Paint, text: string): string {
    return this.#style.colours ? styleText(paint, text, { validateStream: false }) : text;
  }

  #stamped(text: string, at: number, now: number, room: string | null): string {
    const where = room === null ? '' : `[${room}] `;
    return `${this.#paint('dim', stamp(at, now, this.#style.fullTimes))} ${where}${text}`;
  }
}

function refused({ code, about, to }: Extract<SessionEvent, { kind: 'refused' }>): string {
  const advice = chatAdvice(code);
  if (about === null) return advice;
  return to === null ? `"${about}": ${advice}` : `not sent to ${to}: "${about}": ${advice}`;
}

function roomAdvice(room: string, code: string): string {
  if (code !== 'room-locked') return chatAdvice(code);
  return `the room is locked; give its key, as in /join ${room} <key>`;
}

/** The chat ends with it. */
function refusedAtStart(room: string, code: string): string {
  const advice =
    code === 'room-locked'
      ? `the room is locked; ask for its key, start without --room ${room}, and type /join ${room} <key>`
      : refusalAdvice(code);
  return `cannot enter ${room}: ${advice}`;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function unsent(what: string, why: Unsent): string {
  return `${why === 'unconfirmed' ? 'possibly not sent' : 'not sent'}: "${what}": ${UNSENT[why]}`;
}

/** Local time as 14:03, with the date if it is not today. */
function stamp(at: number, now: number, full: boolean): string {
  const time = new Date(at);
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const minutes = `${two(time.getHours())}:${two(time.getMinutes())}`;
  if (full) return `${date} ${minutes}:${two(time.getSeconds())}`;
  return time.toDateString() === new Date(now).toDateString() ? minutes : `${date} ${minutes}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
