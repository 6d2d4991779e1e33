/**
 * What a client has shown of a room, so that after an absence it fetches what it missed and shows nothing twice. The
 * server does not tell an author the id of a message, so one's own are known again by their text.
 */
import { foldName } from '../core/text/text.js';
import type { Message } from './server-line.js';

/** The last message of others that was shown. */
export interface Position {
  readonly id: number;
  readonly at: number | null;
}

/** Something said here, and whether it is known to be stored. */
export interface OwnMessage {
  readonly text: string;
  stored: boolean;
}

const MAX_OWN = 1000;

export class RoomMemory {
  /** Null before the room's history was read for the first time; id 0 if it was empty then. */
  mark: Position | null = null;
  #own: OwnMessage[] = [];
  readonly #me: string;

  constructor(me: string) {
    this.#me = foldName(me);
  }

  /** One of ours goes out. */
  sending(text: string): OwnMessage {
    const own = { text, stored: false };
    this.#own.push(own);
    if (this.#own.length > MAX_OWN) this.#own.shift();
    return own;
  }

  /** It was refused, or it goes out once more. */
  unsent(own: OwnMessage): void {
    this.#own = this.#own.filter((other) => other !== own);
  }

  /** A live message; false if it was shown before. */
  hearLive({ id, at }: Message): boolean {
    if (id === null) return true;
    if (!this.#isNew(id)) return false;
    this.mark = { id, at };
    // What is known to be stored by now has a smaller id, and HISTORY AFTER will not bring it back.
    if (this.#own.length > 0) this.#own = this.#own.filter(({ stored }) => !stored);
    return true;
  }

  /** A message out of the history; false if it was shown before, as one of ours for instance, which is stored then. */
  hearPast({ id, at, from, text }: Message): boolean {
    if (id === null || !this.#isNew(id)) return false;
    this.mark = { id, at };
    if (foldName(from) !== this.#me) return true;
    const index = this.#own.findIndex((own) => own.text === text);
    const [own] = index === -1 ? [] : this.#own.splice(index, 1);
    if (own === undefined) return true;
    own.stored = true;
    return false;
  }

  /** The history has been read to its end. */
  isRead(): void {
    this.mark ??= { id: 0, at: null };
  }

  /** Our mark is not in the history: it began anew, or does not reach back so far. */
  forget(): void {
    this.mark = null;
  }

  #isNew(id: number): boolean {
    return this.mark === null || id > this.mark.id;
  }
}
