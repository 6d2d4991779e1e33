/** What a server needs of its cluster: the one order, and how the cluster is. A lone server has none. */
import type { Hub } from '../core/hub/hub.js';
import type { ClusterNumbers, Sequencer } from '../core/ports.js';
import type { SessionTable } from '../core/session-table.js';

export interface ClusterMember {
  /** Its data was in no cluster before. */
  readonly isNew: boolean;
  /** Settles entries as they come from the log, in the hub that `attach` was called with. */
  readonly sequencer: Sequencer;
  readonly sessionTable: SessionTable;
  /** Called once, before any client connects. */
  attach(hub: Hub): void;
  /** Why the server takes no new clients, as a line for `/readyz`; null if it does. */
  unreadiness(): string | null;
  /** For the metrics. */
  numbers(): ClusterNumbers;
  /** Called with the time of each round trip through the log, in milliseconds. */
  onRoundtrip: (ms: number) => void;
}
