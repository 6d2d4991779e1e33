/**
 * The history of HISTORY=memory: the last messages of each room, until the process ends. Their total size is limited too,
 * so that a client cannot fill the memory with many rooms; the room with the oldest last message is dropped first.
 */
import type { Search } from '../core/ports.js';
import type { CommittingHistory } from './direct-store.js';
import type { HistoryRange, Message, SearchQuery } from '../core/message.js';
import { copyText, type RoomName } from '../core/text/text.js';
import { hasMessages } from './has-messages.js';
import { scan } from './scan.js';
import { TimeBudget } from './time-budget.js';

const MAX_MESSAGES_PER_ROOM = 1000;
/** Of all rooms: the characters of the texts, plus a constant for each message. */
const MAX_SIZE = 64 * 1024 * 1024;
const MESSAGE_OVERHEAD = 200;

interface RoomHistory {
  messages: Message[];
  size: number;
  /** The id of the last message that was dropped. */
  forgottenId: number;
}

export class MemoryHistory implements CommittingHistory {
  /** By RoomName.fold, in the order of their last messages, oldest first. */
  readonly #rooms = new Map<string, RoomHistory>();
  /** The last room of the map; null if that is not known. */
  #newest: { readonly room: string; readonly history: RoomHistory } | null = null;
  #uncommitted: Message[] = [];
  #redacted: { readonly room: string; readonly id: number }[] = [];
  #lastId = 0;
  #lastAt = Number.NEGATIVE_INFINITY;
  #size = 0;
  /** The id of the last message of all rooms that were dropped. */
  #lastOfDropped = 0;
  readonly #maxSize: number;
  readonly #budget = new TimeBudget();

  constructor(maxSize = MAX_SIZE) {
    this.#maxSize = maxSize;
  }

  append(message: Message): void {
    this.#uncommitted.push(message);
  }

  /** Ids start at 1 after a restart, so none must be remembered. */
  consumeId(): boolean {
    return true;
  }

  redact(room: string, id: number): void {
    this.#redacted.push({ room, id });
  }

  idAt(room: string, at: number, which: 'first' | 'last'): number {
    const messages = this.read(room, {
      after: 0,
      before: Number.POSITIVE_INFINITY,
      limit: MAX_MESSAGES_PER_ROOM,
      keep: 'newest',
    });
    return which === 'first'
      ? (messages.find((message) => message.at >= at)?.id ?? Number.POSITIVE_INFINITY)
      : (messages.findLast((message) => message.at <= at)?.id ?? 0);
  }

  get hasUncommitted(): boolean {
    return this.#uncommitted.length > 0 || this.#redacted.length > 0;
  }

  commit(): void {
    const messages = this.#uncommitted;
    this.#uncommitted = [];
    for (const message of messages) this.#add(message);
    for (const { room, id } of this.#redacted) this.#delete(room, id);
    this.#redacted = [];
    while (this.#size > this.#maxSize && this.#rooms.size > 1) this.#dropOldestRoom();
  }

  read(room: string, { after, before, limit, keep }: HistoryRange): readonly Message[] {
    const messages = this.#rooms.get(room)?.messages ?? [];
    const first = Math.max(firstFrom(messages, after + 1), messages.length - MAX_MESSAGES_PER_ROOM);
    const end = firstFrom(messages, before);
    if (end <= first) return [];
    return keep === 'newest'
      ? messages.slice(Math.max(first, end - limit), end)
      : messages.slice(first, Math.min(end, first + limit));
  }

  search(query: SearchQuery): Search {
    return scan((range) => this.read(query.room, range), { ...query, after: 0 }, this.#budget);
  }

  /** Rooms move in the map whenever something is said, so this is the list of one moment. */
  rooms(): readonly RoomName[] {
    const last = Array.from(this.#rooms.values(), ({ messages }) => messages.at(-1)?.room);
    return last.filter((room) => room !== undefined);
  }

  countBetween(room: string, after: number, before: number, limit: number): number {
    return this.read(room, { after, before, limit, keep: 'newest' }).length;
  }

  hasMessages(room: string, since: number): boolean {
    const deleted = new Set(this.#redacted.map(({ id }) => id));
    return hasMessages(this, room, since, { messages: this.#uncommitted, deleted });
  }

  forgottenId(room: string): number {
    const roomHistory = this.#rooms.get(room);
    if (roomHistory === undefined) return this.#lastOfDropped;
    const { messages, forgottenId } = roomHistory;
    return messages.at(-MAX_MESSAGES_PER_ROOM - 1)?.id ?? forgottenId;
  }

  lastId(): number {
    return this.#lastId;
  }

  lastAt(): number {
    return this.#lastAt;
  }

  #add(message: Message): void {
    const roomHistory = this.#moveToEnd(message.room.fold);
    // The text may be a slice of all input of its packet, and a slice keeps the whole string in memory.
    roomHistory.messages.push({ ...message, text: copyText(message.text) });
    this.#lastId = message.id;
    this.#lastAt = message.at;
    this.#resize(roomHistory, sizeOf(message));
    // Removed a thousand at a time: removing one from the front of a long array costs as much.
    if (roomHistory.messages.length >= 2 * MAX_MESSAGES_PER_ROOM) {
      const dropped = roomHistory.messages.splice(0, MAX_MESSAGES_PER_ROOM);
      this.#resize(roomHistory, -dropped.reduce((sum, old) => sum + sizeOf(old), 0));
      roomHistory.forgottenId = dropped.at(-1)?.id ?? roomHistory.forgottenId;
    }
  }

  #delete(room: string, id: number): void {
    const roomHistory = this.#rooms.get(room);
    const index = roomHistory?.messages.findLastIndex((message) => message.id === id) ?? -1;
    if (roomHistory === undefined || index === -1) return;
    const [deleted] = roomHistory.messages.splice(index, 1);
    if (deleted !== undefined) this.#resize(roomHistory, -sizeOf(deleted));
    if (roomHistory.messages.length > 0) return;
    this.#rooms.delete(room);
    this.#newest = null;
  }

  /** The room's history, moved to the end of the map, so that the first is the one with the oldest last message. */
  #moveToEnd(room: string): RoomHistory {
    if (this.#newest?.room === room) return this.#newest.history;
    const history = this.#rooms.get(room) ?? { messages: [], size: 0, forgottenId: this.#lastOfDropped };
    this.#rooms.delete(room);
    this.#rooms.set(room, history);
    this.#newest = { room, history };
    return history;
  }

  #resize(roomHistory: RoomHistory, change: number): void {
    roomHistory.size += change;
    this.#size += change;
  }

  #dropOldestRoom(): void {
    for (const [room, { size, messages }] of this.#rooms) {
      this.#size -= size;
      this.#lastOfDropped = Math.max(this.#lastOfDropped, messages.at(-1)?.id ?? 0);
      this.#rooms.delete(room);
      return;
    }
  }
}

function sizeOf(message: Message): number {
  return message.text.length + MESSAGE_OVERHEAD;
}

/** The index of the first message with this id or a higher one, by binary search: ids grow. */
function firstFrom(messages: readonly Message[], id: number): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((messages[middle]?.id ?? 0) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
