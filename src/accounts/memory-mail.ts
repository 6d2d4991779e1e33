/** Mail that waits, in memory: gone with the process. */
import type { MailRow, MailStore } from './offline.js';

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
