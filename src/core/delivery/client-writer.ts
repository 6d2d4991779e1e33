/** Writes what a turn has for its clients, once to each, and closes those that ended. */
import type { Client } from '../hub/client.js';
import { compose } from './compose.js';
import type { PageQueue } from './page-queue.js';

export interface ClientWriterOptions {
  readonly pages: PageQueue;
  /** The last message that clients may have been shown before. */
  readonly shownId: number;
  /** Unread output of a client, in bytes, above which `onTooSlow` is called. */
  readonly maxUnreadBytes: number;
  readonly onTooSlow: (client: Client) => void;
  /** Called when a client's output could not be made: our bug, which costs that client alone. */
  readonly onBroken: (client: Client) => void;
  /** Called for any failure, for the log. */
  readonly onError: (error: unknown) => void;
}

export class ClientWriter {
  readonly #options: ClientWriterOptions;
  /** The id of the last message that was written to those who are to see it. */
  shownId: number;

  constructor(options: ClientWriterOptions) {
    this.#options = options;
    this.shownId = options.shownId;
  }

  /** `shownId` is the last message that has then been shown. Returns the bytes written. */
  write(clients: readonly Client[], closing: readonly Client[], shownId: number): number {
    const { pages, maxUnreadBytes, onTooSlow, onBroken, onError } = this.#options;
    let sentBytes = 0;
    const slow: Client[] = [];
    const waiting: Client[] = [];
    const broken: Client[] = [];
    for (const client of clients) {
      try {
        const output = compose(client);
        if (output !== null) sentBytes += client.send(output);
        client.sendTelnetReply();
      } catch (error) {
        onError(error);
        broken.push(client);
      }
      if (client.isBlocked) client.lastIdBeforeBacklog ??= this.shownId;
      if (client.isBlocked && client.unreadBytes > maxUnreadBytes) slow.push(client);
      else if (client.isInputPaused && !client.isBlocked) waiting.push(client);
    }
    this.shownId = shownId;
    for (const client of closing) client.closeAfterFlush();
    for (const client of slow) onTooSlow(client);
    for (const client of broken) onBroken(client);
    pages.continueWaiting();
    for (const client of waiting) pages.continue(client);
    return sentBytes;
  }
}
