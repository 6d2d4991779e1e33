/** Writes into the data file: a turn is one transaction, synced to disk; indexing and deletion go on in between. */
import type { Forgotten } from '../core/message.js';
import { RowWriter, type RowChange } from '../database/journal.js';
import type { Database } from '../database/sqlite.js';
import { inTransaction } from '../database/transaction.js';
import type { Numbering } from './id-sequence.js';
import { MessageWriter, type WriterEvents } from './message-writer.js';
import { packed, type RoomPack } from './pack.js';
import type { NewMessages } from './sqlite.js';
import { clockStepsIn } from './trimmer.js';

/** What a turn stores. */
export interface TurnChanges extends NewMessages {
  readonly rows: readonly RowChange[];
}

/** The same as plain data of few objects, for the thread that writes it. */
export interface PackedTurn extends Pick<TurnChanges, 'redacted' | 'numbering' | 'rows'> {
  readonly packs: readonly RoomPack[];
  /** The ids of messages that are older than the message before them. */
  readonly steps: readonly number[];
}

export function packedTurn({ messages, lastAt, redacted, numbering, rows }: TurnChanges): PackedTurn {
  return { packs: packed(messages), steps: clockStepsIn(messages, lastAt), redacted, numbering, rows };
}

export class DiskWriter {
  readonly #database: Database;
  readonly #messages: MessageWriter;
  readonly #rows: RowWriter;

  constructor(database: Database, events: WriterEvents) {
    this.#database = database;
    this.#messages = new MessageWriter(database, events);
    this.#rows = new RowWriter(database);
  }

  /** @throws if the turn could not be stored; then nothing of it is. */
  commit({ packs, steps, redacted, numbering, rows }: PackedTurn): void {
    try {
      inTransaction(this.#database, () => {
        this.#messages.write(packs, steps, numbering);
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
      this.commit({ packs: [], steps: [], redacted: [], numbering, rows: [] });
    } catch {}
  }
}
