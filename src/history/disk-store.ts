/** Stores the turns of a server in its data file: messages and accounts in one transaction. */
import type { CommitFailure, TurnStore } from '../core/ports.js';
import type { Journaled } from '../database/journal.js';
import type { TurnChanges } from './disk-writer.js';
import type { SqliteHistory } from './sqlite.js';

export interface DiskStoreOptions {
  readonly history: SqliteHistory;
  readonly accounts: Journaled;
  /** Whether another thread writes. */
  readonly isAsync: boolean;
  /** Stores a turn as one transaction. Calls back once, later or at once. */
  readonly write: (turn: TurnChanges, onEnd: (failure: CommitFailure | null) => void) => void;
  /** A commit succeeded after a failed one: one with messages, if that had some. */
  readonly onRecovery: () => void;
}

export class DiskStore implements TurnStore {
  readonly isAsync: boolean;
  readonly #options: DiskStoreOptions;
  /** What the failed commits since the last success have tried to store. */
  #failing: 'nothing' | 'changes' | 'messages' = 'nothing';
  /** Commits that wait for the one that is running. */
  #waiting: ((failure: CommitFailure | null) => void)[] = [];
  #isCommitting = false;

  constructor(options: DiskStoreOptions) {
    this.isAsync = options.isAsync;
    this.#options = options;
  }

  get hasChanges(): boolean {
    const { history, accounts } = this.#options;
    return history.hasUncommitted || accounts.hasChanges;
  }

  commit(onEnd: (failure: CommitFailure | null) => void): void {
    if (this.#isCommitting) {
      this.#waiting.push(onEnd);
      return;
    }
    const { history, accounts, write } = this.#options;
    const messages = history.takeUncommitted();
    const changes = accounts.takeChanges();
    this.#isCommitting = true;
    write({ ...messages, rows: changes.rows }, (failure) => {
      if (failure === null) {
        history.onStored();
        changes.onStored();
      } else {
        history.onFailed();
        changes.onFailed();
      }
      this.#reportRecovery(failure, messages.messages.length > 0);
      this.#isCommitting = false;
      onEnd(failure);
      this.#commitWaiting();
    });
  }

  /** The server is stopping while a turn is being stored: later changes are stored after it. */
  #commitWaiting(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    this.commit((failure) => {
      for (const onEnd of waiting) onEnd(failure);
    });
  }

  /** A turn without messages may succeed where one with messages fails: their table may be damaged. */
  #reportRecovery(failure: CommitFailure | null, hasMessages: boolean): void {
    if (failure !== null) {
      if (hasMessages) this.#failing = 'messages';
      else if (this.#failing === 'nothing') this.#failing = 'changes';
    } else if (this.#failing === 'changes' || (this.#failing === 'messages' && hasMessages)) {
      this.#failing = 'nothing';
      this.#options.onRecovery();
    }
  }
}
