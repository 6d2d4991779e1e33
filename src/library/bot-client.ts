/** Posts messages for bots of this process, and reports whether they are stored. */
import type { Hub } from '../core/hub/hub.js';
import { MAX_PASTE_BYTES, MAX_PASTE_LINES } from '../core/limits.js';
import { cleanText, isObsolete, parseRoomName, parseUserName, type Text } from '../core/text/text.js';

/** Why a post was refused: a code of the protocol, or `closed`. */
export type SayRefusal =
  | 'invalid-room'
  | 'invalid-username'
  /** A user has that name or one that looks like it, or it is reserved. */
  | 'username-taken'
  /** The text is empty. */
  | 'usage'
  | 'line-too-long'
  /** More than 200 lines or 16 KiB. */
  | 'paste-too-long'
  | 'not-stored'
  /** The Partyline is closed. */
  | 'closed';

export interface BotClientOptions {
  readonly hub: Hub;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly maxLineBytes: number;
}

export class BotClient {
  readonly #hub: Hub;
  readonly #now: () => number;
  readonly #maxLineBytes: number;
  /** The posts that are not stored yet, in order. */
  readonly #pending = new Set<(refusal: SayRefusal | null) => void>();
  #last: Promise<SayRefusal | null> = Promise.resolve(null);

  constructor({ hub, now, maxLineBytes }: BotClientOptions) {
    this.#hub = hub;
    this.#now = now;
    this.#maxLineBytes = maxLineBytes;
  }

  /** Settles with null when all lines are stored. They stay together. */
  post(room: string, name: string, text: string): Promise<SayRefusal | null> {
    // Callers in JavaScript may pass values of any type.
    const to = typeof room === 'string' ? parseRoomName(cleanText(room)) : null;
    const from = typeof name === 'string' ? parseUserName(cleanText(name)) : null;
    const texts = typeof text === 'string' ? textsOf(text, this.#maxLineBytes) : 'usage';
    if (to === null || isObsolete(to)) return Promise.resolve('invalid-room');
    if (from === null || isObsolete(from)) return Promise.resolve('invalid-username');
    if (typeof texts === 'string') return Promise.resolve(texts);
    this.#last = new Promise((resolve) => {
      this.#pending.add(resolve);
      const onResult = (refusal: SayRefusal | null) => {
        this.#pending.delete(resolve);
        resolve(refusal);
      };
      this.#hub.post({ room: to, from, texts, onResult }, this.#now());
    });
    return this.#last;
  }

  /** Settles when all posts so far have their result. */
  settled(): Promise<unknown> {
    return this.#last;
  }

  /** Settles the pending posts with `not-stored`. */
  close(): void {
    for (const resolve of this.#pending) resolve('not-stored');
    this.#pending.clear();
  }
}

/** Each line is a message; empty lines are left out. */
function textsOf(text: string, maxLineBytes: number): readonly Text[] | SayRefusal {
  const lines = text.split(/\r*\n/);
  const texts = lines.map((line) => cleanText(line)).filter((line) => line.trim() !== '');
  if (texts.length === 0) return 'usage';
  const sizes = lines.map((line) => Buffer.byteLength(line));
  if (sizes.some((size) => size > maxLineBytes)) return 'line-too-long';
  const isTooLong =
    texts.length > MAX_PASTE_LINES || sizes.reduce((sum, size) => sum + size, 0) > MAX_PASTE_BYTES;
  return isTooLong ? 'paste-too-long' : texts;
}
