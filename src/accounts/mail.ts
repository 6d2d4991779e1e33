/** Mail that waits, in memory or in the data file. */
import type { Database } from '../store/database.js';
import { change } from './change.js';
import type { MailRow, MailStore } from './returns.js';

export class MemoryMail implements MailStore {
  readonly #rows = new Map<string, MailRow[]>();

  add(row: MailRow): void {
    this.#rows.set(row.fold, [...this.of(row.fold), row]);
  }

  count(fold: string): number {
    return this.of(fold).length;
  }

  of(fold: string): readonly MailRow[] {
    return this.#rows.get(fold) ?? [];
  }

  remove(fold: string, lastId: number): void {
    this.#keep(fold, ({ id }) => id > lastId);
  }

  removeBefore(time: number): void {
    for (const fold of [...this.#rows.keys()]) this.#keep(fold, ({ at }) => at >= time);
  }

  forget(fold: string): void {
    this.#rows.delete(fold);
  }

  lastId(): number {
    return 0;
  }

  #keep(fold: string, isKept: (row: MailRow) => boolean): void {
    const kept = this.of(fold).filter(isKept);
    if (kept.length > 0) this.#rows.set(fold, kept);
    else this.#rows.delete(fold);
  }
}

export class StoredMail implements MailStore {
  readonly #database: Database;
  readonly #add;
  readonly #count;
  readonly #of;
  readonly #remove;

  constructor(database: Database) {
    this.#database = database;
    this.#add = database.prepare<MailRow>('INSERT INTO mail VALUES (@id, @fold, @at, @name, @text)');
    this.#count = database.prepare<[string], number>('SELECT count(*) FROM mail WHERE fold = ?').pluck();
    this.#of = database.prepare<[string], MailRow>('SELECT * FROM mail WHERE fold = ? ORDER BY id');
    this.#remove = database.prepare<[string, number]>('DELETE FROM mail WHERE fold = ? AND id <= ?');
  }

  add(row: MailRow): void {
    change(this.#database, () => this.#add.run(row));
  }

  count(fold: string): number {
    return this.#count.get(fold) ?? 0;
  }

  of(fold: string): readonly MailRow[] {
    return this.#of.all(fold);
  }

  remove(fold: string, lastId: number): void {
    change(this.#database, () => this.#remove.run(fold, lastId));
  }

  removeBefore(at: number): void {
    const remove = this.#database.prepare<[number]>('DELETE FROM mail WHERE at < ?');
    change(this.#database, () => remove.run(at));
  }

  forget(): void {}

  lastId(): number {
    return this.#database.prepare<[], number | null>('SELECT max(id) FROM mail').pluck().get() ?? 0;
  }
}
