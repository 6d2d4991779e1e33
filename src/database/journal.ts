/**
 * The changes of a turn that are not in the data file yet: the rows, which are stored as one transaction, and how each
 * change is undone in memory if that fails.
 */
import type { Database, SqlValue, Statement } from './sqlite.js';

/** A statement that changes rows, and its values by name. It is plain data, so that another thread can run it. */
export interface RowChange {
  readonly sql: string;
  readonly values: Readonly<Record<string, SqlValue>>;
}

/** What was recorded up to some moment. One of `onStored` and `onFailed` is called, once. */
export interface RecordedChanges {
  readonly rows: readonly RowChange[];
  onStored(): void;
  /** Undoes the changes in memory, the last one first. */
  onFailed(): void;
}

/** Something whose changes are stored with the turn. */
export interface Journaled {
  /** Whether there are changes that are not stored. */
  readonly hasChanges: boolean;
  /** Returns the changes since the last call. */
  takeChanges(): RecordedChanges;
}

export class Journal {
  #rows: RowChange[] = [];
  #undos: (() => void)[] = [];
  #onEnds: (() => void)[] = [];

  get isEmpty(): boolean {
    return this.#rows.length === 0 && this.#undos.length === 0;
  }

  /** Adds a row change. `onEnd` is called once it is stored, or could not be. Calls come in the order of the changes. */
  record(row: RowChange, onEnd: () => void = () => {}): void {
    this.#rows.push(row);
    this.#onEnds.push(onEnd);
  }

  /** How the change that was just made in memory is undone. */
  onUndo(undo: () => void): void {
    this.#undos.push(undo);
  }

  /** Begins anew, and returns what was recorded. */
  take(): RecordedChanges {
    const rows = this.#rows;
    const undos = this.#undos;
    const onEnds = this.#onEnds;
    this.#rows = [];
    this.#undos = [];
    this.#onEnds = [];
    const end = () => {
      for (const onEnd of onEnds) onEnd();
    };
    return {
      rows,
      onStored: end,
      onFailed() {
        end();
        for (const undo of undos.reverse()) undo();
      },
    };
  }
}

/** Runs row changes. Statements are prepared once: there are a few dozen different ones. */
export class RowWriter {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement<[RowChange['values']]>>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Must run in a transaction. */
  write(rows: readonly RowChange[]): void {
    for (const { sql, values } of rows) this.#statementFor(sql).run(values);
  }

  #statementFor(sql: string): Statement<[RowChange['values']]> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare<[RowChange['values']]>(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
