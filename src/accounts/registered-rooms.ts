/** Rooms with a founder, a lock or a topic: in memory for reading, and in their table. */
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

/** Registered rooms are permanent and use memory. A user at the limit founds no more of the rooms that it enters first. */
const MAX_ROOMS_PER_FOUNDER = 100;

export class RegisteredRooms implements RegisteredRoomsPort {
  readonly #table: Table<RegisteredRoomRow>;
  readonly #rooms = new Map<string, RegisteredRoom>();
  readonly #byFounder = new Map<string, Set<string>>();
  /** Rooms with a founder that the table does not have yet. */
  readonly #unstored = new Set<string>();

  constructor(table: Table<RegisteredRoomRow>) {
    this.#table = table;
    for (const { fold, shown, ...rest } of table.rows()) this.#set({ name: { fold, shown }, ...rest });
  }

  room(fold: string): RegisteredRoom | undefined {
    return this.#rooms.get(fold);
  }

  foundedBy(founder: string): readonly RegisteredRoom[] {
    const rooms = Array.from(this.#byFounder.get(founder) ?? [], (fold) => this.#rooms.get(fold));
    return rooms.filter((room) => room !== undefined);
  }

  found(name: RoomName, founder: string): void {
    const room = this.#rooms.get(name.fold);
    if (room !== undefined && room.founder !== null) return;
    if ((this.#byFounder.get(founder)?.size ?? 0) >= MAX_ROOMS_PER_FOUNDER) return;
    this.#set({ name, keyHash: null, topic: null, ...room, founder });
    this.#unstored.add(name.fold);
  }

  lock(name: RoomName, keyHash: string | null): void {
    this.#store({ founder: null, topic: null, ...this.#rooms.get(name.fold), name, keyHash });
  }

  setTopic(name: RoomName, topic: Text): void {
    this.#store({ founder: null, keyHash: null, ...this.#rooms.get(name.fold), name, topic });
  }

  /** The founder's account was removed: its rooms have no founder until they are founded again. */
  removeFounder(founder: string): void {
    for (const fold of this.#byFounder.get(founder) ?? []) {
      const room = this.#rooms.get(fold);
      if (room !== undefined) this.#rooms.set(fold, { ...room, founder: null });
      this.#unstored.delete(fold);
    }
    this.#byFounder.delete(founder);
  }

  get hasUnstored(): boolean {
    return this.#unstored.size > 0;
  }

  /** Writes the newly founded rooms to the table. */
  store(): void {
    for (const fold of this.#unstored) {
      const room = this.#rooms.get(fold);
      if (room !== undefined) this.#table.put(rowOf(room));
    }
  }

  /** The transaction of `store` succeeded. */
  clearUnstored(): void {
    this.#unstored.clear();
  }

  #store(room: RegisteredRoom): void {
    this.#table.put(rowOf(room));
    this.#set(room);
  }

  #set(room: RegisteredRoom): void {
    this.#rooms.set(room.name.fold, room);
    if (room.founder === null) return;
    const founded = this.#byFounder.get(room.founder) ?? new Set();
    this.#byFounder.set(room.founder, founded.add(room.name.fold));
  }
}

function rowOf({ name, founder, keyHash, topic }: RegisteredRoom): RegisteredRoomRow {
  return { ...name, founder, keyHash, topic };
}
