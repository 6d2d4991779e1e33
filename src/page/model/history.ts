/** Reads the history of rooms: the newest messages at first, older ones, gaps, what was missed, and around a hit of the search. */
import { type Answer, type Command, type OnAnswer, refusalOf } from './channel.js';
import type { Context } from './context.js';
import type { Item } from './log.js';
import type { PlaceData } from './place.js';
import { GAP_MESSAGES } from './rows.js';
import type { Message } from './state.js';

const FIRST_MESSAGES = 50;
const OLDER_MESSAGES = 100;
const AROUND_MESSAGES = 50;
/** The most that the server returns for one command. */
const PAGE_MESSAGES = 500;
const MAX_PAGES = 4;
const AFTER_GAP_MESSAGES = 100;
const MAX_HITS = 20;
/** A room that is open keeps this many messages. */
export const MAX_MESSAGES = 10_000;

export class History {
  readonly #context: Context;
  #gaps = 0;

  constructor(context: Context) {
    this.#context = context;
  }

  /** The newest messages of a room that shows none. */
  first(place: PlaceData, onDone: () => void = () => {}): readonly [Command, OnAnswer] {
    return [
      inRoom(place, `HISTORY ${FIRST_MESSAGES}`),
      (answer) => {
        if (refusalOf(answer) === null) {
          const messages = this.#messagesIn(answer);
          for (const message of messages) place.log.add(itemOf(message));
          place.isLoaded = true;
          place.isAtBeginning = messages.length < FIRST_MESSAGES;
          place.isDetached = false;
          this.#context.touch();
        }
        onDone();
      },
    ];
  }

  loadOlder(place: PlaceData): void {
    const channel = this.#context.channel();
    const { firstId } = place.log;
    if (
      place.room === null ||
      channel === null ||
      place.isLoadingOlder ||
      place.isAtBeginning ||
      firstId === null
    )
      return;
    place.isLoadingOlder = true;
    this.#context.touch();
    channel.request(inRoom(place, `HISTORY BEFORE ${firstId} ${OLDER_MESSAGES}`), (answer) => {
      place.isLoadingOlder = false;
      if (refusalOf(answer) === null) {
        const messages = this.#messagesIn(answer);
        place.log.prepend(messages.map(itemOf));
        place.isAtBeginning = messages.length < OLDER_MESSAGES;
        // One reads far above: the newest ones go, and "go down" loads them again.
        if (place.log.trim(MAX_MESSAGES, 'newest')) place.isDetached = true;
      }
      this.#context.touch();
    });
  }

  loadGap(place: PlaceData, key: string): void {
    const channel = this.#context.channel();
    const gap = place.log.findItem(key);
    if (channel === null || gap?.kind !== 'gap' || gap.isLoading) return;
    place.log.replace(key, { ...gap, isLoading: true });
    this.#context.touch();
    channel.request(inRoom(place, `HISTORY AFTER ${gap.after} ${GAP_MESSAGES}`), (answer) => {
      const messages = this.#messagesIn(answer);
      const last = messages.at(-1)?.id ?? null;
      if (refusalOf(answer) !== null) place.log.replace(key, { ...gap, isLoading: false });
      else if (messages.length < GAP_MESSAGES || last === null || last >= gap.before)
        place.log.fillGap(key, messages.map(itemOf));
      else place.log.fillGap(key, [...messages.map(itemOf), { ...gap, after: last, isLoading: false }]);
      this.#context.touch();
    });
  }

  /**
   * What was missed since the newest message shown. It is asked for once more: a server that began anew does not have it,
   * and would answer as if nothing was missed.
   */
  catchUp(place: PlaceData, onDone: () => void): readonly [Command, OnAnswer] {
    if (place.isDetached) place.log.clear();
    const last = place.log.lastId;
    if (last === null) return this.first(place, onDone);
    return [
      inRoom(place, `HISTORY AFTER ${last - 1} ${PAGE_MESSAGES}`),
      (answer) => {
        const messages = this.#messagesIn(answer);
        if (refusalOf(answer) !== null) onDone();
        else if (messages[0]?.id === last) this.#addPages(place, last, messages, MAX_PAGES, [], onDone);
        else this.#checkBeginning(place, last, messages, onDone);
      },
    ];
  }

  /** The newest message shown is not there: it was deleted, or the server began anew. */
  #checkBeginning(place: PlaceData, last: number, messages: readonly Message[], onDone: () => void): void {
    this.#request(place, 'HISTORY 1', onDone, ([newest]) => {
      if (newest !== undefined && (newest.id ?? 0) >= last) {
        // Perhaps more than this one message is gone.
        const first = messages[0]?.id ?? null;
        if (first !== null) this.#addGap(place, last, first);
        return this.#addPages(place, last, messages, MAX_PAGES, [], onDone);
      }
      place.log.clear();
      place.lastRead = 0;
      place.newAfter = null;
      place.log.append({ kind: 'reset', key: `reset-${last}` });
      this.#context.channel()?.requestAll([this.first(place, onDone)]);
    });
  }

  #addPages(
    place: PlaceData,
    from: number,
    page: readonly Message[],
    pagesLeft: number,
    before: readonly Message[],
    onDone: () => void,
  ): void {
    const missed = [...before, ...page];
    const last = page.at(-1)?.id ?? null;
    if (page.length < PAGE_MESSAGES || last === null) {
      for (const message of missed) place.log.add(itemOf(message));
      this.#context.touch();
      return onDone();
    }
    if (pagesLeft > 1)
      return this.#request(place, `HISTORY AFTER ${last} ${PAGE_MESSAGES}`, onDone, (next) =>
        this.#addPages(place, from, next, pagesLeft - 1, missed, onDone),
      );
    this.#request(place, `HISTORY ${AFTER_GAP_MESSAGES}`, onDone, (newest) => {
      const first = newest[0]?.id ?? null;
      if (first !== null && first > from && !place.log.has(first)) this.#addGap(place, from, first);
      for (const message of newest) place.log.add(itemOf(message));
      this.#context.touch();
      onDone();
    });
  }

  /** Brings a message into the list, with those around it, and asks to show it. */
  openAround(place: PlaceData, id: number): void {
    const channel = this.#context.channel();
    const show = () => {
      this.#context.touch();
      this.#context.signals.target.value = { place: place.place, id };
    };
    if (place.log.has(id)) return show();
    if (channel === null) return;
    let before: readonly Message[] = [];
    channel.requestAll([
      [
        inRoom(place, `HISTORY BEFORE ${id + 1} ${AROUND_MESSAGES}`),
        (answer) => {
          before = this.#messagesIn(answer);
        },
      ],
      [
        inRoom(place, `HISTORY AFTER ${id} ${AROUND_MESSAGES}`),
        (answer) => {
          const messages = [...before, ...this.#messagesIn(answer)];
          if (refusalOf(answer) !== null || messages.length === 0) return;
          this.#addWindow(place, messages, before.length < AROUND_MESSAGES);
          show();
        },
      ],
    ]);
  }

  /** A message was deleted, perhaps with further lines: the server tells which ones are left. */
  forget(place: PlaceData, id: number): void {
    if (place.room === null) {
      // There is no history to ask. The id may be that of a message in the room of the session.
      const { places } = this.#context;
      for (const one of [...places.conversations, ...places.joined]) one.log.removeId(id);
      this.#context.touch();
      return;
    }
    this.#request(
      place,
      `HISTORY AFTER ${id - 1} 1`,
      () => {},
      (left) => {
        place.log.removeId(id, (left[0]?.id ?? Infinity) - 1);
        this.#context.touch();
      },
    );
  }

  /** The newest messages in place of all that is shown. */
  goToNewest(place: PlaceData): void {
    if (!place.isDetached) return;
    place.log.clear();
    this.#context.channel()?.requestAll([this.first(place)]);
  }

  search(
    place: PlaceData,
    words: string,
    onFound: (found: readonly Message[], refusal: string | null) => void,
  ): void {
    const channel = this.#context.channel();
    if (channel === null) return onFound([], 'lost');
    channel.request(inRoom(place, `SEARCH ${words}`), (answer) =>
      onFound(this.#messagesIn(answer).slice(-MAX_HITS), refusalOf(answer)),
    );
  }

  /** Messages that follow each other: above all others, or in a gap. */
  #addWindow(place: PlaceData, messages: readonly Message[], isBeginning: boolean): void {
    const first = messages[0]?.id ?? 0;
    const last = messages.at(-1)?.id ?? 0;
    const items = messages.map(itemOf);
    const { firstId } = place.log;
    const gap = this.#gapAround(place, first, last);
    if (gap !== null) {
      const parts = [
        ...(first > gap.after + 1 && !isBeginning ? [this.#gap(gap.after, first)] : []),
        ...items,
        ...(last < gap.before - 1 ? [this.#gap(last, gap.before)] : []),
      ];
      place.log.fillGap(gap.key, parts);
    } else if (firstId !== null && first < firstId) {
      place.log.prepend(last < firstId ? [...items, this.#gap(last, firstId)] : items);
      place.isAtBeginning = isBeginning;
    } else for (const item of items) place.log.add(item);
  }

  #gapAround({ log }: PlaceData, first: number, last: number): Extract<Item, { kind: 'gap' }> | null {
    for (const { items } of log.segments)
      for (const item of items)
        if (item.kind === 'gap' && item.after < last && first < item.before) return item;
    return null;
  }

  /** Where live messages came before the newest page, they are behind the gap already. */
  #addGap(place: PlaceData, after: number, before: number): void {
    const gap = this.#gap(after, before);
    const live = [...place.log.messages()].filter(({ id }) => id !== null && id > after);
    if (live.length === 0) return place.log.append(gap);
    for (const { id } of live) if (id !== null) place.log.removeId(id);
    place.log.append(gap);
    for (const message of live) place.log.add(itemOf(message));
  }

  #gap(after: number, before: number): Extract<Item, { kind: 'gap' }> {
    return { kind: 'gap', key: `gap-${++this.#gaps}`, after, before, isLoading: false };
  }

  #request(
    place: PlaceData,
    line: string,
    onFailed: () => void,
    onMessages: (messages: readonly Message[]) => void,
  ): void {
    const channel = this.#context.channel();
    if (channel === null) return onFailed();
    channel.request(inRoom(place, line), (answer) => {
      if (refusalOf(answer) === null) onMessages(this.#messagesIn(answer));
      else onFailed();
    });
  }

  #messagesIn({ lines }: Answer): readonly Message[] {
    return lines.flatMap(({ line }) => (line.kind === 'hist' ? [this.#context.message(line)] : []));
  }
}

function inRoom({ name }: PlaceData, line: string): Command {
  return { lines: [line], room: name };
}

export function itemOf(message: Message): Extract<Item, { kind: 'message' }> {
  return { kind: 'message', message, group: null };
}
