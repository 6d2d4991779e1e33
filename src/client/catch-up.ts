/**
 * Reads the messages of a room that were not shown yet from its history: all since the last one shown, or the last few
 * on the first visit.
 */
import { type Answer, refusalIn, type RequestChannel } from './request-channel.js';
import type { Room } from './rooms.js';
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

/** Reads the missed messages of a room. Those of several rooms can be read at the same time. */
export function catchUp(
  channel: RequestChannel,
  room: Room,
  onEvent: (event: SessionEvent) => void,
  onCaughtUp: OnCaughtUp,
): void {
  new CatchUp(channel, room, onEvent, onCaughtUp).start();
}

class CatchUp {
  readonly #channel: RequestChannel;
  readonly #room: Room;
  readonly #onEvent: (event: SessionEvent) => void;
  readonly #onCaughtUp: OnCaughtUp;

  constructor(
    channel: RequestChannel,
    room: Room,
    onEvent: (event: SessionEvent) => void,
    onCaughtUp: OnCaughtUp,
  ) {
    this.#channel = channel;
    this.#room = room;
    this.#onEvent = onEvent;
    this.#onCaughtUp = onCaughtUp;
  }

  start(): void {
    const { lastShown } = this.#room.shown;
    if (lastShown === null) this.#readLast(FIRST_VISIT_MESSAGES, true);
    else if (lastShown.id === 0) this.#readAfter(0, MAX_PAGES);
    else this.#readFrom(lastShown.id, lastShown.at);
  }

  /** Reads from the last message shown on. It must still be there: a server with an empty history reuses ids. */
  #readFrom(id: number, at: number | null): void {
    this.#request(`HISTORY AFTER ${id - 1} ${PAGE_MESSAGES}`, (replies) => {
      const [first, ...missed] = messagesIn(replies);
      if (first?.id === id && (at === null || first.at === at))
        return this.#addPage(missed, missed.length + 1, MAX_PAGES);
      this.#onEvent({ kind: 'gap', room: this.#room.name });
      this.#room.shown.forgetPosition();
      this.#readLast(AFTER_GAP_MESSAGES, false);
    });
  }

  #readAfter(id: number, pagesLeft: number): void {
    this.#request(`HISTORY AFTER ${id} ${PAGE_MESSAGES}`, (replies) => {
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
    this.#onEvent({ kind: 'gap', room: this.#room.name });
    this.#end(false);
  }

  #readLast(count: number, isFirstVisit: boolean): void {
    this.#request(`HISTORY ${count}`, (replies) => {
      this.#show(messagesIn(replies), isFirstVisit);
      this.#end(isFirstVisit);
    });
  }

  #show(messages: readonly HistoryMessage[], past: boolean): void {
    const { name: room, shown } = this.#room;
    for (const message of messages)
      if (shown.addFromHistory(message)) this.#onEvent({ kind: 'said', room, message, past });
  }

  #request(line: string, onReplies: (replies: Answer) => void): void {
    const { name: room } = this.#room;
    this.#channel.requestAll([{ lines: [line], room }], ([replies = []]) => {
      const code = refusalIn(replies);
      if (code === null) return onReplies(replies);
      this.#onEvent({ kind: 'refused', room, code, about: 'HISTORY', to: null });
      this.#end(false);
    });
  }

  #end(isComplete: boolean): void {
    this.#room.shown.markRead();
    this.#onCaughtUp(isComplete);
  }
}

function messagesIn(replies: Answer): readonly HistoryMessage[] {
  return replies.filter((reply) => reply.kind === 'hist');
}
