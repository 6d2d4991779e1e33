/** Writes into the data file: a turn is one transaction, synced to disk; indexing and deletion go on in between. */
import type { Forgotten } from '../core/message.js';
import { RowWriter, type RowChange } from '../database/journal.js';
import type { Database } from '../database/sqlite.js';
import { inTransaction } from '../database/transaction.js';
import type { Numbering } from './id-sequence.js';
import { MessageWriter } from './message-writer.js';
import type { NewMessages } from './sqlite.js';

/** What a turn stores. */
export interface TurnChanges extends NewMessages {
  readonly rows: readonly RowChange[];
}

export class DiskWriter {
  readonly #database: Database;
  readonly #messages: MessageWriter;
  readonly #rows: RowWriter;

  /** `onMaintained` is called after messages were indexed or deleted. */
  constructor(database: Database, onMaintained: () => void) {
    this.#database = database;
    this.#messages = new MessageWriter(database, onMaintained);
    this.#rows = new RowWriter(database);
  }

  /** @throws if the turn could not be stored; then nothing of it is. */
  commit({ messages, redacted, lastAt, numbering, rows }: TurnChanges): void {
    try {
      inTransaction(this.#database, () => {
        this.#messages.write(messages, lastAt, numbering);
        this.#messages.redact(redacted);
        this.#rows.write(rows);
      });
    } catch (error) {
      this.#messages.onRollback();
      throw error;
    }
  }

  /** Indexes the next messages. False if all are indexed. */
  index(): boolean {
    return this.#messages.index();
  }

  /** Deletes some of the messages older than `at`. Null if there are none. */
  trim(at: number): Forgotten | null {
    return this.#messages.trim(at);
  }

  /** Releases the reserved ids. After an error, as after a crash, the next start skips them. */
  close(numbering: Numbering): void {
    try {
      this.commit({ messages: [], redacted: [], lastAt: Number.NEGATIVE_INFINITY, numbering, rows: [] });
    } catch {}
  }
}
