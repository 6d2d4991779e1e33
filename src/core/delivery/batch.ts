/**
 * What was said to many at once, put into words and bytes once for all who read the same: the reason that a message to
 * a hundred readers costs a hundred writes and little else.
 */
import type { Client } from '../hub/client.js';
import type { Bytes } from '../ports.js';
import type { Audience } from '../hub/room.js';
import { byNumber, type Spoken } from './outgoing-event.js';
import type { Voice } from './encoder.js';

/** What one audience is told in one turn. */
export class Segment {
  readonly audience: Audience;
  readonly spoken: Spoken[] = [];
  /** Members who came or went while it was open, with the parts that are theirs. */
  readonly partial = new Map<Client, Stretch[]>();

  /** All of it, as those get it who were there from the first line to the last. */
  readonly whole = new Share(this.spoken);

  constructor(audience: Audience) {
    this.audience = audience;
  }
}

/** A part of a segment: from the `from`th line on, up to but without the `to`th. */
export interface Stretch {
  readonly segment: Segment;
  readonly from: number;
  to: number;
}

/** Whole segments that a group of clients all get: put into words and bytes once a voice. */
export class Share {
  readonly spoken: readonly Spoken[];
  readonly #scripts = new Map<Voice, Script>();
  readonly #longer = new Map<Segment, Share>();

  constructor(spoken: readonly Spoken[]) {
    this.spoken = spoken;
  }

  script(voice: Voice): Script {
    let script = this.#scripts.get(voice);
    if (script === undefined) {
      script = new Script(this.spoken, voice);
      this.#scripts.set(voice, script);
    }
    return script;
  }

  /** This and another segment; the same object for everyone who has both. */
  plus(segment: Segment): Share {
    let longer = this.#longer.get(segment);
    if (longer === undefined) {
      longer = new Share([...this.spoken, ...segment.spoken].sort(byNumber));
      this.#longer.set(segment, longer);
    }
    return longer;
  }
}

/** A share in the words of one voice: whole, or with what is one reader's own cut out and put in. */
export class Script {
  readonly #spoken: readonly Spoken[];
  readonly #voice: Voice;
  readonly #text: string;
  /** Where in the text the words of each line end. */
  readonly #ends: number[] = [];
  #bytes: Bytes | null = null;

  constructor(spoken: readonly Spoken[], voice: Voice) {
    this.#spoken = spoken;
    this.#voice = voice;
    let text = '';
    for (const line of spoken) {
      text += line.words(voice);
      this.#ends.push(text.length);
    }
    this.#text = text;
  }

  /** The dialect has no words for any of it. */
  get silent(): boolean {
    return this.#text === '';
  }

  /** The same buffer for everyone. */
  get bytes(): Bytes | null {
    if (this.#bytes === null && this.#text !== '') this.#bytes = this.#voice.framing.encode(this.#text);
    return this.#bytes;
  }

  /** The lines from `start` to `end`, without those of `author`, and with `personal` ones at their places. */
  for(author: Client | null, personal: readonly Spoken[], start = 0, end = this.#spoken.length): string {
    const last = Math.min(end, this.#spoken.length);
    let text = '';
    let from = start;
    for (const line of personal) {
      const to = this.#firstAfter(line.at, from, last);
      text += this.#part(from, to, author) + line.words(this.#voice);
      from = to;
    }
    return text + this.#part(from, last, author);
  }

  #firstAfter(at: number, from: number, end: number): number {
    let index = from;
    while (index < end && (this.#spoken[index]?.at ?? 0) < at) index++;
    return index;
  }

  /** The words of some lines; an author's own mostly stand together, so that little is cut. */
  #part(from: number, to: number, author: Client | null): string {
    if (author === null) return this.#slice(from, to);
    let text = '';
    let start = from;
    for (let index = from; index < to; index++) {
      if (this.#spoken[index]?.author !== author) continue;
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
