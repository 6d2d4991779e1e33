/** Rooms with a founder, a lock or a topic: in memory for reading, and in their table. */
import type { RegisteredRoom, RegisteredRooms as RegisteredRoomsPort } from '../core/accounts.js';
import type { RoomName, Text } from '../core/text/text.js';
import type { Journal } from '../database/journal.js';
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
  readonly #journal: Journal;
  readonly #rooms = new Map<string, RegisteredRoom>();
  readonly #byFounder = new Map<string, Set<string>>();

  constructor(table: Table<RegisteredRoomRow>, journal: Journal) {
    this.#table = table;
    this.#journal = journal;
    for (const { fold, shown, ...rest } of table.rows()) this.#set({ name: { fold, shown }, ...rest });
  }

  room(fold: string): RegisteredRoom | undefined {
    return this.#rooms.get(fold);
  }

  all(): Iterable<RegisteredRoom> {
    return this.#rooms.values();
  }

  foundedBy(founder: string): readonly RegisteredRoom[] {
    const rooms = Array.from(this.#byFounder.get(founder) ?? [], (fold) => this.#rooms.get(fold));
    return rooms.filter((room) => room !== undefined);
  }

  found(name: RoomName, founder: string): void {
    const room = this.#rooms.get(name.fold);
    if (room !== undefined && room.founder !== null) return;
    if ((this.#byFounder.get(founder)?.size ?? 0) >= MAX_ROOMS_PER_FOUNDER) return;
    this.#store({ keyHash: null, topic: null, ...room, name: room?.name ?? name, founder });
  }

  lock(name: RoomName, keyHash: string | null): void {
    this.#store({ founder: null, topic: null, ...this.#rooms.get(name.fold), name, keyHash });
  }

  setTopic(name: RoomName, topic: Text): void {
    this.#store({ founder: null, keyHash: null, ...this.#rooms.get(name.fold), name, topic });
  }

  /**
   * The founder's account was removed: its rooms have no founder until they are founded again. The foreign key changes the
   * table. Returns how to undo it.
   */
  removeFounder(founder: string): () => void {
    const folds = [...(this.#byFounder.get(founder) ?? [])];
    const setFounder = (value: string | null) => {
      for (const fold of folds) {
        const room = this.#rooms.get(fold);
        if (room !== undefined) this.#set({ ...room, founder: value });
      }
    };
    setFounder(null);
    return () => setFounder(founder);
  }

  #store(room: RegisteredRoom): void {
    const { fold } = room.name;
    const before = this.#rooms.get(fold);
    this.#table.put(rowOf(room));
    this.#set(room);
    this.#journal.onUndo(() => {
      this.#remove(fold);
      if (before !== undefined) this.#set(before);
    });
  }

  #set(room: RegisteredRoom): void {
    const { fold } = room.name;
    this.#remove(fold);
    this.#rooms.set(fold, room);
    if (room.founder === null) return;
    const founded = this.#byFounder.get(room.founder) ?? new Set();
    this.#byFounder.set(room.founder, founded.add(fold));
  }

  #remove(fold: string): void {
    const founder = this.#rooms.get(fold)?.founder ?? null;
    this.#rooms.delete(fold);
    if (founder === null) return;
    const founded = this.#byFounder.get(founder);
    founded?.delete(fold);
    if (founded?.size === 0) this.#byFounder.delete(founder);
  }
}

function rowOf({ name, founder, keyHash, topic }: RegisteredRoom): RegisteredRoomRow {
  return { ...name, founder, keyHash, topic };
}
