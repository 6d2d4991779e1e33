/** A history whose disk a test can break. */
import type { HistoryRange, Message } from '../../src/core/message.js';
import { MemoryHistory } from '../../src/history/memory.js';

export class FragileHistory extends MemoryHistory {
  /** Commits fail, and lose the messages since the last commit. */
  broken = false;
  /** Reads fail. */
  unreadable = false;
  /** No id can be reserved. */
  hasNoIds = false;
  commits = 0;
  /** The ids of committed messages, in the order of the commits. */
  readonly stored: number[] = [];
  #appended: Message[] = [];
  #wantsId = false;

  override append(message: Message): void {
    this.#appended.push(message);
  }

  override consumeId(): boolean {
    if (this.hasNoIds) this.#wantsId = true;
    return !this.hasNoIds;
  }

  override hasMessages(room: string, since: number): boolean {
    return this.#appended.some((message) => message.room.fold === room) || super.hasMessages(room, since);
  }

  override get hasUncommitted(): boolean {
    return this.#appended.length > 0 || this.#wantsId;
  }

  override commit(): void {
    const messages = this.#appended;
    const isWithoutId = this.#wantsId && this.hasNoIds;
    this.#appended = [];
    this.#wantsId = false;
    if (this.broken || isWithoutId) throw new Error('disk full');
    this.commits++;
    for (const message of messages) {
      super.append(message);
      this.stored.push(message.id);
    }
    super.commit();
  }

  override read(room: string, range: HistoryRange): readonly Message[] {
    if (this.unreadable) throw new Error('disk unreadable');
    return super.read(room, range);
  }
}
