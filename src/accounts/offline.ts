/** What waits for those who are away: direct messages, and where they were when they left. */
import type { Mail, Mark, Returns as ReturnsOfTheHub } from '../core/accounts.js';
import { parseRoomName } from '../core/text/text.js';
import type { Table } from './table.js';

export interface MailRow {
  readonly id: number;
  readonly fold: string;
  readonly at: number;
  readonly name: string;
  readonly text: string;
}

export interface MarkRow {
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

const MOST_MAIL = 100;
const KEPT_MS = 30 * 24 * 3_600_000;
const LOOK_EVERY_MS = 3_600_000;

export class Returns implements ReturnsOfTheHub {
  readonly #mail: MailStore;
  readonly #table: Table<MarkRow>;
  readonly #marks = new Map<string, Mark>();
  #lookAt = 0;
  /** Noted, and not stored yet. */
  readonly #unstored = new Set<string>();

  constructor(mail: MailStore, marks: Table<MarkRow>) {
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
      this.leave(fold, { room, id: Math.max(id, lastId), at: Math.max(at, lastAt), isHere: false });
    }
  }

  /** Mail that nobody fetched in time. Looks once an hour, however often it is called. */
  forgetOld(at: number): void {
    if (at < this.#lookAt) return;
    this.#mail.removeBefore(at - KEPT_MS);
    this.#lookAt = at + LOOK_EVERY_MS;
  }

  keep(fold: string, { id, at, from, text }: Mail): 'kept' | 'full' {
    if (this.#mail.count(fold) >= MOST_MAIL) {
      if (this.waiting(fold, at).length >= MOST_MAIL) return 'full';
      this.#mail.removeBefore(at - KEPT_MS);
    }
    this.#mail.add({ id, fold, at, name: from, text });
    return 'kept';
  }

  waiting(fold: string, at: number): readonly Mail[] {
    return this.#mail
      .of(fold)
      .filter((row) => row.at >= at - KEPT_MS)
      .map((row) => ({ id: row.id, at: row.at, from: row.name, text: row.text }));
  }

  delivered(fold: string, lastId: number): void {
    this.#mail.remove(fold, lastId);
  }

  lastId(): number {
    return this.#mail.lastId();
  }

  mark(fold: string): Mark | undefined {
    return this.#marks.get(fold);
  }

  leave(fold: string, mark: Mark): void {
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
