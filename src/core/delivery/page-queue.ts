/**
 * Continues long replies: each client gets its next page when it has taken the one before, and a turn makes a few pages
 * only. However many clients are being sent lists, the others wait for the work of a few pages.
 */
import type { Label } from '../dialect.js';
import type { HubEvent } from '../event.js';
import type { Client, PendingPages } from '../hub/client.js';

/** First pages of replies that may wait, and further pages of all replies, in a turn. */
export const MAX_PAGES_PER_TURN = 8;

export interface PageOptions {
  /** Null if it is not part of the answer to a command. By default that of the command. */
  readonly label?: Label | null;
  /** Where many clients ask in one turn, the first page may come in a later one. */
  readonly mayWait?: boolean;
}

export interface PageQueueOptions {
  readonly reply: (client: Client, page: HubEvent, label: Label | null) => void;
  /** Has the turn end once more, though nothing is sent in it. */
  readonly schedule: () => void;
}

export class PageQueue {
  readonly #options: PageQueueOptions;
  /** Clients that have taken a page, in that order. Their next pages are made in later turns. */
  readonly #waiting = new Set<Client>();
  #firstPages = 0;
  #furtherPages = 0;

  constructor(options: PageQueueOptions) {
    this.#options = options;
  }

  /** Counts the pages of a turn anew. */
  beginTurn(): void {
    this.#firstPages = 0;
    this.#furtherPages = 0;
  }

  /** The first page of a reply. */
  begin(client: Client, iterator: Iterator<HubEvent>, label: Label | null, mayWait: boolean): HubEvent {
    const pages = { iterator, label, isCombined: false };
    if (client.pages !== null) {
      // Another reply of this turn has further pages.
      client.pages = combined(client.pages, pages);
      return NOTHING_YET;
    }
    client.pages = pages;
    if (mayWait && ++this.#firstPages > MAX_PAGES_PER_TURN) return NOTHING_YET;
    const page: HubEvent = iterator.next().value;
    if (isLast(page)) client.pages = null;
    return page;
  }

  /** Continues with a client that has taken all of its output: with the next page, or by reading it again. */
  continue(client: Client): void {
    if (client.closeReason !== null) return;
    const { pages } = client;
    if (pages === null) {
      client.resumeInput();
      return;
    }
    if (this.#furtherPages >= MAX_PAGES_PER_TURN) {
      this.#waiting.add(client);
      this.#options.schedule();
      return;
    }
    const page = pages.iterator.next();
    if (page.done === true) {
      client.pages = null;
      client.resumeInput();
      return;
    }
    if (!pages.isCombined && isLast(page.value)) client.pages = null;
    this.#furtherPages++;
    this.#options.reply(client, page.value, pages.label);
  }

  /** Continues with the clients that have waited longest. */
  continueWaiting(): void {
    for (const client of this.#waiting) {
      if (this.#furtherPages >= MAX_PAGES_PER_TURN) {
        this.#options.schedule();
        return;
      }
      this.#waiting.delete(client);
      // One that is blocked continues once it has drained.
      if (!client.isBlocked) this.continue(client);
    }
  }
}

/** Two replies to one command, one after the other. */
function combined(first: PendingPages, second: PendingPages): PendingPages {
  function* both(): Generator<HubEvent> {
    for (const { iterator } of [first, second])
      for (let next = iterator.next(); next.done !== true; next = iterator.next()) yield next.value;
  }
  return { iterator: both(), label: first.label ?? second.label, isCombined: true };
}

/** The client of a page that is known to be the last does not wait for another. */
function isLast(page: HubEvent): boolean {
  return 'last' in page && page.last;
}

/** In place of a first page that has to wait. */
const NOTHING_YET: HubEvent = { kind: 'answered', at: 0, text: '' };
