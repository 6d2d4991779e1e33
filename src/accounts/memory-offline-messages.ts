/** Direct messages for offline users in memory, until the process ends. */
import type { Forgotten } from '../core/message.js';
import type { OfflineMessageRow, OfflineMessages } from './offline.js';

export class MemoryOfflineMessages implements OfflineMessages {
  readonly #rows = new Map<string, OfflineMessageRow[]>();

  add(row: OfflineMessageRow): void {
    this.#rows.set(row.fold, [...this.of(row.fold), row]);
  }

  count(fold: string): number {
    return this.of(fold).length;
  }

  of(fold: string): readonly OfflineMessageRow[] {
    return this.#rows.get(fold) ?? [];
  }

  remove(fold: string, lastId: number): void {
    this.#filter(fold, ({ id }) => id > lastId);
  }

  removeBefore(time: number): Forgotten | null {
    const old = [...this.#rows.values()].flat().filter(({ at }) => at < time);
    for (const { fold } of old) this.#filter(fold, ({ at }) => at >= time);
    if (old.length === 0) return null;
    return { count: old.length, upTo: Math.max(...old.map(({ at }) => at)) };
  }

  forget(fold: string): void {
    this.#rows.delete(fold);
  }

  /** No message survives a restart, so no id must be skipped. */
  lastId(): number {
    return 0;
  }

  #filter(fold: string, isKept: (row: OfflineMessageRow) => boolean): void {
    const rows = this.of(fold).filter(isKept);
    if (rows.length > 0) this.#rows.set(fold, rows);
    else this.#rows.delete(fold);
  }
}
