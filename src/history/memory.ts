/**
 * History in memory: the last messages of each room, gone with the process. The whole is bounded too, so that a
 * client who makes room after room fills nobody's memory: the room that was silent longest is forgotten first.
 */
import type { HistoryStore, Search } from '../core/ports.js';
import type { HistoryRange, Message, SearchQuery } from '../core/message.js';
import { copyText } from '../core/text/text.js';
import { scan } from './scan.js';
import { TimeBudget } from './time-budget.js';

const MAX_MESSAGES_PER_ROOM = 1000;
/** Characters of text and an allowance a message, over all rooms. */
const MAX_WEIGHT = 64 * 1024 * 1024;
const MESSAGE_WEIGHT = 200;

interface RoomHistory {
  messages: Message[];
  weight: number;
}

export class MemoryHistory implements HistoryStore {
  /** By RoomName.fold, the one that was silent longest first. */
  readonly #rooms = new Map<string, RoomHistory>();
  #uncommitted: Message[] = [];
  #lastId = 0;
  #lastAt = 0;
  #weight = 0;
  readonly #maxWeight: number;
  readonly #budget = new TimeBudget();

  constructor(maxWeight = MAX_WEIGHT) {
    this.#maxWeight = maxWeight;
  }

  append(message: Message): void {
    this.#uncommitted.push(message);
  }

  /** A later run begins at 1 again, whatever was spent. */
  consumeId(): void {}

  commit(): void {
    const messages = this.#uncommitted;
    this.#uncommitted = [];
    for (const message of messages) this.#keep(message);
    while (this.#weight > this.#maxWeight && this.#rooms.size > 1) this.#forgetSilentRoom();
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

  countBetween(room: string, after: number, before: number, most: number): number {
    return this.read(room, { after, before, limit: most, keep: 'newest' }).length;
  }

  lastId(): number {
    return this.#lastId;
  }

  lastAt(): number {
    return this.#lastAt;
  }

  close(): void {}

  #keep(message: Message): void {
    const roomHistory = this.#roomHistory(message.room.fold);
    // The text may be a piece of everything that came in its packet, which it would keep alive.
    roomHistory.messages.push({ ...message, text: copyText(message.text) });
    this.#lastId = message.id;
    this.#lastAt = message.at;
    this.#weigh(roomHistory, weightOf(message));
    // Dropped a thousand at a time: to shift one off a long array costs as much.
    if (roomHistory.messages.length >= 2 * MAX_MESSAGES_PER_ROOM) {
      const dropped = roomHistory.messages.splice(0, MAX_MESSAGES_PER_ROOM);
      this.#weigh(roomHistory, -dropped.reduce((sum, old) => sum + weightOf(old), 0));
    }
  }

  /** The room's shelf, put behind all others: the first of them is the one that was silent longest. */
  #roomHistory(room: string): RoomHistory {
    const roomHistory = this.#rooms.get(room) ?? { messages: [], weight: 0 };
    this.#rooms.delete(room);
    this.#rooms.set(room, roomHistory);
    return roomHistory;
  }

  #weigh(roomHistory: RoomHistory, change: number): void {
    roomHistory.weight += change;
    this.#weight += change;
  }

  #forgetSilentRoom(): void {
    for (const [room, { weight }] of this.#rooms) {
      this.#weight -= weight;
      this.#rooms.delete(room);
      return;
    }
  }
}

function weightOf(message: Message): number {
  return message.text.length + MESSAGE_WEIGHT;
}

/** The index of the first message with this id or a higher one; ids grow. */
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
