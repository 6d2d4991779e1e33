/** The turn store of a history that commits by itself and at once, as the one in memory does. */
import type { CommitFailure, HistoryStore, TurnStore } from '../core/ports.js';
import type { Journaled } from '../database/journal.js';

export interface CommittingHistory extends HistoryStore {
  readonly hasUncommitted: boolean;
  /** Stores the messages appended since the last commit. Throws if that failed; then none of them is stored. */
  commit(): void;
}

export class DirectStore implements TurnStore {
  readonly isAsync = false;
  readonly #history: CommittingHistory;
  readonly #accounts: Journaled;

  constructor(history: CommittingHistory, accounts: Journaled) {
    this.#history = history;
    this.#accounts = accounts;
  }

  get hasChanges(): boolean {
    return this.#history.hasUncommitted || this.#accounts.hasChanges;
  }

  commit(onEnd: (failure: CommitFailure | null) => void): void {
    const changes = this.#accounts.hasChanges ? this.#accounts.takeChanges() : null;
    let failure: CommitFailure | null = null;
    try {
      this.#history.commit();
      changes?.onStored();
    } catch (error) {
      changes?.onFailed();
      failure = { error };
    }
    onEnd(failure);
  }
}
