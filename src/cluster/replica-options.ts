/** What a server of a cluster is made of. */
import type { Clock } from '../core/ports.js';
import type { SharedSettings } from './batch.js';
import type { Log } from './log.js';
import type { ReplicaHost, ReplicaRow } from './replica-host.js';
import type { Rules } from './rules.js';
import type { Seal } from './seal.js';

export interface ReplicaOptions {
  /** The name of this server, which no other has. */
  readonly node: string;
  readonly log: Log;
  readonly seal: Seal;
  readonly host: ReplicaHost;
  readonly clock: Clock;
  /** A number from 0 to below 1. */
  readonly random: () => number;
  /** A new random name, which no other call on any server returns. */
  readonly newName: () => string;
  /** Runs something once this pass of the event loop is over. */
  readonly defer: (run: () => void) => void;
  /** CLUSTER_LEASE in milliseconds. */
  readonly leaseMs: number;
  /** The settings that must be the same on all servers, by name; null for a command. */
  readonly settings: SharedSettings | null;
  readonly version: string;
  /** What was stored by the last `commit`; null on a server that was in no cluster. */
  readonly saved: ReplicaRow | null;
  /** The data of a server that was in no cluster: the highest id in its history, and the time of its newest message. */
  readonly data: { readonly isEmpty: boolean; readonly lastId: number; readonly lastAt: number };
  /** The rules; tests give broken ones. */
  readonly rules?: Pick<typeof Rules, 'begin' | 'fromRow'>;
}
