/**
 * Which messages of a room the client has shown, so that after a lost connection it fetches what it missed and shows
 * nothing twice. A server with labels tells an author the id of a message; other own messages are recognised by their
 * text.
 */
import { foldName } from '../core/text/text.js';
import type { Message } from './server-line.js';

/** The last message of another user that was shown. */
export interface Position {
  readonly id: number;
  readonly at: number | null;
}

/** A message of this client, and whether it is known to be stored, and under which id. */
export interface OwnMessage {
  readonly text: string;
  stored: boolean;
  id: number | null;
}

const MAX_OWN_MESSAGES = 1000;

export class ShownMessages {
  /** Null until the room's history is read for the first time; id 0 if it was empty then. */
  lastShown: Position | null = null;
  #ownMessages: OwnMessage[] = [];
  readonly #ownNames: ReadonlySet<string>;

  /** `ownNames` are the folds of the names that the user has had. */
  constructor(ownNames: ReadonlySet<string>) {
    this.#ownNames = ownNames;
  }

  /** Remembers a message that is being sent. */
  addOwn(text: string): OwnMessage {
    const own = { text, stored: false, id: null };
    this.#ownMessages.push(own);
    if (this.#ownMessages.length > MAX_OWN_MESSAGES) this.#ownMessages.shift();
    return own;
  }

  /** The message was refused, or is sent again. */
  forgetOwn(own: OwnMessage): void {
    this.#ownMessages = this.#ownMessages.filter((other) => other !== own);
  }

  /** A live message; false if it was shown before. */
  addLive({ id, at }: Message): boolean {
    if (id === null) return true;
    if (!this.#isNew(id)) return false;
    this.lastShown = { id, at };
    // HISTORY AFTER will not return an own message before this one. Without a known id, it is one that is stored by now.
    if (this.#ownMessages.length > 0)
      this.#ownMessages = this.#ownMessages.filter((own) => !own.stored || (own.id !== null && own.id > id));
    return true;
  }

  /** A message from the history; false if it was shown before, which is also true of a recognised own message. */
  addFromHistory({ id, at, from, text }: Message): boolean {
    if (id === null || !this.#isNew(id)) return false;
    this.lastShown = { id, at };
    if (!this.#ownNames.has(foldName(from))) return true;
    const own =
      this.#ownMessages.find((one) => one.id === id) ??
      this.#ownMessages.find((one) => one.id === null && one.text === text);
    if (own === undefined) return true;
    this.forgetOwn(own);
    own.stored = true;
    return false;
  }

  /** The history was read to its end. */
  markRead(): void {
    this.lastShown ??= { id: 0, at: null };
  }

  /** The last message shown is not in the history: the history was emptied, or does not reach back far enough. */
  forgetPosition(): void {
    this.lastShown = null;
  }

  #isNew(id: number): boolean {
    return this.lastShown === null || id > this.lastShown.id;
  }
}
