/**
 * Reads out of a room's history what was not shown yet: all since the mark of its memory, or the last few messages if
 * we come for the first time.
 */
import type { RequestPipeline, Reply } from './request-pipeline.js';
import type { RoomMemory } from './room-memory.js';
import type { Hist } from './server-line.js';
import type { SessionEvent } from './session-event.js';

/** Shown on coming to a room for the first time; the last so many if what was missed cannot be told. */
const RECAP = 20;
const RECAP_AFTER_GAP = 100;
/** The most a server gives at once, and how often we ask for more of what was missed. */
const PAGE = 500;
const PAGES = 4;

/** Called at the end; `whole` if nothing can have been missed. */
export type CaughtUp = (whole: boolean) => void;

export class CatchUp {
  readonly #pipeline: RequestPipeline;
  readonly #memory: RoomMemory;
  readonly #tell: (event: SessionEvent) => void;
  readonly #done: CaughtUp;

  constructor(
    pipeline: RequestPipeline,
    memory: RoomMemory,
    tell: (event: SessionEvent) => void,
    done: CaughtUp,
  ) {
    this.#pipeline = pipeline;
    this.#memory = memory;
    this.#tell = tell;
    this.#done = done;
  }

  start(): void {
    const { mark } = this.#memory;
    if (mark === null) this.#readLast(RECAP, true);
    else if (mark.id === 0) this.#readOn(0, PAGES);
    else this.#readFromMark(mark.id, mark.at);
  }

  /** Our mark must still be there: ids of a server that began anew would mean other messages. */
  #readFromMark(id: number, at: number | null): void {
    this.#pipeline.ask([`HISTORY AFTER ${id - 1} ${PAGE}`], (replies) => {
      if (this.#isRefused(replies)) return;
      const [first, ...missed] = messagesIn(replies);
      if (first?.id === id && (at === null || first.at === at))
        return this.#page(missed, missed.length + 1, PAGES);
      this.#tell({ kind: 'gap' });
      this.#memory.forget();
      this.#readLast(RECAP_AFTER_GAP, false);
    });
  }

  #readOn(after: number, pages: number): void {
    this.#pipeline.ask([`HISTORY AFTER ${after} ${PAGE}`], (replies) => {
      if (this.#isRefused(replies)) return;
      const missed = messagesIn(replies);
      this.#page(missed, missed.length, pages);
    });
  }

  #page(missed: readonly Hist[], got: number, pages: number): void {
    this.#show(missed, false);
    const last = missed.at(-1)?.id ?? null;
    if (got < PAGE || last === null) return this.#end(true);
    if (pages > 1) return this.#readOn(last, pages - 1);
    this.#tell({ kind: 'gap' });
    this.#end(false);
  }

  #readLast(count: number, past: boolean): void {
    this.#pipeline.ask([`HISTORY ${count}`], (replies) => {
      if (this.#isRefused(replies)) return;
      this.#show(messagesIn(replies), past);
      this.#end(past);
    });
  }

  #show(messages: readonly Hist[], past: boolean): void {
    for (const message of messages)
      if (this.#memory.hearPast(message)) this.#tell({ kind: 'said', message, past });
  }

  #isRefused(replies: readonly Reply[]): boolean {
    const refusal = replies.find((reply) => reply.kind === 'err');
    if (refusal === undefined) return false;
    this.#tell({ kind: 'refused', code: refusal.code, about: 'HISTORY' });
    this.#end(false);
    return true;
  }

  #end(whole: boolean): void {
    this.#memory.isRead();
    this.#done(whole);
  }
}

function messagesIn(replies: readonly Reply[]): readonly Hist[] {
  return replies.filter((reply) => reply.kind === 'hist');
}
