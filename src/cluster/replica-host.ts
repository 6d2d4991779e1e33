/** What a server of a cluster needs of the process around it: the hub, the database, the connections. */
import type { Entry } from '../core/ports.js';
import type { ExitCode } from './rules.js';

/**
 * `joining`: it reads the log; no client may be attached, since a session needs a run. `live`: ready. `cut`: its entries
 * do not come back; new messages are refused with `not-stored` and other changes with `busy`, before they are proposed.
 * `fenced`: its run is over; all clients are closed with `server cut off`. `joining` follows at once.
 */
export type RunState = 'joining' | 'live' | 'cut' | 'fenced';

/** What is stored with the data. */
export interface ReplicaRow {
  /** The name under which this data ran last. */
  readonly node: string;
  /** The state of the rules; see Rules.toRow. */
  readonly state: string;
}

/** The calls come in the order of the log, and none after `stop`. */
export interface ReplicaHost {
  /** Makes a change, of this or another server, for Hub.settle. No client is shown it before it is stored. */
  settle(entry: Entry): void;
  /** Ends all sessions of a run. For the own run, `fenced` came before. */
  endSessions(node: string, epoch: number, at: number): void;
  /** Deletes what is older than `upTo` from a table, as proposed by `proposeForget`. */
  forget(table: string, upTo: number): void;
  /**
   * Stores all that was settled, ended and forgotten since the last call, in one transaction with this row, and calls
   * back when it is on the disk; only then the next entry comes. If it fails, the host does not call back: it closes its
   * clients and exits with 3, and a restart goes on from what is stored.
   */
  commit(row: ReplicaRow, onStored: () => void): void;
  onState(state: RunState): void;
  /** This server cannot go on: its clients are closed with `server cut off`, and it exits with this code. */
  stop(exitCode: ExitCode, sentence: string): void;
  /** One line for the log. */
  warn(sentence: string): void;
  /** `settle` or another call threw: a bug, after which the server goes on. */
  onError(error: unknown): void;
  /** A batch of this server came back, after so many milliseconds. For the metrics. */
  onRoundTrip?(ms: number): void;
}
