/** Maps rooms to numbers, so that the row of a message needs about three bytes for its room instead of a name. */
import type { RoomName } from '../core/text/text.js';
import type { Database } from '../database/sqlite.js';

/** Limits the cache, so that a client cannot fill the memory by visiting many rooms. */
const MAX_CACHED_ROOMS = 10_000;

/** Rooms that are read at a time. */
const ROOMS_PER_READ = 256;

interface RoomRow {
  readonly id: number;
  readonly shown: string;
}

export class RoomTable {
  readonly #cache = new Map<string, RoomRow>();
  readonly #select;
  readonly #selectAfter;
  readonly #insert;
  readonly #updateShown;
  readonly #deleteIfEmpty;

  constructor(database: Database) {
    this.#select = database.prepare<[string], RoomRow>('SELECT id, shown FROM rooms WHERE fold = ?');
    this.#selectAfter = database.prepare<[number, number], RoomRow & { readonly fold: string }>(
      'SELECT id, fold, shown FROM rooms WHERE id > ? ORDER BY id LIMIT ?',
    );
    this.#insert = database.prepare<[string, string]>('INSERT INTO rooms (fold, shown) VALUES (?, ?)');
    this.#updateShown = database.prepare<[string, number]>('UPDATE rooms SET shown = ? WHERE id = ?');
    this.#deleteIfEmpty = database.prepare<[number]>(
      `DELETE FROM rooms WHERE id = ? AND NOT EXISTS (SELECT 1 FROM messages WHERE room = rooms.id)
       AND NOT EXISTS (SELECT 1 FROM packs WHERE room = rooms.id)`,
    );
  }

  find(fold: string): RoomRow | null {
    const cached = this.#cache.get(fold);
    if (cached !== undefined) return cached;
    const room = this.#select.get(fold);
    if (room === undefined) return null;
    this.#addToCache(fold, room);
    return room;
  }

  /** All rooms, in the order of their first messages. A part of them is read when it is due. */
  *all(): Generator<RoomName> {
    for (let lastId = 0; ;) {
      const rooms = this.#selectAfter.all(lastId, ROOMS_PER_READ);
      for (const { fold, shown } of rooms) yield { fold, shown };
      if (rooms.length < ROOMS_PER_READ) return;
      lastId = rooms.at(-1)?.id ?? lastId;
    }
  }

  /** Must run in a transaction. Adds a missing room, and stores the spelling of its latest creation. */
  idOf({ fold, shown }: RoomName): number {
    const room = this.find(fold);
    if (room?.shown === shown) return room.id;
    const id = room?.id ?? Number(this.#insert.run(fold, shown).lastInsertRowid);
    if (room !== null) this.#updateShown.run(shown, id);
    this.#addToCache(fold, { id, shown });
    return id;
  }

  /** Must run in a transaction. Deletes a room without messages. */
  removeIfEmpty(id: number): void {
    const { changes } = this.#deleteIfEmpty.run(id);
    if (changes > 0) this.#cache.clear();
  }

  /** Another instance has stored a message in this room, and with it perhaps another spelling. */
  onNewMessage({ fold, shown }: RoomName): void {
    if (this.#cache.get(fold)?.shown !== shown) this.#cache.delete(fold);
  }

  /** After a failed transaction, whose rooms do not exist. */
  clearCache(): void {
    this.#cache.clear();
  }

  #addToCache(fold: string, room: RoomRow): void {
    if (this.#cache.size >= MAX_CACHED_ROOMS) this.#cache.clear();
    this.#cache.set(fold, room);
  }
}
