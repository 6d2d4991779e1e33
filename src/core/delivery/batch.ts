/**
 * What one turn sends: to one client, as numbered events; to an audience, as a batch that is rendered and encoded once
 * for all readers of the same encoder. That is why a message to a hundred readers costs a hundred writes and little else.
 */
import type { Dialect, Label } from '../dialect.js';
import type { HubEvent } from '../event.js';
import type { Bytes } from '../ports.js';
import type { Encoder } from './encoder.js';

/** A set of clients that are sent the same events. */
export interface BatchAudience<Member> {
  readonly members: ReadonlyMap<Member, unknown>;
  /** How many members use each encoder. */
  readonly encoders: ReadonlyMap<Encoder, number>;
  /** The events of the current turn, if there are any. */
  batch: Batch<Member> | null;
  /** Whether its messages are counted. Those of subscribers are counted with their room. */
  readonly countsMessages: boolean;
}

/** An event and its place in the order of a turn. */
export class OutgoingEvent<Member> {
  readonly sequence: number;
  readonly author: Member | null;
  event: HubEvent;
  /** Replaces the event when the turn could not be stored; for an event to a room, it goes to its author alone. */
  fallback: HubEvent | null = null;
  /** The label of the command of that author. */
  fallbackLabel: Label | null = null;
  /** How many times in a row the same event is sent. */
  repeatCount = 1;
  /** The label of the command that the event answers; null for any other event. */
  readonly label: Label | null;
  /** It answers a command of its reader. */
  readonly isReply: boolean;
  /** The turn could not be stored: the event did not happen. */
  isRetracted = false;
  #encoder: Encoder | null = null;
  #text = '';

  constructor(
    sequence: number,
    event: HubEvent,
    author: Member | null,
    label: Label | null = null,
    isReply = false,
  ) {
    this.sequence = sequence;
    this.event = event;
    this.author = author;
    this.label = label;
    this.isReply = isReply;
  }

  /** Sends another event in its place; without one nothing. */
  retract(instead: HubEvent = EMPTY): void {
    this.event = instead;
    this.isRetracted = true;
  }

  /** Its framed text. The last encoder's text is kept, since most readers use the same one. */
  render(encoder: Encoder): string {
    if (this.#encoder !== encoder) {
      const text = encoder.framing.frame(this.#format(encoder.dialect));
      this.#text = this.repeatCount === 1 ? text : text.repeat(this.repeatCount);
      this.#encoder = encoder;
    }
    return this.#text;
  }

  #format(dialect: Dialect): string {
    if (this.label === null || dialect.formatLabelled === undefined) return dialect.format(this.event);
    return dialect.formatLabelled(this.event, this.label);
  }
}

/** A reply that is made once the turn's messages are stored. */
export class DeferredReply<Member> extends OutgoingEvent<Member> {
  #reply: (() => HubEvent) | null;

  constructor(sequence: number, reply: () => HubEvent, label: Label | null, isReply = true) {
    super(sequence, EMPTY, null, label, isReply);
    this.#reply = reply;
  }

  override render(encoder: Encoder): string {
    if (this.#reply !== null) {
      this.event = this.#reply();
      this.#reply = null;
    }
    return super.render(encoder);
  }
}

/** Compares two events by their place in the turn. */
export function bySequence(a: OutgoingEvent<unknown>, b: OutgoingEvent<unknown>): number {
  return a.sequence - b.sequence;
}

/** Sorts events by their place in the turn. An event to several rooms is in the batch of each, and is kept once. */
export function inOrder<Member>(events: OutgoingEvent<Member>[]): readonly OutgoingEvent<Member>[] {
  events.sort(bySequence);
  return events.filter((event, index) => event !== events[index - 1]);
}

/** The events that one audience is sent in one turn. */
export class Batch<Member> {
  readonly audience: BatchAudience<Member>;
  readonly events: OutgoingEvent<Member>[] = [];
  /** Members that entered or left while the batch was open, with the ranges that they receive. */
  readonly partial = new Map<Member, BatchRange<Member>[]>();
  /** The whole batch, for members that were present from the first event to the last. */
  readonly whole = new SharedBatch<Member>(this.events, null);

  /** The events up to this index were looked at for `#withoutEnds`. */
  #seen = 0;
  #withoutEnds = 0;

  constructor(audience: BatchAudience<Member>) {
    this.audience = audience;
  }

  /** The number of events without the ends of sessions that are the last ones. */
  lengthWithoutEnds(): number {
    let length = this.events.length;
    while (length > this.#seen && isEnd(this.events[length - 1])) length--;
    if (length > this.#seen) this.#withoutEnds = length;
    this.#seen = this.events.length;
    return this.#withoutEnds;
  }
}

/** Part of a batch: the events with indexes from `from` up to `to`, `to` excluded. */
export interface BatchRange<Member> {
  readonly batch: Batch<Member>;
  readonly from: number;
  to: number;
}

/** One or more whole batches that a group of clients receives: rendered and encoded once for each encoder. */
export class SharedBatch<Member> {
  /** The events of its last batch. */
  readonly #own: readonly OutgoingEvent<Member>[];
  /** The batches before the last one; null if there is one batch. */
  readonly #before: SharedBatch<Member> | null;
  #events: readonly OutgoingEvent<Member>[] | null = null;
  readonly #rendered = new Map<Encoder, RenderedBatch<Member>>();
  readonly #combined = new Map<Batch<Member>, SharedBatch<Member>>();

  constructor(own: readonly OutgoingEvent<Member>[], before: SharedBatch<Member> | null) {
    this.#own = own;
    this.#before = before;
  }

  /** In order, each once. Merged at the first use: a client in many rooms needs the last of many combinations alone. */
  get events(): readonly OutgoingEvent<Member>[] {
    if (this.#before === null) return this.#own;
    if (this.#events === null) {
      const events: OutgoingEvent<Member>[] = [];
      this.#addTo(events);
      this.#events = inOrder(events);
    }
    return this.#events;
  }

  renderedFor(encoder: Encoder): RenderedBatch<Member> {
    let rendered = this.#rendered.get(encoder);
    if (rendered === undefined) {
      rendered = new RenderedBatch(this.events, encoder);
      this.#rendered.set(encoder, rendered);
    }
    return rendered;
  }

  /** This and another batch, in order; the same object for every client that receives both. */
  with(batch: Batch<Member>): SharedBatch<Member> {
    let combined = this.#combined.get(batch);
    if (combined === undefined) {
      combined = new SharedBatch(batch.events, this);
      this.#combined.set(batch, combined);
    }
    return combined;
  }

  #addTo(events: OutgoingEvent<Member>[]): void {
    if (this.#before !== null) this.#before.#addTo(events);
    for (const event of this.#own) events.push(event);
  }
}

/** The text of a shared batch for one encoder: whole, or with one reader's own events left out and put in. */
export class RenderedBatch<Member> {
  readonly #events: readonly OutgoingEvent<Member>[];
  readonly #encoder: Encoder;
  readonly #text: string;
  /** Where the text of each event ends. */
  readonly #ends: number[] = [];
  #bytes: Bytes | null = null;

  constructor(events: readonly OutgoingEvent<Member>[], encoder: Encoder) {
    this.#events = events;
    this.#encoder = encoder;
    let text = '';
    for (const event of events) {
      text += event.render(encoder);
      this.#ends.push(text.length);
    }
    this.#text = text;
  }

  /** Whether the dialect shows none of the events. */
  get isEmpty(): boolean {
    return this.#text === '';
  }

  /** The encoded text: the same buffer for every reader. */
  get bytes(): Bytes | null {
    if (this.#bytes === null && this.#text !== '') this.#bytes = this.#encoder.framing.encode(this.#text);
    return this.#bytes;
  }

  /**
   * The encoded text without the events of `author`; null if it has none of the others'. Copied from the shared buffer
   * where each character is a byte of it, which costs a fraction of making and encoding the text.
   */
  bytesWithout(author: Member): Bytes | null {
    const ranges = this.#rangesWithout(author, 0, this.#events.length);
    const bytes = ranges.length === 0 ? null : this.bytes;
    if (bytes === null) return null;
    if (bytes.length !== this.#text.length) {
      const text = this.textFor(author, []);
      return text === '' ? null : this.#encoder.framing.encode(text);
    }
    // Copied also where it is one part: a view would let the queue of a slow author keep the shared buffer in memory.
    const parts = ranges.map(([from, to]) => bytes.subarray(this.#startOf(from), this.#ends[to - 1]));
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (length === 0) return null;
    const others = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      others.set(part, at);
      at += part.length;
    }
    return others;
  }

  /** The events from `start` to `end`, without those of `author`, with the `personal` ones merged in by sequence. */
  textFor(
    author: Member | null,
    personal: readonly OutgoingEvent<Member>[],
    start = 0,
    end = this.#events.length,
  ): string {
    const last = Math.min(end, this.#events.length);
    let text = '';
    let from = start;
    for (const event of personal) {
      const to = this.#firstAfter(event.sequence, from, last);
      text += this.#part(from, to, author) + event.render(this.#encoder);
      from = to;
    }
    return text + this.#part(from, last, author);
  }

  #firstAfter(sequence: number, from: number, end: number): number {
    let index = from;
    while (index < end && (this.#events[index]?.sequence ?? 0) < sequence) index++;
    return index;
  }

  #part(from: number, to: number, author: Member | null): string {
    if (author === null) return this.#slice(from, to);
    let text = '';
    for (const [start, end] of this.#rangesWithout(author, from, to)) text += this.#slice(start, end);
    return text;
  }

  /** The ranges of other events. An author's own events mostly follow each other, so there are few. */
  #rangesWithout(author: Member, from: number, to: number): (readonly [from: number, to: number])[] {
    const ranges: (readonly [from: number, to: number])[] = [];
    let start = from;
    for (let index = from; index <= to; index++) {
      if (index < to && this.#events[index]?.author !== author) continue;
      if (index > start) ranges.push([start, index]);
      start = index + 1;
    }
    return ranges;
  }

  #slice(from: number, to: number): string {
    return from >= to ? '' : this.#text.slice(this.#startOf(from), this.#ends[to - 1]);
  }

  /** Where the text of an event begins. */
  #startOf(index: number): number {
    return index === 0 ? 0 : (this.#ends[index - 1] ?? 0);
  }
}

function isEnd(outgoing: OutgoingEvent<unknown> | undefined): boolean {
  switch (outgoing?.event.kind) {
    case 'gone':
    case 'departed':
    case 'disconnected':
    case 'server-lost':
    case 'split':
      return true;
    default:
      return false;
  }
}

const EMPTY: HubEvent = { kind: 'answered', at: 0, text: '' };
