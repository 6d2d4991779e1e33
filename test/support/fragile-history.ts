/** A history whose writes and reads fail while a test sets `broken` or `unreadable`. */
import type { HistoryRange, Message } from '../../src/core/message.js';
import { MemoryHistory } from '../../src/history/memory.js';

export class FragileHistory extends MemoryHistory {
  broken = false;
  unreadable = false;
  commits = 0;
  /** The ids of stored messages, in order. */
  readonly stored: number[] = [];
  #appended: Message[] = [];

  override append(message: Message): void {
    this.#appended.push(message);
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
    if (this.unreadable) throw new Error('disk gone');
    return super.read(room, range);
  }
}
