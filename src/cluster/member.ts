/** What a server needs of its cluster: the one order, and how the cluster is. A lone server has none. */
import type { Hub } from '../core/hub/hub.js';
import type { ClusterNumbers, Entry, Sequencer } from '../core/ports.js';

export interface ClusterMember {
  /** The sequencer of the hub, which settles entries as they come from the log. */
  sequencer(settle: (entry: Entry) => void): Sequencer;
  /** Called once, with the hub of that sequencer. */
  attach(hub: Hub): void;
  /** Why the server takes no new clients, as a line for `/readyz`; null if it does. */
  unreadiness(): string | null;
  /** For the metrics. */
  numbers(): ClusterNumbers;
  /** Called with the time of each round trip through the log, in milliseconds. */
  onRoundtrip: (ms: number) => void;
}
