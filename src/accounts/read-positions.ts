/** How far each registered user has read in each room: in memory for reading, and in their table. */
import type { ReadPosition, ReadPositions as ReadPositionsPort } from '../core/accounts.js';
import type { Journal } from '../database/journal.js';
import type { Table } from './table.js';

export interface ReadPositionRow {
  readonly fold: string;
  /** RoomName.fold */
  readonly room: string;
  readonly id: number;
  readonly at: number;
}

/** Beyond it, the position in the room that was read longest ago is forgotten. */
const MAX_ROOMS_PER_USER = 500;

export class ReadPositions implements ReadPositionsPort {
  readonly #table: Table<ReadPositionRow>;
  readonly #journal: Journal;
  /** By UserName.fold, and by RoomName.fold. */
  readonly #users = new Map<string, Map<string, ReadPosition>>();

  constructor(table: Table<ReadPositionRow>, journal: Journal) {
    this.#table = table;
    this.#journal = journal;
    for (const { fold, room, id, at } of table.rows()) this.#roomsOf(fold).set(room, { id, at });
  }

  of(fold: string, room: string): ReadPosition | undefined {
    return this.#users.get(fold)?.get(room);
  }

  advance(fold: string, room: string, { id, at }: ReadPosition): ReadPosition | null {
    const rooms = this.#roomsOf(fold);
    const before = rooms.get(room);
    const position = { id: Math.max(id, before?.id ?? 0), at: Math.max(at, before?.at ?? at) };
    if (position.id === before?.id && position.at === before.at) return null;
    this.#table.put({ fold, room, ...position });
    rooms.set(room, position);
    this.#journal.onUndo(() => {
      if (before === undefined) rooms.delete(room);
      else rooms.set(room, before);
    });
    if (rooms.size > MAX_ROOMS_PER_USER) this.#dropOldest(fold, rooms);
    return position;
  }

  /** The account was removed, and its rows with it. Returns how to undo it. */
  forget(fold: string): () => void {
    const rooms = this.#users.get(fold);
    this.#users.delete(fold);
    return () => {
      if (rooms !== undefined) this.#users.set(fold, rooms);
    };
  }

  #roomsOf(fold: string): Map<string, ReadPosition> {
    const rooms = this.#users.get(fold) ?? new Map<string, ReadPosition>();
    this.#users.set(fold, rooms);
    return rooms;
  }

  #dropOldest(fold: string, rooms: Map<string, ReadPosition>): void {
    const [oldest] = [...rooms].toSorted(([a, { id }], [b, other]) => id - other.id || (a < b ? -1 : 1));
    if (oldest === undefined) return;
    const [room, position] = oldest;
    this.#table.remove({ fold, room });
    rooms.delete(room);
    this.#journal.onUndo(() => rooms.set(room, position));
  }
}
