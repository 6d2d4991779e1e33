/** The history in a data file together with what writes it, in the test's own thread. */
import type { Forgotten } from '../../src/core/message.js';
import type { CommitFailure } from '../../src/core/ports.js';
import type { Database } from '../../src/database/sqlite.js';
import type { CommittingHistory } from '../../src/history/direct-store.js';
import { DiskStore } from '../../src/history/disk-store.js';
import type { DamagedPack } from '../../src/history/damaged-packs.js';
import { DiskWriter, packedTurn, type TurnChanges } from '../../src/history/disk-writer.js';
import { SqliteHistory } from '../../src/history/sqlite.js';

const NO_CHANGES = { rows: [], onStored() {}, onFailed() {} };

export class DiskHistory extends SqliteHistory implements CommittingHistory {
  /** What could not be read. */
  readonly damaged: DamagedPack[] = [];
  readonly #writer: DiskWriter;
  readonly #store: DiskStore;

  constructor(database: Database, { onRecovery = () => {} }: { readonly onRecovery?: () => void } = {}) {
    super(database);
    this.#writer = new DiskWriter(database, {
      onMaintained: () => this.refresh(),
      onDamaged: (pack) => this.damaged.push(pack),
    });
    const accounts = { hasChanges: false, takeChanges: () => NO_CHANGES };
    this.#store = new DiskStore({
      isAsync: true,
      history: this,
      accounts,
      write: (turn, onEnd) => onEnd(this.#failureOf(turn)),
      onRecovery,
    });
  }

  commit(): void {
    this.#store.commit((failure) => {
      if (failure !== null) throw failure.error;
    });
  }

  #failureOf(turn: TurnChanges): CommitFailure | null {
    try {
      this.#writer.commit(packedTurn(turn));
      return null;
    } catch (error) {
      return { error };
    }
  }

  index(): boolean {
    return this.#writer.index();
  }

  trim(at: number): Forgotten | null {
    return this.#writer.trim(at);
  }

  close(): void {
    this.#writer.close(this.finalNumbering());
  }
}
