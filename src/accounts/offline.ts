/** Stores direct messages for offline users, and where their last session stopped reading. */
import type { OfflineMessage, ReadMarker, OfflineStore as OfflineStorePort } from '../core/accounts.js';
import type { Forgotten } from '../core/message.js';
import { foldName, parseRoomName } from '../core/text/text.js';
import type { Table } from './table.js';

export interface OfflineMessageRow {
  readonly id: number;
  /** The receiver's UserName.fold. */
  readonly fold: string;
  readonly at: number;
  /** The sender. */
  readonly name: string;
  readonly text: string;
  /** Null for a text alone. */
  readonly form: string | null;
  /** UserName.fold of the sender's account; null if it has none, or if it is not known. */
  readonly account: string | null;
}

export interface ReadMarkerRow {
  readonly fold: string;
  readonly room: string;
  readonly id: number;
  readonly at: number;
  readonly isHere: number;
}

/** The messages are read from their table when needed: they are many and rarely read, so memory holds no copy. */
export interface OfflineMessages {
  add(row: OfflineMessageRow): void;
  of(fold: string): readonly OfflineMessageRow[];
  /** The message with this id. */
  find(id: number): OfflineMessageRow | undefined;
  /** Removes the messages with ids up to `lastId`. */
  remove(fold: string, lastId: number): void;
  removeOne(fold: string, id: number): void;
  /** Removes the messages older than `at`. Null if none is. */
  removeBefore(at: number): Forgotten | null;
  /** The same as a change of the turn. */
  forgetBefore(at: number): void;
  /** The account was removed. Returns how to undo it. */
  forget(fold: string): () => void;
  /** The highest id that is used by a message of an earlier run; 0 if there is none. */
  lastId(): number;
}

const MAX_MESSAGES_PER_USER = 100;

export class OfflineStore implements OfflineStorePort {
  readonly #messages: OfflineMessages;
  readonly #table: Table<ReadMarkerRow>;
  readonly #readMarkers = new Map<string, ReadMarker>();
  /** Users whose read marker in memory is newer than the table's. */
  readonly #unstored = new Set<string>();

  constructor(messages: OfflineMessages, readMarkers: Table<ReadMarkerRow>) {
    this.#messages = messages;
    this.#table = readMarkers;
    for (const { fold, room, id, at, isHere } of readMarkers.rows()) {
      const name = parseRoomName(room);
      if (name !== null) this.#readMarkers.set(fold, { room: name, id, at, isHere: isHere === 1 });
    }
  }

  /** At the start: moves the markers of sessions that a crash ended to the last stored message. Returns them. */
  recover(lastId: number, lastAt: number): readonly (ReadMarker & { readonly fold: string })[] {
    const moved: (ReadMarker & { readonly fold: string })[] = [];
    for (const [fold, marker] of this.#readMarkers) {
      if (!marker.isHere) continue;
      const { room, id, at } = marker;
      const end = lastId > id ? { id: lastId, at: lastAt } : { id, at };
      const ended = { room, ...end, isHere: false };
      this.setReadMarker(fold, ended);
      moved.push({ fold, ...ended });
    }
    return moved;
  }

  /** Removes the messages older than `at`. Null if none is. */
  removeBefore(at: number): Forgotten | null {
    return this.#messages.removeBefore(at);
  }

  /** The same as a part of the turn: it is stored with it. */
  forgetBefore(at: number): void {
    this.#messages.forgetBefore(at);
  }

  hasSpaceFor(fold: string, sender: string, count: number, maxFromSender: number): boolean {
    const waiting = this.waitingFor(fold);
    const fromSender = waiting.filter(({ from }) => foldName(from) === sender);
    return waiting.length + count <= MAX_MESSAGES_PER_USER && fromSender.length + count <= maxFromSender;
  }

  add(fold: string, { id, at, from, text, form }: OfflineMessage, account?: string): 'kept' | 'full' {
    if (!this.hasSpaceFor(fold, foldName(from), 1, Number.POSITIVE_INFINITY)) return 'full';
    this.#messages.add({ id, fold, at, name: from, text, form: form ?? null, account: account ?? null });
    return 'kept';
  }

  /** All of them, however old: the clock may be wrong, and only `removeBefore` waits to see whether it is. */
  waitingFor(fold: string): readonly OfflineMessage[] {
    return this.#messages.of(fold).map(messageOf);
  }

  find(id: number): ReturnType<OfflineStorePort['find']> {
    const row = this.#messages.find(id);
    return row === undefined ? null : { to: row.fold, account: row.account, message: messageOf(row) };
  }

  remove(fold: string, id: number): void {
    this.#messages.removeOne(fold, id);
  }

  removeDelivered(fold: string, lastId: number): void {
    this.#messages.remove(fold, lastId);
  }

  lastId(): number {
    return this.#messages.lastId();
  }

  readMarker(fold: string): ReadMarker | undefined {
    return this.#readMarkers.get(fold);
  }

  setReadMarker(fold: string, marker: ReadMarker): void {
    this.#readMarkers.set(fold, marker);
    this.#unstored.add(fold);
  }

  /** The account was removed. Returns how to undo it. */
  forget(fold: string): () => void {
    const marker = this.#readMarkers.get(fold);
    this.#readMarkers.delete(fold);
    this.#unstored.delete(fold);
    const undo = this.#messages.forget(fold);
    return () => {
      undo();
      if (marker !== undefined) this.setReadMarker(fold, marker);
    };
  }

  get hasUnstored(): boolean {
    return this.#unstored.size > 0;
  }

  /** Records the changed read markers in the journal. Returns what to call if they could not be stored. */
  recordReadMarkers(): () => void {
    const folds = [...this.#unstored];
    this.#unstored.clear();
    for (const fold of folds) {
      const marker = this.#readMarkers.get(fold);
      if (marker === undefined) continue;
      const { room, id, at, isHere } = marker;
      this.#table.put({ fold, room: room.shown, id, at, isHere: isHere ? 1 : 0 });
    }
    // No client waits for them, so they are tried again with the next turn.
    return () => {
      for (const fold of folds) if (this.#readMarkers.has(fold)) this.#unstored.add(fold);
    };
  }
}

function messageOf({ id, at, name: from, text, form }: OfflineMessageRow): OfflineMessage {
  const message = { id, at, from, text };
  return form === 'action' || form === 'notice' ? { ...message, form } : message;
}
