/**
 * Reads the messages of a room that were not shown yet from its history: all since the last one shown, or the last few
 * on the first visit.
 */
import { refusalIn, type RequestChannel, type Reply } from './request-channel.js';
import type { ShownMessages } from './shown-messages.js';
import type { HistoryMessage } from './server-line.js';
import type { SessionEvent } from './session-event.js';

/** Messages that are shown on the first visit to a room. */
const FIRST_VISIT_MESSAGES = 20;
/** Messages that are shown when the missed ones cannot be determined. */
const AFTER_GAP_MESSAGES = 100;
/** The most that a server returns for one request. */
const PAGE_MESSAGES = 500;
const MAX_PAGES = 4;

/** Called at the end; `isComplete` is false if messages may have been missed. */
export type OnCaughtUp = (isComplete: boolean) => void;

export class CatchUp {
  readonly #channel: RequestChannel;
  readonly #memory: ShownMessages;
  readonly #onEvent: (event: SessionEvent) => void;
  readonly #onCaughtUp: OnCaughtUp;

  constructor(
    channel: RequestChannel,
    memory: ShownMessages,
    onEvent: (event: SessionEvent) => void,
    onCaughtUp: OnCaughtUp,
  ) {
    this.#channel = channel;
    this.#memory = memory;
    this.#onEvent = onEvent;
    this.#onCaughtUp = onCaughtUp;
  }

  start(): void {
    const { lastShown } = this.#memory;
    if (lastShown === null) this.#readLast(FIRST_VISIT_MESSAGES, true);
    else if (lastShown.id === 0) this.#readAfter(0, MAX_PAGES);
    else this.#readFrom(lastShown.id, lastShown.at);
  }

  /** Reads from the last message shown on. It must still be there: a server with an empty history reuses ids. */
  #readFrom(id: number, at: number | null): void {
    this.#channel.request([`HISTORY AFTER ${id - 1} ${PAGE_MESSAGES}`], (replies) => {
      if (this.#isRefused(replies)) return;
      const [first, ...missed] = messagesIn(replies);
      if (first?.id === id && (at === null || first.at === at))
        return this.#addPage(missed, missed.length + 1, MAX_PAGES);
      this.#onEvent({ kind: 'gap' });
      this.#memory.forgetPosition();
      this.#readLast(AFTER_GAP_MESSAGES, false);
    });
  }

  #readAfter(id: number, pagesLeft: number): void {
    this.#channel.request([`HISTORY AFTER ${id} ${PAGE_MESSAGES}`], (replies) => {
      if (this.#isRefused(replies)) return;
      const missed = messagesIn(replies);
      this.#addPage(missed, missed.length, pagesLeft);
    });
  }

  /** Shows a page, and reads the next one if this one was full. */
  #addPage(missed: readonly HistoryMessage[], pageLength: number, pagesLeft: number): void {
    this.#show(missed, false);
    const lastId = missed.at(-1)?.id ?? null;
    if (pageLength < PAGE_MESSAGES || lastId === null) return this.#end(true);
    if (pagesLeft > 1) return this.#readAfter(lastId, pagesLeft - 1);
    this.#onEvent({ kind: 'gap' });
    this.#end(false);
  }

  #readLast(count: number, isFirstVisit: boolean): void {
    this.#channel.request([`HISTORY ${count}`], (replies) => {
      if (this.#isRefused(replies)) return;
      this.#show(messagesIn(replies), isFirstVisit);
      this.#end(isFirstVisit);
    });
  }

  #show(messages: readonly HistoryMessage[], past: boolean): void {
    for (const message of messages)
      if (this.#memory.addFromHistory(message)) this.#onEvent({ kind: 'said', message, past });
  }

  #isRefused(replies: readonly Reply[]): boolean {
    const code = refusalIn(replies);
    if (code === null) return false;
    this.#onEvent({ kind: 'refused', code, about: 'HISTORY', to: null });
    this.#end(false);
    return true;
  }

  #end(isComplete: boolean): void {
    this.#memory.markRead();
    this.#onCaughtUp(isComplete);
  }
}

function messagesIn(replies: readonly Reply[]): readonly HistoryMessage[] {
  return replies.filter((reply) => reply.kind === 'hist');
}
