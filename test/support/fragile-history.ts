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

  override append(message: Message): void {
    this.#appended.push(message);
  }

  override consumeId(): void {
    if (this.hasNoIds) throw new Error('disk full');
  }

  override commit(): void {
    const messages = this.#appended;
    this.#appended = [];
    if (this.broken) throw new Error('disk full');
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
