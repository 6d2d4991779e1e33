/** Rooms that somebody founded, with their locks and topics, in memory and in their table. */
import type { RegisteredRoom, RegisteredRooms as RegisteredRoomsPort } from '../core/accounts.js';
import type { RoomName, Text } from '../core/text/text.js';
import type { Table } from './table.js';

export interface RegisteredRoomRow {
  readonly fold: string;
  readonly shown: string;
  readonly founder: string | null;
  readonly keyHash: string | null;
  readonly topic: string | null;
}

/** Beyond so many, what a name walks into first is nobody's: rooms are kept for ever, and cost memory. */
const MAX_ROOMS_PER_FOUNDER = 100;

export class RegisteredRooms implements RegisteredRoomsPort {
  readonly #table: Table<RegisteredRoomRow>;
  readonly #rooms = new Map<string, RegisteredRoom>();
  readonly #foundedBy = new Map<string, Set<string>>();
  /** Founded, and not stored yet. */
  readonly #unstored = new Set<string>();

  constructor(table: Table<RegisteredRoomRow>) {
    this.#table = table;
    for (const { fold, shown, ...rest } of table.rows()) this.#keep({ name: { fold, shown }, ...rest });
  }

  room(fold: string): RegisteredRoom | undefined {
    return this.#rooms.get(fold);
  }

  found(name: RoomName, founder: string): void {
    const room = this.#rooms.get(name.fold);
    if (room !== undefined && room.founder !== null) return;
    if ((this.#foundedBy.get(founder)?.size ?? 0) >= MAX_ROOMS_PER_FOUNDER) return;
    this.#keep({ name, keyHash: null, topic: null, ...room, founder });
    this.#unstored.add(name.fold);
  }

  lock(name: RoomName, keyHash: string | null): void {
    this.#put({ founder: null, topic: null, ...this.#rooms.get(name.fold), name, keyHash });
  }

  setTopic(name: RoomName, topic: Text): void {
    this.#put({ founder: null, keyHash: null, ...this.#rooms.get(name.fold), name, topic });
  }

  /** The name is registered no longer: its rooms are founded by whoever comes next. */
  forgetFounder(founder: string): void {
    for (const fold of this.#foundedBy.get(founder) ?? []) {
      const room = this.#rooms.get(fold);
      if (room !== undefined) this.#rooms.set(fold, { ...room, founder: null });
      this.#unstored.delete(fold);
    }
    this.#foundedBy.delete(founder);
  }

  get hasUnstored(): boolean {
    return this.#unstored.size > 0;
  }

  /** Puts what was only noted into the table. */
  store(): void {
    for (const fold of this.#unstored) {
      const room = this.#rooms.get(fold);
      if (room !== undefined) this.#table.put(rowOf(room));
    }
  }

  stored(): void {
    this.#unstored.clear();
  }

  #put(room: RegisteredRoom): void {
    this.#table.put(rowOf(room));
    this.#keep(room);
  }

  #keep(room: RegisteredRoom): void {
    this.#rooms.set(room.name.fold, room);
    if (room.founder === null) return;
    const founded = this.#foundedBy.get(room.founder) ?? new Set();
    this.#foundedBy.set(room.founder, founded.add(room.name.fold));
  }
}

function rowOf({ name, founder, keyHash, topic }: RegisteredRoom): RegisteredRoomRow {
  return { ...name, founder, keyHash, topic };
}
