/** What waits for those who are away: direct messages, and where they were when they left. */
import type { OfflineMessage, ReadMarker, OfflineStore as OfflineStorePort } from '../core/accounts.js';
import { parseRoomName } from '../core/text/text.js';
import type { Table } from './table.js';

export interface MailRow {
  readonly id: number;
  readonly fold: string;
  readonly at: number;
  readonly name: string;
  readonly text: string;
}

export interface ReadMarkerRow {
  readonly fold: string;
  readonly room: string;
  readonly id: number;
  readonly at: number;
  readonly isHere: number;
}

/** Mail is not held in memory beside its store: it may be much, and is rarely looked at. */
export interface MailStore {
  add(row: MailRow): void;
  count(fold: string): number;
  of(fold: string): readonly MailRow[];
  /** Up to this id. */
  remove(fold: string, lastId: number): void;
  removeBefore(at: number): void;
  /** The account is gone; a table's rows go with it. */
  forget(fold: string): void;
  lastId(): number;
}

const MAX_MESSAGES = 100;
const RETENTION_MS = 30 * 24 * 3_600_000;
const LOOK_EVERY_MS = 3_600_000;

export class OfflineStore implements OfflineStorePort {
  readonly #mail: MailStore;
  readonly #table: Table<ReadMarkerRow>;
  readonly #marks = new Map<string, ReadMarker>();
  #lookAt = 0;
  /** Noted, and not stored yet. */
  readonly #unstored = new Set<string>();

  constructor(mail: MailStore, marks: Table<ReadMarkerRow>) {
    this.#mail = mail;
    this.#table = marks;
    for (const { fold, room, id, at, isHere } of marks.rows()) {
      const name = parseRoomName(room);
      if (name !== null) this.#marks.set(fold, { room: name, id, at, isHere: isHere === 1 });
    }
  }

  recover(lastId: number, lastAt: number): void {
    for (const [fold, mark] of this.#marks) {
      if (!mark.isHere) continue;
      const { room, id, at } = mark;
      this.setReadMarker(fold, { room, id: Math.max(id, lastId), at: Math.max(at, lastAt), isHere: false });
    }
  }

  /** Mail that nobody fetched in time. Looks once an hour, however often it is called. */
  removeExpired(at: number): void {
    if (at < this.#lookAt) return;
    this.#mail.removeBefore(at - RETENTION_MS);
    this.#lookAt = at + LOOK_EVERY_MS;
  }

  add(fold: string, { id, at, from, text }: OfflineMessage): 'kept' | 'full' {
    if (this.#mail.count(fold) >= MAX_MESSAGES) {
      if (this.waitingFor(fold, at).length >= MAX_MESSAGES) return 'full';
      this.#mail.removeBefore(at - RETENTION_MS);
    }
    this.#mail.add({ id, fold, at, name: from, text });
    return 'kept';
  }

  waitingFor(fold: string, at: number): readonly OfflineMessage[] {
    return this.#mail
      .of(fold)
      .filter((row) => row.at >= at - RETENTION_MS)
      .map((row) => ({ id: row.id, at: row.at, from: row.name, text: row.text }));
  }

  removeDelivered(fold: string, lastId: number): void {
    this.#mail.remove(fold, lastId);
  }

  lastId(): number {
    return this.#mail.lastId();
  }

  readMarker(fold: string): ReadMarker | undefined {
    return this.#marks.get(fold);
  }

  setReadMarker(fold: string, mark: ReadMarker): void {
    this.#marks.set(fold, mark);
    this.#unstored.add(fold);
  }

  /** The name is registered no longer. */
  forget(fold: string): void {
    this.#marks.delete(fold);
    this.#unstored.delete(fold);
    this.#mail.forget(fold);
  }

  get hasUnstored(): boolean {
    return this.#unstored.size > 0;
  }

  /** Puts what was only noted into the table. */
  store(): void {
    for (const fold of this.#unstored) {
      const mark = this.#marks.get(fold);
      if (mark !== undefined) {
        const { room, id, at, isHere } = mark;
        this.#table.put({ fold, room: room.shown, id, at, isHere: isHere ? 1 : 0 });
      }
    }
  }

  stored(): void {
    this.#unstored.clear();
  }
}
