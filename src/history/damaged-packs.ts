/**
 * Packs whose messages cannot be read. The index step sets them aside, so that it goes on with the others. Their bytes are
 * kept until the messages would be deleted because of their age.
 */
import type { RoomName } from '../core/text/text.js';
import type { Migration } from '../database/migrate.js';
import type { Database } from '../database/sqlite.js';

export const damagedPackTable: Migration = {
  description: 'packs whose messages cannot be read',
  sql: `
    CREATE TABLE damaged_packs (
      last_id INTEGER PRIMARY KEY,
      fold TEXT NOT NULL, -- a room loses its number with its last readable message
      shown TEXT NOT NULL,
      first_id INTEGER NOT NULL,
      first_at INTEGER NOT NULL,
      count INTEGER NOT NULL,
      body BLOB -- just as it was
    );
  `,
};

/** Which messages a damaged pack has. */
export interface DamagedPack {
  readonly room: RoomName;
  readonly firstId: number;
  readonly lastId: number;
  /** The time of the first message. */
  readonly firstAt: number;
  readonly count: number;
}

const COLUMNS = 'fold, shown, first_id AS firstId, last_id AS lastId, first_at AS firstAt, count';

export class DamagedPacks {
  readonly #insert;
  readonly #select;
  readonly #selectAll;
  readonly #selectFirstTime;
  readonly #delete;

  constructor(database: Database) {
    this.#insert = database.prepare<[number]>(
      // In SQL, since a text that is not UTF-8 would be changed on its way.
      `INSERT OR REPLACE INTO damaged_packs
       SELECT last_id, coalesce(fold, ''), coalesce(shown, ''), first_id, first_at, count, body
       FROM packs LEFT JOIN rooms ON rooms.id = room WHERE last_id = ?`,
    );
    this.#select = database.prepare<[number], Omit<DamagedPack, 'room'> & RoomName>(
      `SELECT ${COLUMNS} FROM damaged_packs WHERE last_id = ?`,
    );
    this.#selectAll = database.prepare<[], Omit<DamagedPack, 'room'> & RoomName>(
      `SELECT ${COLUMNS} FROM damaged_packs ORDER BY last_id`,
    );
    this.#selectFirstTime = database.prepareValue<[], number | null>(
      'SELECT min(first_at) FROM damaged_packs',
    );
    this.#delete = database.prepare<[number]>('DELETE FROM damaged_packs WHERE first_at < ?');
  }

  /** Must run in a transaction. Copies the pack with this last id, which is then deleted among the others. */
  setAside(lastId: number): DamagedPack | null {
    this.#insert.run(lastId);
    const pack = this.#select.get(lastId);
    return pack === undefined ? null : damagedPack(pack);
  }

  /** Those that were set aside. */
  all(): DamagedPack[] {
    return this.#selectAll.all().map(damagedPack);
  }

  hasOlder(at: number): boolean {
    return (this.#selectFirstTime.get() ?? at) < at;
  }

  /** Must run in a transaction. Deletes those that are older than this time. */
  trim(at: number): void {
    this.#delete.run(at);
  }
}

export function damagedPack(pack: Omit<DamagedPack, 'room'> & RoomName): DamagedPack {
  const { fold, shown, firstId, lastId, firstAt, count } = pack;
  return { room: { fold, shown }, firstId, lastId, firstAt, count };
}

/** What a server's log says of it too. */
export const WHERE_DAMAGED =
  'its bytes are kept in the table damaged_packs of the data file; a backup from before the damage has the messages';

/** For the log and the command line. */
export function describeDamage({ room, firstId, lastId, firstAt, count }: DamagedPack): string {
  const time = new Date(firstAt).toISOString();
  return `cannot read ${count} messages of the room "${room.shown}", with ids from ${firstId} to ${lastId}, from ${time} on: their pack is damaged`;
}
