/**
 * Makes a server one of several: what its hub proposes goes through the cluster's log, and what comes from there is
 * settled and stored here. Loaded only where CLUSTER is set.
 */
import { randomBytes } from 'node:crypto';
import type { AccountStore } from '../accounts/account-store.js';
import type { ClusterMember } from '../cluster/member.js';
import { openNatsLog } from '../cluster/nats.js';
import { ReplicatedSequencer } from '../cluster/replicated.js';
import type { ReplicaHost, RunState } from '../cluster/replica-host.js';
import { Seal } from '../cluster/seal.js';
import { settingsDigest } from '../cluster/digest.js';
import { Rules, type ExitCode } from '../cluster/rules.js';
import type { Config } from '../config/settings.js';
import type { AdminChange } from '../core/admin-change.js';
import type { Hub } from '../core/hub/hub.js';
import type { ClusterNumbers, HistoryStore, SessionKey } from '../core/ports.js';
import type { DepartureRow, HubState, SessionRow, SessionTable } from '../core/session-table.js';
import { readReplica, Replica, storedDepartures, storedSessions } from '../database/replica.js';
import type { Database } from '../database/sqlite.js';
import type { Logger } from '../logging/logger.js';
import { systemClock } from '../util/clock.js';
import { VERSION } from '../util/version.js';
import type { Cluster } from './cluster-files.js';

/** Changes that the command line asks for are looked for after this time. */
const REQUESTS_INTERVAL_MS = 200;
/** How long a server that has failed waits for its last entries to reach the log, and again for its last commit. */
const FAILED_WAIT_MS = 500;
const CANNOT_STORE =
  'cannot store what the cluster has settled; the log states why; free the disk, then start again';
const MAIL = 'mail';
const MESSAGES = 'messages';

/** A server that cannot go on in its cluster. */
export class ClusterFailure extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, sentence: string) {
    super(`partyline: ${sentence}`);
    this.exitCode = exitCode;
  }
}

export interface ClusterServerOptions {
  readonly config: Config;
  readonly cluster: Cluster;
  readonly database: Database;
  readonly accounts: AccountStore;
  readonly history: HistoryStore;
  readonly log: Logger;
  /** The server cannot go on after it was live. Its clients are told already. */
  readonly onFailure: (failure: ClusterFailure) => void;
  /** Ends the waiting for the cluster. */
  readonly signal: AbortSignal;
}

export class ClusterServer implements ClusterMember, ReplicaHost {
  readonly isNew: boolean;
  readonly sequencer: ReplicatedSequencer;
  readonly sessionTable: SessionTable;
  onRoundtrip: (ms: number) => void = () => {};
  readonly #options: ClusterServerOptions;
  readonly #replica: Replica;
  readonly #restored: HubState;
  #hub: Hub | null = null;
  #state: RunState = 'joining';
  /** Messages older than this are deleted in the background, in milliseconds since 1970; -Infinity if none are. */
  #trimBefore: number;
  #requestsTimer: { cancel(): void } | null = null;
  #failure: ClusterFailure | null = null;
  #onLive: (() => void) | null = null;
  #onFailed: ((failure: ClusterFailure) => void) | null = null;

  private constructor(options: ClusterServerOptions, log: Awaited<ReturnType<typeof openNatsLog>>) {
    const { cluster, database, accounts, history, config } = options;
    this.#options = options;
    const saved = readReplica(database);
    const rules = saved === null ? null : Rules.fromRow(saved.state);
    this.isNew = saved === null;
    this.#trimBefore = rules?.forgottenUpTo(MESSAGES) ?? Number.NEGATIVE_INFINITY;
    this.#replica = new Replica(database, accounts.journal);
    this.#restored = {
      lastId: rules?.lastId ?? history.lastId(),
      sessions: storedSessions(database).map((text): SessionRow => JSON.parse(text)),
      departures: storedDepartures(database).map((text): DepartureRow => JSON.parse(text)),
    };
    this.sessionTable = {
      put: (row) => this.#replica.putSession(row, JSON.stringify(row)),
      remove: (key: SessionKey) => this.#replica.removeSession(key),
      putDeparture: (row) => this.#replica.putDeparture(row.no, JSON.stringify(row)),
      removeDeparture: (no) => this.#replica.removeDeparture(no),
    };
    this.sequencer = new ReplicatedSequencer({
      node: cluster.nodeName,
      log,
      seal: new Seal(cluster.key),
      host: this,
      clock: systemClock,
      random: Math.random,
      newName: () => randomBytes(16).toString('hex'),
      defer: setImmediate,
      leaseMs: cluster.leaseMs,
      settings: settingsDigest(config),
      version: VERSION,
      saved,
      data: { isEmpty: isEmpty(database), lastId: history.lastId(), lastAt: history.lastAt() },
    });
  }

  /** Connects to the log. It waits while no server of CLUSTER can be reached. @throws ConfigError */
  static async connect(options: ClusterServerOptions): Promise<ClusterServer> {
    const { cluster, database, log } = options;
    const saved = readReplica(database);
    let server: ClusterServer | null = null;
    const natsLog = await openNatsLog({
      servers: cluster.servers,
      stream: cluster.stream,
      replicas: cluster.replicas,
      nodeName: cluster.nodeName,
      creds: cluster.creds,
      ca: cluster.ca,
      id: saved === null ? null : Rules.fromRow(saved.state).logId,
      log: { info: (text) => log.info(text), warn: (text) => log.warn(text) },
      signal: options.signal,
      onOpen: () => server?.sequencer.onReconnect(),
      onFault: (error) => server?.stop(4, error.message.replace(/^partyline: /, '')),
    });
    server = new ClusterServer(options, natsLog);
    return server;
  }

  attach(hub: Hub): void {
    this.#hub = hub;
    hub.forgetMessages(this.#trimBefore);
    hub.restore(this.#restored);
  }

  /** Resolves when the server is live. Rejects with a ConfigError or a ClusterFailure if it cannot join. */
  join(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onLive = resolve;
      this.#onFailed = reject;
      this.#options.signal.addEventListener('abort', () => reject(this.#options.signal.reason));
      if (this.#failure !== null) reject(this.#failure);
      else this.sequencer.start();
    });
  }

  unreadiness(): string | null {
    switch (this.#state) {
      case 'live':
        return null;
      case 'joining':
        return 'joining the cluster';
      case 'cut':
        return 'cut off from the cluster';
      case 'fenced':
        return 'cut off from the cluster; joining it again';
      default:
        return this.#state satisfies never;
    }
  }

  numbers(): ClusterNumbers {
    const { position, logLast, unsettled, nodes, fencedTotal, resentTotal } = this.sequencer.status();
    const live = nodes.filter(({ state }) => state === 'live' || state === 'cut').length;
    return { position, logLast, unsettled, nodes: live, fenced: fencedTotal, resent: resentTotal };
  }

  /** Proposes to delete direct messages, or room messages, that are older than `at`. */
  readonly forgetMail = (at: number): void => this.sequencer.proposeForget(MAIL, at);
  readonly forgetMessages = (at: number): void => this.sequencer.proposeForget(MESSAGES, at);

  /** Room messages older than this are to be deleted here, in milliseconds since 1970; -Infinity if none are. */
  get trimBefore(): number {
    return this.#trimBefore;
  }

  /** Before the clients are closed: their ends cannot settle while the log does not answer. */
  beforeClose(): void {
    if (this.#state !== 'live') this.#hub?.cutOff(systemClock.now());
  }

  /** Leaves the cluster after its clients have left; the others see their ends at once. */
  async leave(maxWaitMs: number): Promise<void> {
    this.#requestsTimer?.cancel();
    // A server that has failed does not see the end of its own run.
    await this.sequencer.stop(this.#failure === null ? maxWaitMs : Math.min(maxWaitMs, FAILED_WAIT_MS));
  }

  // ReplicaHost

  settle(entry: Parameters<ReplicaHost['settle']>[0]): void {
    this.#hub?.settle(entry);
  }

  endSessions(node: string, epoch: number, at: number): void {
    this.#hub?.endNode(node, epoch, at);
  }

  forget(table: string, upTo: number): void {
    if (table === MAIL) this.#hub?.inOrder(() => this.#options.accounts.offline.forgetBefore(upTo));
    else if (table === MESSAGES)
      this.#hub?.inOrder(() => this.#hub?.forgetMessages(upTo, () => (this.#trimBefore = upTo)));
  }

  commit(row: Parameters<ReplicaHost['commit']>[0], onStored: () => void): void {
    this.#hub?.inOrder(() => {
      this.#replica.put(row);
      this.#hub?.afterCommit((isStored) => {
        if (isStored) onStored();
        else this.stop(3, CANNOT_STORE);
      });
    });
  }

  onState(state: RunState): void {
    const { log, cluster } = this.#options;
    const hub = this.#hub;
    const wasCut = this.#state === 'cut';
    this.#state = state;
    if (hub === null) return;
    if (state === 'live') {
      hub.beginRun();
      log.info(
        wasCut
          ? 'the log of the cluster answers again: messages are accepted'
          : `joined the cluster as ${cluster.nodeName}`,
      );
      this.#onLive?.();
      this.#onLive = null;
      this.#pollRequests();
    } else if (state === 'cut') {
      log.warn('cut off from the cluster: messages are refused until its log answers');
    } else if (state === 'fenced') {
      log.warn('cut off from the cluster for too long: clients are closed, and the server joins again');
      hub.cutOff(systemClock.now());
    }
  }

  stop(exitCode: ExitCode, sentence: string): void {
    if (this.#failure !== null) return;
    this.#failure = new ClusterFailure(exitCode, sentence);
    this.#requestsTimer?.cancel();
    this.#state = 'cut';
    this.#hub?.cutOff(systemClock.now());
    if (this.#onLive === null) this.#options.onFailure(this.#failure);
    else this.#onFailed?.(this.#failure);
  }

  warn(sentence: string): void {
    this.#options.log.warn(sentence);
  }

  onError(error: unknown): void {
    this.#options.log.error({ tag: 'ERROR', err: error }, '[ERROR]');
  }

  onRoundTrip(ms: number): void {
    this.onRoundtrip(ms);
  }

  // What the command line asks for

  #pollRequests(): void {
    this.#requestsTimer?.cancel();
    this.#requestsTimer = systemClock.after(REQUESTS_INTERVAL_MS, () => this.#pollRequests());
    if (this.#state !== 'live') return;
    try {
      for (const { id, change } of this.#replica.takeRequests()) this.#request(id, JSON.parse(change));
    } catch (error) {
      this.onError(error);
    }
  }

  #request(id: number, change: AdminChange): void {
    this.#hub?.administer(change, systemClock.now(), (result) => {
      this.#replica.answerRequest(id, result ?? 'stored');
      this.#hub?.afterCommit(() => {});
    });
  }
}

/** Whether a data file has nothing that the others of a cluster would need. */
export function isEmpty(database: Database): boolean {
  const tables = ['messages', 'packs', 'accounts', 'restraints', 'kept_rooms', 'hooks'];
  return tables.every(
    (table) =>
      database.prepareValue<[], number>(`SELECT count(*) FROM (SELECT 1 FROM ${table} LIMIT 1)`).get() === 0,
  );
}
