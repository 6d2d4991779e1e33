/** Rooms with a founder, a lock or a topic: in memory for reading, and in their table. */
import type {
  RegisteredRoom,
  RegisteredRooms as RegisteredRoomsPort,
  TopicSetting,
} from '../core/accounts.js';
import { DEFAULT_MODES, type Modes } from '../core/modes.js';
import type { RoomName } from '../core/text/text.js';
import type { Journal } from '../database/journal.js';
import type { Table } from './table.js';

export interface RegisteredRoomRow {
  readonly fold: string;
  readonly shown: string;
  readonly founder: string | null;
  readonly keyHash: string | null;
  readonly topic: string | null;
  readonly topicBy: string | null;
  readonly topicAt: number | null;
  readonly madeAt: number | null;
  /** As JSON. */
  readonly modes: string | null;
  /** 0 or 1. */
  readonly isTemporary: number;
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
    for (const { fold, shown, topic, modes, isTemporary, ...rest } of table.rows())
      this.#set({
        name: { fold, shown },
        ...rest,
        // Earlier versions stored a removed topic as an empty one.
        topic: topic === '' ? null : topic,
        modes: modes === null ? null : modesFrom(modes),
        isTemporary: isTemporary === 1,
      });
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

  found(name: RoomName, founder: string, madeAt?: number | null): void {
    const room = this.#rooms.get(name.fold);
    if (room !== undefined && room.founder !== null) return;
    if ((this.#byFounder.get(founder)?.size ?? 0) >= MAX_ROOMS_PER_FOUNDER) return;
    const since = room?.madeAt ?? madeAt ?? null;
    const common = { name: room?.name ?? name, founder, madeAt: since, isTemporary: false };
    this.#store({ ...NOTHING, ...room, ...common });
  }

  lock(name: RoomName, keyHash: string | null, isTemporary = false): void {
    this.#change(name, { keyHash }, isTemporary);
  }

  setTopic(name: RoomName, { topic, by, at, isTemporary = false }: TopicSetting): void {
    this.#change(name, { topic, topicBy: by, topicAt: at }, isTemporary);
  }

  setModes(name: RoomName, modes: Modes | null, isTemporary = false): void {
    this.#change(name, { modes }, isTemporary);
  }

  forgetTemporary(fold?: string): void {
    for (const one of fold === undefined ? [...this.#rooms.keys()] : [fold]) {
      const room = this.#rooms.get(one);
      if (room?.isTemporary !== true) continue;
      this.#table.remove({ fold: one });
      this.#remove(one);
      this.#journal.onUndo(() => this.#set(room));
    }
  }

  /** A setting by a user other than its founder makes nothing permanent. */
  #change(name: RoomName, setting: Partial<RegisteredRoom>, isTemporary: boolean): void {
    const before = this.#rooms.get(name.fold);
    const isStill = isTemporary && (before?.isTemporary ?? true);
    this.#store({ ...NOTHING, ...before, name, ...setting, isTemporary: isStill });
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

const NOTHING = {
  founder: null,
  keyHash: null,
  topic: null,
  topicBy: null,
  topicAt: null,
  madeAt: null,
  modes: null,
  isTemporary: false,
};

function rowOf({ name, modes, isTemporary, ...rest }: RegisteredRoom): RegisteredRoomRow {
  const { shown, fold } = name;
  return {
    shown,
    fold,
    ...rest,
    modes: modes === null ? null : JSON.stringify(modes),
    isTemporary: isTemporary ? 1 : 0,
  };
}

/** What a later version left out is as in every room. */
function modesFrom(json: string): Modes {
  const stored: Partial<Modes> = JSON.parse(json);
  return { ...DEFAULT_MODES, ...stored };
}
