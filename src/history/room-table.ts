/** The rooms that have a history, by number: a message's row holds three bytes and not a name. */
import type { RoomName } from '../core/text/text.js';
import type { Database } from '../database/sqlite.js';

/** Rooms remembered between turns. A client that walks from room to room fills no memory. */
const REMEMBERED = 10_000;

interface KnownRoom {
  readonly id: number;
  readonly shown: string;
}

export class RoomTable {
  readonly #known = new Map<string, KnownRoom>();
  readonly #find;
  readonly #add;
  readonly #respell;
  readonly #removeEmpty;

  constructor(database: Database) {
    this.#find = database.prepare<[string], KnownRoom>('SELECT id, shown FROM rooms WHERE fold = ?');
    this.#add = database.prepare<[string, string]>('INSERT INTO rooms (fold, shown) VALUES (?, ?)');
    this.#respell = database.prepare<[string, number]>('UPDATE rooms SET shown = ? WHERE id = ?');
    this.#removeEmpty = database.prepare<[number]>(
      'DELETE FROM rooms WHERE id = ? AND NOT EXISTS (SELECT 1 FROM messages WHERE room = rooms.id)',
    );
  }

  find(fold: string): KnownRoom | null {
    const known = this.#known.get(fold);
    if (known !== undefined) return known;
    const found = this.#find.get(fold);
    if (found === undefined) return null;
    this.#remember(fold, found);
    return found;
  }

  /** Within a transaction. A room is spelled as by whoever made it last. */
  numberOf({ fold, shown }: RoomName): number {
    const known = this.find(fold);
    if (known?.shown === shown) return known.id;
    const id = known?.id ?? Number(this.#add.run(fold, shown).lastInsertRowid);
    if (known !== null) this.#respell.run(shown, id);
    this.#remember(fold, { id, shown });
    return id;
  }

  /** Within a transaction: no message of it is left, so that nobody need know that it was. */
  removeIfEmpty(id: number): void {
    const { changes } = this.#removeEmpty.run(id);
    if (changes > 0) this.#known.clear();
  }

  /** What was noted in a transaction that failed is not so. */
  forget(): void {
    this.#known.clear();
  }

  #remember(fold: string, room: KnownRoom): void {
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(fold, room);
  }
}
