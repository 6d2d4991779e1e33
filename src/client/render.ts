/** Formats the events of a session for the user: time stamps, a colour for each name, a star before each notice. */
import { styleText } from 'node:util';
import { foldName } from '../core/text/text.js';
import { problemAdvice, refusalAdvice } from './error-messages.js';
import type { Reply } from './request-pipeline.js';
import type { Ended, SessionEvent, Unsent } from './session-event.js';
import type { ServerAddress } from './url.js';

export interface Style {
  readonly colours: boolean;
  /** Every time has its date and seconds: for output to a file. */
  readonly fullTimes: boolean;
  readonly ownName: string;
  readonly server: ServerAddress;
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

  constructor(style: Style) {
    this.#style = style;
  }

  /** The lines for an event, oldest first; none for an event that is not shown. */
  lines(event: SessionEvent, now: number): readonly string[] {
    switch (event.kind) {
      case 'said':
        return [this.#message(event.message.from, event.message.text, event.message.at ?? now, now)];
      case 'own':
        return [this.#own(event, now)];
      case 'told':
        return [this.#stamped(`${this.#name(event.from)} -> you: ${event.text}`, event.at ?? now, now)];
      case 'info':
        return [this.notice(event.text, now, event.at ?? now)];
      case 'refused':
        return [this.#warning(refused(event.code, event.about), now)];
      case 'unsent':
        return [this.#warning(unsent(event.what, event.why), now)];
      case 'answer':
        return this.#answer(event.replies, now);
      case 'online':
        return [this.notice(this.#welcome(event.room, event.again), now)];
      case 'entered':
        return [this.notice(`you are in ${event.room}`, now)];
      case 'gap':
        return [this.notice('some of the messages that you missed are not available', now)];
      case 'offline':
        return [this.notice(this.#offline(event.problem, event.retryInMs), now)];
      case 'ended':
        return [];
      case 'present':
      case 'progress':
        return [];
      default:
        return event satisfies never;
    }
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
        return refusalAdvice(why.code);
      case 'dismissed':
        return `${why.words}; contact an operator, or end the other session`;
      default:
        return why satisfies never;
    }
  }

  notice(text: string, now: number, at = now): string {
    return this.#stamped(this.#paint('dim', `* ${text}`), at, now);
  }

  #warning(text: string, now: number): string {
    return this.#stamped(this.#paint('red', `! ${text}`), now, now);
  }

  #message(from: string, text: string, at: number, now: number): string {
    return this.#stamped(`${this.#name(from)}: ${text}`, at, now);
  }

  #own({ to, text, waiting }: Extract<SessionEvent, { kind: 'own' }>, now: number): string {
    const message =
      to === null ? `${this.#name(this.#style.ownName)}: ${text}` : `you -> ${this.#name(to)}: ${text}`;
    return this.#stamped(waiting ? `${message} ${this.#paint('dim', '(waiting)')}` : message, now, now);
  }

  #answer(replies: readonly Reply[], now: number): readonly string[] {
    const names = replies.flatMap((reply) => (reply.kind === 'user' ? [this.#name(reply.name)] : []));
    const rooms = replies.flatMap((reply) =>
      reply.kind === 'room' ? [`${reply.name} (${reply.members})`] : [],
    );
    const messages = replies.flatMap((reply) =>
      reply.kind === 'hist' ? [this.#message(reply.from, reply.text, reply.at ?? now, now)] : [],
    );
    if (names.length > 0) return [this.notice(`${names.length} here: ${names.join(', ')}`, now)];
    if (rooms.length > 0) return [this.notice(`rooms: ${rooms.join(', ')}`, now)];
    return messages.length > 0 ? messages : [this.notice('done', now)];
  }

  #welcome(room: string, again: boolean): string {
    if (again) return `reconnected, in ${room}`;
    return `you are ${this.#style.ownName} in ${room} at ${this.#style.server.shown}; /help lists the commands`;
  }

  #offline(problem: string | null, retryInMs: number): string {
    const why = problem === null ? '' : ` (${problem === 'timeout' ? 'no answer' : problem})`;
    return `disconnected${why}; reconnecting in ${Math.ceil(retryInMs / 1000)} s`;
  }

  #name(name: string): string {
    return this.#paint(colourOf(name), name);
  }

  #paint(paint: Paint, text: string): string {
    return this.#style.colours ? styleText(paint, text, { validateStream: false }) : text;
  }

  #stamped(text: string, at: number, now: number): string {
    return `${this.#paint('dim', stamp(at, now, this.#style.fullTimes))} ${text}`;
  }
}

function refused(code: string, about: string | null): string {
  return about === null ? refusalAdvice(code) : `"${about}": ${refusalAdvice(code)}`;
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
