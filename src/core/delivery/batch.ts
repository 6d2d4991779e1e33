/**
 * What was said to many at once, put into words and bytes once for all who read the same: the reason that a message to
 * a hundred readers costs a hundred writes and little else.
 */
import type { Client } from '../hub/client.js';
import type { Bytes } from '../ports.js';
import type { Audience } from '../hub/room.js';
import { bySequence, type OutgoingEvent } from './outgoing-event.js';
import type { Encoder } from './encoder.js';

/** What one audience is told in one turn. */
export class Batch {
  readonly audience: Audience;
  readonly events: OutgoingEvent[] = [];
  /** Members who came or went while it was open, with the parts that are theirs. */
  readonly partial = new Map<Client, BatchRange[]>();

  /** All of it, as those get it who were there from the first line to the last. */
  readonly whole = new SharedBatch(this.events);

  constructor(audience: Audience) {
    this.audience = audience;
  }
}

/** A part of a segment: from the `from`th line on, up to but without the `to`th. */
export interface BatchRange {
  readonly batch: Batch;
  readonly from: number;
  to: number;
}

/** Whole segments that a group of clients all get: put into words and bytes once a voice. */
export class SharedBatch {
  readonly events: readonly OutgoingEvent[];
  readonly #rendered = new Map<Encoder, RenderedBatch>();
  readonly #combined = new Map<Batch, SharedBatch>();

  constructor(events: readonly OutgoingEvent[]) {
    this.events = events;
  }

  renderedFor(encoder: Encoder): RenderedBatch {
    let rendered = this.#rendered.get(encoder);
    if (rendered === undefined) {
      rendered = new RenderedBatch(this.events, encoder);
      this.#rendered.set(encoder, rendered);
    }
    return rendered;
  }

  /** This and another segment; the same object for everyone who has both. */
  with(batch: Batch): SharedBatch {
    let combined = this.#combined.get(batch);
    if (combined === undefined) {
      combined = new SharedBatch([...this.events, ...batch.events].sort(bySequence));
      this.#combined.set(batch, combined);
    }
    return combined;
  }
}

/** A share in the words of one voice: whole, or with what is one reader's own cut out and put in. */
export class RenderedBatch {
  readonly #events: readonly OutgoingEvent[];
  readonly #encoder: Encoder;
  readonly #text: string;
  /** Where in the text the words of each line end. */
  readonly #ends: number[] = [];
  #bytes: Bytes | null = null;

  constructor(events: readonly OutgoingEvent[], encoder: Encoder) {
    this.#events = events;
    this.#encoder = encoder;
    let text = '';
    for (const line of events) {
      text += line.render(encoder);
      this.#ends.push(text.length);
    }
    this.#text = text;
  }

  /** The dialect has no words for any of it. */
  get isEmpty(): boolean {
    return this.#text === '';
  }

  /** The same buffer for everyone. */
  get bytes(): Bytes | null {
    if (this.#bytes === null && this.#text !== '') this.#bytes = this.#encoder.framing.encode(this.#text);
    return this.#bytes;
  }

  /** The lines from `start` to `end`, without those of `author`, and with `personal` ones at their places. */
  textFor(
    author: Client | null,
    personal: readonly OutgoingEvent[],
    start = 0,
    end = this.#events.length,
  ): string {
    const last = Math.min(end, this.#events.length);
    let text = '';
    let from = start;
    for (const line of personal) {
      const to = this.#firstAfter(line.sequence, from, last);
      text += this.#part(from, to, author) + line.render(this.#encoder);
      from = to;
    }
    return text + this.#part(from, last, author);
  }

  #firstAfter(at: number, from: number, end: number): number {
    let index = from;
    while (index < end && (this.#events[index]?.sequence ?? 0) < at) index++;
    return index;
  }

  /** The words of some lines; an author's own mostly stand together, so that little is cut. */
  #part(from: number, to: number, author: Client | null): string {
    if (author === null) return this.#slice(from, to);
    let text = '';
    let start = from;
    for (let index = from; index < to; index++) {
      if (this.#events[index]?.author !== author) continue;
      text += this.#slice(start, index);
      start = index + 1;
    }
    return text + this.#slice(start, to);
  }

  #slice(from: number, to: number): string {
    if (from >= to) return '';
    return this.#text.slice(from === 0 ? 0 : this.#ends[from - 1], this.#ends[to - 1]);
  }
}
