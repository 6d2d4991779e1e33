/** Direct messages for offline users in memory, until the process ends. */
import type { Forgotten } from '../core/message.js';
import type { Journal } from '../database/journal.js';
import type { OfflineMessageRow, OfflineMessages } from './offline.js';

export class MemoryOfflineMessages implements OfflineMessages {
  readonly #journal: Journal;
  readonly #rows = new Map<string, readonly OfflineMessageRow[]>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  add(row: OfflineMessageRow): void {
    this.#change(row.fold, [...this.of(row.fold), row]);
  }

  of(fold: string): readonly OfflineMessageRow[] {
    return this.#rows.get(fold) ?? [];
  }

  remove(fold: string, lastId: number): void {
    this.#change(
      fold,
      this.of(fold).filter(({ id }) => id > lastId),
    );
  }

  find(id: number): OfflineMessageRow | undefined {
    for (const rows of this.#rows.values()) {
      const row = rows.find((one) => one.id === id);
      if (row !== undefined) return row;
    }
    return undefined;
  }

  removeOne(fold: string, id: number): void {
    const before = this.of(fold);
    const left = before.filter((one) => one.id !== id);
    if (left.length < before.length) this.#change(fold, left);
  }

  removeBefore(time: number): Forgotten | null {
    const old = [...this.#rows.values()].flat().filter(({ at }) => at < time);
    for (const { fold } of old)
      this.#set(
        fold,
        this.of(fold).filter(({ at }) => at >= time),
      );
    if (old.length === 0) return null;
    return { count: old.length, upTo: Math.max(...old.map(({ at }) => at)) };
  }

  forgetBefore(time: number): void {
    for (const [fold, rows] of this.#rows)
      if (rows.some(({ at }) => at < time))
        this.#change(
          fold,
          rows.filter(({ at }) => at >= time),
        );
  }

  forget(fold: string): () => void {
    const before = this.of(fold);
    this.#set(fold, []);
    return () => this.#set(fold, before);
  }

  /** No message survives a restart, so no id must be skipped. */
  lastId(): number {
    return 0;
  }

  #change(fold: string, rows: readonly OfflineMessageRow[]): void {
    const before = this.of(fold);
    this.#set(fold, rows);
    this.#journal.onUndo(() => this.#set(fold, before));
  }

  #set(fold: string, rows: readonly OfflineMessageRow[]): void {
    if (rows.length > 0) this.#rows.set(fold, rows);
    else this.#rows.delete(fold);
  }
}
