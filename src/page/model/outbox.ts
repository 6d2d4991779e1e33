/**
 * Own messages until they are stored. The answer to the label says so. Without an answer, when the connection was lost, a
 * message is looked for in the history; if it is not there, it has failed. Nothing is sent twice unless the user asks.
 */
import { cleanText } from '../../core/text/clean-text.js';
import { type Answer, type Command, refusalOf } from './channel.js';
import type { Context } from './context.js';
import type { Item } from './log.js';
import { ownAfter, type PlaceData } from './place.js';
import type { Message } from './state.js';
import { sentenceFor } from './words.js';

type MessageItem = Extract<Item, { kind: 'message' }>;

/** One message, or the lines of a paste. */
interface Outgoing {
  readonly key: string;
  place: PlaceData;
  readonly texts: readonly string[];
  readonly isAction: boolean;
  readonly items: readonly MessageItem[];
  /** `sent`: its answer is awaited. `unknown`: sent, and the connection was lost. */
  state: 'waiting' | 'sent' | 'unknown' | 'failed';
  /** The newest id of the place when it was sent. */
  after: number;
}

export class Outbox {
  readonly #context: Context;
  readonly #open = new Map<string, Outgoing>();
  #keys = 0;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Shows the message, and sends it now or when the connection is back. */
  send(place: PlaceData, texts: readonly string[], isAction = false): void {
    const outgoing = this.#outgoing(place, texts, isAction);
    this.#open.set(outgoing.key, outgoing);
    place.pending = [...place.pending, ...outgoing.items];
    this.#transmit(outgoing);
    this.#context.touch();
  }

  /** @param key of any of its messages */
  retry(key: string): void {
    const outgoing = this.#find(key);
    if (outgoing?.state !== 'failed') return;
    this.#remove(outgoing);
    this.send(outgoing.place, outgoing.texts, outgoing.isAction);
  }

  discard(key: string): void {
    const outgoing = this.#find(key);
    if (outgoing !== null) this.#remove(outgoing);
    this.#context.touch();
  }

  /** The connection is back, and what was missed of the place has been read. */
  resume(place: PlaceData): void {
    if (this.#context.channel() === null) return;
    const claimed = new Set<number>();
    for (const outgoing of [...this.#open.values()]) {
      if (outgoing.place !== place) continue;
      if (outgoing.state === 'unknown') this.#lookFor(outgoing, claimed);
      else if (outgoing.state === 'waiting') this.#transmit(outgoing);
    }
    this.#context.touch();
  }

  /** The place cannot be sent to any more. */
  failAll(place: PlaceData, code: string): void {
    for (const outgoing of this.#open.values())
      if (outgoing.place === place && outgoing.state !== 'failed') this.#fail(outgoing, code);
  }

  /** A conversation was joined to another one: its messages that are not stored are in that one. */
  move(from: PlaceData, to: PlaceData): void {
    for (const outgoing of this.#open.values()) if (outgoing.place === from) outgoing.place = to;
    to.pending = [...from.pending, ...to.pending];
  }

  clear(): void {
    this.#open.clear();
  }

  #outgoing(place: PlaceData, texts: readonly string[], isAction: boolean): Outgoing {
    const key = `own-${++this.#keys}`;
    const group = texts.length > 1 ? key : null;
    const { platform, signals } = this.#context;
    const items = texts.map((text, index): MessageItem => {
      const message: Message = {
        key: index === 0 ? key : `${key}-${index}`,
        id: null,
        at: platform.clock.now(),
        from: signals.self.value.name,
        text: cleanText(text),
        isAction,
        isOwn: true,
        isMention: false,
        state: 'waiting',
        failure: '',
        isKept: false,
      };
      return { kind: 'message', message, group };
    });
    return { key, place, texts, isAction, items, state: 'waiting', after: 0 };
  }

  #transmit(outgoing: Outgoing): void {
    const channel = this.#context.channel();
    if (channel === null || (outgoing.place.room !== null && !outgoing.place.room.isJoined)) return;
    outgoing.state = 'sent';
    outgoing.after = outgoing.place.log.lastId ?? 0;
    channel.request(commandFor(outgoing), (answer) => this.#onAnswer(outgoing, answer));
  }

  #onAnswer(outgoing: Outgoing, answer: Answer): void {
    if (!this.#open.has(outgoing.key)) return;
    const refusal = refusalOf(answer);
    if (refusal === 'lost') outgoing.state = 'unknown';
    else if (refusal !== null) this.#fail(outgoing, refusal);
    else this.#store(outgoing, answer);
    this.#context.touch();
  }

  #store(outgoing: Outgoing, { end }: Answer): void {
    const tags = end?.tags;
    const first = Number(tags?.get('id') ?? Number.NaN);
    const at = Date.parse(tags?.get('time') ?? '');
    this.#remove(outgoing);
    // The newest messages are not in the list, and this one is among them.
    if (outgoing.place.isDetached) return;
    outgoing.items.forEach(({ message }, index) => {
      const id = Number.isSafeInteger(first) ? first + index : null;
      outgoing.place.log.add({
        kind: 'message',
        message: {
          ...message,
          id,
          at: Number.isNaN(at) ? message.at : at,
          state: 'stored',
          isKept: tags?.get('kept') === '1',
        },
        group: null,
      });
    });
    this.#context.onStored();
  }

  /** Looks for a message in what was read after the reconnect. There is no history of direct messages. */
  #lookFor(outgoing: Outgoing, claimed: Set<number>): void {
    if (outgoing.place.room === null) return this.#fail(outgoing, 'unknown');
    const own = ownAfter(outgoing.place, outgoing.after);
    const texts = outgoing.items.map(({ message }) => message.text);
    const at = own.findIndex((message, index) => {
      const run = own.slice(index, index + texts.length);
      return (
        !claimed.has(message.id ?? 0) &&
        run.length === texts.length &&
        run.every(({ text, id }, offset) => text === texts[offset] && id === (message.id ?? 0) + offset)
      );
    });
    const found = own[at];
    if (found === undefined) return this.#fail(outgoing, 'unconfirmed');
    texts.forEach((_, offset) => claimed.add((found.id ?? 0) + offset));
    this.#remove(outgoing);
  }

  #fail(outgoing: Outgoing, code: string): void {
    outgoing.state = 'failed';
    this.#update(outgoing, (message) => ({ ...message, state: 'failed', failure: sentenceFor(code) }));
    this.#context.touch();
  }

  #update({ place, items }: Outgoing, change: (message: Message) => Message): void {
    const keys = new Set(items.map(({ message }) => message.key));
    place.pending = place.pending.map((item) =>
      item.kind === 'message' && keys.has(item.message.key)
        ? { ...item, message: change(item.message) }
        : item,
    );
  }

  #remove({ key, place, items }: Outgoing): void {
    this.#open.delete(key);
    const keys = new Set(items.map(({ message }) => message.key));
    place.pending = place.pending.filter((item) => item.kind !== 'message' || !keys.has(item.message.key));
  }

  #find(key: string): Outgoing | null {
    for (const outgoing of this.#open.values())
      if (outgoing.items.some(({ message }) => message.key === key)) return outgoing;
    return null;
  }
}

function commandFor({ place, texts, isAction }: Outgoing): Command {
  const [text = ''] = texts;
  if (place.room === null) return { lines: [`DM ${place.name} ${text}`] };
  const room = place.name;
  if (texts.length > 1) return { lines: ['PASTE', ...texts.map(dotted), '.'], room };
  return { lines: [`${isAction ? 'ME' : 'MSG'} ${text}`], room };
}

/** As in SMTP: a line of dots alone has one dot more than the text that it stands for. */
function dotted(line: string): string {
  return /^\.+$/.test(line) ? `.${line}` : line;
}
