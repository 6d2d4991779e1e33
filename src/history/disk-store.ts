/** Stores the turns of a server in its data file: messages and accounts in one transaction. */
import type { CommitFailure, TurnStore } from '../core/ports.js';
import type { Journaled } from '../database/journal.js';
import type { DiskWriter } from './disk-writer.js';
import type { SqliteHistory } from './sqlite.js';

export interface DiskStoreOptions {
  readonly history: SqliteHistory;
  readonly accounts: Journaled;
  readonly writer: DiskWriter;
  /** A commit succeeded after a failed one. */
  readonly onRecovery: () => void;
}

export class DiskStore implements TurnStore {
  readonly isAsync = false;
  readonly #options: DiskStoreOptions;
  #isFailing = false;

  constructor(options: DiskStoreOptions) {
    this.#options = options;
  }

  get hasChanges(): boolean {
    const { history, accounts } = this.#options;
    return history.hasUncommitted || accounts.hasChanges;
  }

  commit(onEnd: (failure: CommitFailure | null) => void): void {
    const { history, accounts, writer, onRecovery } = this.#options;
    const messages = history.takeUncommitted();
    const changes = accounts.takeChanges();
    try {
      writer.commit({ ...messages, rows: changes.rows });
    } catch (error) {
      this.#isFailing = true;
      history.onFailed();
      changes.onFailed();
      onEnd({ error });
      return;
    }
    history.onStored();
    changes.onStored();
    if (this.#isFailing) onRecovery();
    this.#isFailing = false;
    onEnd(null);
  }
}
