/** One thing said in a turn, and the words for it. */
import type { Client } from '../hub/client.js';
import type { HubEvent } from '../event.js';
import type { Voice } from './encoder.js';

/** Something said as number `at` of a turn. */
export class Spoken {
  readonly at: number;
  readonly author: Client | null;
  event: HubEvent;
  /** What takes its place when the turn's messages could not be stored; for a message, to its author alone. */
  otherwise: HubEvent | null = null;
  /** Said so often in a row. */
  times = 1;
  #voice: Voice | null = null;
  #words = '';

  constructor(at: number, event: HubEvent, author: Client | null) {
    this.at = at;
    this.event = event;
    this.author = author;
  }

  /** Nobody gets to hear it. */
  silence(): void {
    this.event = SILENCE;
  }

  get silenced(): boolean {
    return this.event === SILENCE;
  }

  /** As the voice says it, framed. */
  words(voice: Voice): string {
    if (this.#voice !== voice) {
      const words = voice.framing.frame(voice.dialect.format(this.event));
      this.#words = this.times === 1 ? words : words.repeat(this.times);
      this.#voice = voice;
    }
    return this.#words;
  }
}

/** An answer made once the turn's messages are stored. */
export class LaterAnswer extends Spoken {
  #answer: (() => HubEvent) | null;

  constructor(at: number, answer: () => HubEvent) {
    super(at, SILENCE, null);
    this.#answer = answer;
  }

  override words(voice: Voice): string {
    if (this.#answer !== null) {
      this.event = this.#answer();
      this.#answer = null;
    }
    return super.words(voice);
  }
}

/** In the order of the turn. */
export function byNumber(a: Spoken, b: Spoken): number {
  return a.at - b.at;
}

const SILENCE: HubEvent = { kind: 'answered', at: 0, text: '' };
