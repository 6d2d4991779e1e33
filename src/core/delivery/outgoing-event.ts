/** One thing said in a turn, and the words for it. */
import type { Client } from '../hub/client.js';
import type { HubEvent } from '../event.js';
import type { Encoder } from './encoder.js';

/** Something said as number `at` of a turn. */
export class OutgoingEvent {
  readonly sequence: number;
  readonly author: Client | null;
  event: HubEvent;
  /** What takes its place when the turn's messages could not be stored; for a message, to its author alone. */
  fallback: HubEvent | null = null;
  /** Said so often in a row. */
  repeatCount = 1;
  #encoder: Encoder | null = null;
  #words = '';

  constructor(at: number, event: HubEvent, author: Client | null) {
    this.sequence = at;
    this.event = event;
    this.author = author;
  }

  /** Nobody gets to hear it. */
  retract(): void {
    this.event = NOTHING_TO_SAY;
  }

  get isRetracted(): boolean {
    return this.event === NOTHING_TO_SAY;
  }

  /** As the voice says it, framed. */
  render(encoder: Encoder): string {
    if (this.#encoder !== encoder) {
      const words = encoder.framing.frame(encoder.dialect.format(this.event));
      this.#words = this.repeatCount === 1 ? words : words.repeat(this.repeatCount);
      this.#encoder = encoder;
    }
    return this.#words;
  }
}

/** An answer made once the turn's messages are stored. */
export class DeferredReply extends OutgoingEvent {
  #answer: (() => HubEvent) | null;

  constructor(at: number, answer: () => HubEvent) {
    super(at, NOTHING_TO_SAY, null);
    this.#answer = answer;
  }

  override render(encoder: Encoder): string {
    if (this.#answer !== null) {
      this.event = this.#answer();
      this.#answer = null;
    }
    return super.render(encoder);
  }
}

/** In the order of the turn. */
export function bySequence(a: OutgoingEvent, b: OutgoingEvent): number {
  return a.sequence - b.sequence;
}

const NOTHING_TO_SAY: HubEvent = { kind: 'answered', at: 0, text: '' };
