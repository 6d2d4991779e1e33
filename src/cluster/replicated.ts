/**
 * One server of a cluster. What the hub proposes is appended to the log, and settles when it comes back from there, in
 * the one order of all servers. Nothing that the engine acknowledges is believed: a change is made when it was read.
 *
 * It has a run of its own (an epoch of the log) while it is live. Its own entries not back for a quarter of the lease:
 * it is cut off, and the host refuses new changes. After 5/3 of the lease the run is over: the host closes its clients,
 * and others end its sessions. Once it reads to the end of the log again, it begins another run.
 */
import type { Clock, Proposal, Sequencer } from '../core/ports.js';
import {
  decode,
  encode,
  encodeBatch,
  type LogEntry,
  MAX_V,
  type ReadEntry,
  type SharedSettings,
} from './batch.js';
import { Lease } from './lease.js';
import { checkLog } from './log-check.js';
import type { Log } from './log.js';
import { Outbox } from './outbox.js';
import { proposalToJson } from './proposals.js';
import type { ReplicaHost, ReplicaRow, RunState } from './replica-host.js';
import { type ExitCode, Rules, type Verdict } from './rules.js';
import type { Seal } from './seal.js';

/** So many proposals are settled before other events have their turn. */
const MAX_GROUP = 1000;
/** So many entries that change nothing are applied before the position is stored. */
const MAX_UNSTORED = 500;
/** Entries beyond this wait in the log instead of in memory. */
const MAX_QUEUED_BYTES = 32 * 1024 * 1024;
/** The hashes of so many positions are kept, to compare them with those of others. */
const KEPT_HASHES = 16_384;
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 4000;
/** A log that seems to have lost entries is asked again after this time. */
const RECHECK_MS = 2000;

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
  /** The settings that must be the same on all servers, by name. */
  readonly settings: SharedSettings;
  readonly version: string;
  /** What was stored by the last `commit`; null on a server that was in no cluster. */
  readonly saved: ReplicaRow | null;
  /** The data of a server that was in no cluster. */
  readonly data: { readonly isEmpty: boolean; readonly lastId: number; readonly lastAt: number };
  /** The rules; tests give broken ones. */
  readonly rules?: Pick<typeof Rules, 'begin' | 'fromRow'>;
}

export interface ReplicaStatus {
  readonly state: RunState;
  /** Empty until the log was reached. */
  readonly logId: string;
  readonly position: number;
  /** The last entry known to be in the log. */
  readonly logLast: number;
  /** Proposals of this server that have not come back. */
  readonly unsettled: number;
  readonly nodes: readonly {
    readonly name: string;
    readonly epoch: number;
    readonly isLive: boolean;
    readonly position: number;
    readonly version: string;
  }[];
  /** How many runs of servers were ended by others, since this process began. */
  readonly fencedTotal: number;
  readonly resentTotal: number;
}

interface Queued {
  readonly seq: number;
  readonly at: number;
  readonly size: number;
  readonly read: ReadEntry;
}

type Refused = Extract<Verdict, { kind: 'refused' }>;

interface Waiter {
  readonly isDone: () => boolean;
  readonly resolve: (isDone: boolean) => void;
}

export class ReplicatedSequencer implements Sequencer {
  readonly node: string;
  readonly #options: ReplicaOptions;
  readonly #outbox: Outbox;
  readonly #lease: Lease;
  /** Null until the log was reached for the first time. */
  #rules: Rules | null = null;
  #state: RunState = 'joining';
  /** The live run; 0 without one. */
  #epoch = 0;
  /** Names the run that is live, or that is to begin. */
  #nonce = '';
  /** The newest run of this name is one of this data, so it may be ended without asking. */
  #ownsName: boolean;
  /** Another process began a run under this name while this one tried to. */
  #lostName = false;
  #refusal: Refused | null = null;

  /** What was read and not applied, and from where it is used. */
  #queue: Queued[] = [];
  #queuedBytes = 0;
  #isOverfull = false;
  /** The last entry in the queue, or applied. */
  #arrived = 0;
  #arrivedAt = 0;
  #logLast = 0;
  #isReading = false;
  #isReopening = false;
  #isDrainScheduled = false;
  #isCommitting = false;
  #unstored = 0;

  #aliveAt = Number.NEGATIVE_INFINITY;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #isChecking = false;
  #isFlushScheduled = false;
  #isStopping = false;
  #isStopped = false;
  #fencedTotal = 0;
  readonly #hashes = new Map<number, string>();
  /** Whether the last hash of another server was the one of this server. */
  readonly #agreements = new Map<string, boolean>();
  #waiters: Waiter[] = [];

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.node = options.node;
    this.#ownsName = options.saved?.node === options.node;
    this.#lease = new Lease(options.leaseMs, options.clock.elapsed());
    this.#outbox = new Outbox({
      clock: options.clock,
      encode: (n, proposals) => this.#encodeCounted(n, proposals),
      append: (bytes) => options.log.append(bytes),
    });
  }

  /** The run of this server, for the keys of its sessions; 0 while it has none. */
  get epoch(): number {
    return this.#epoch;
  }

  status(): ReplicaStatus {
    const rules = this.#rules;
    const nodes = rules?.nodes() ?? [];
    return {
      state: this.#state,
      logId: rules?.logId ?? '',
      position: rules?.position ?? 0,
      logLast: this.#logLast,
      unsettled: this.#outbox.unsettledCount,
      nodes: nodes.map(({ name, epoch, isLive, position, version }) => ({
        name,
        epoch,
        isLive,
        position: name === this.node ? (rules?.position ?? 0) : position,
        version,
      })),
      fencedTotal: this.#fencedTotal,
      resentTotal: this.#outbox.resentTotal,
    };
  }

  /** Joins the cluster. The host is told when this server is live. */
  start(): void {
    this.#join();
    this.#scheduleTick();
  }

  /**
   * Proposes a change; the log gives the time. It is dropped if this server has no run, or if it is of a session of
   * another run: those clients are closed.
   */
  submit(proposal: Proposal): void {
    if (this.#epoch === 0 || this.#isStopping || this.#isStopped) return;
    const key = 'session' in proposal ? proposal.session : proposal.kind === 'post' ? proposal.token : null;
    if (key !== null && (key.epoch !== this.#epoch || key.node !== this.node)) return;
    this.#outbox.add(proposalToJson(proposal));
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    this.#options.defer(() => {
      this.#isFlushScheduled = false;
      if (this.#epoch !== 0) this.#outbox.flush();
    });
  }

  /**
   * Proposes that what is older than `upTo` is deleted from a table. Every server may call this regularly: only the live
   * one with the lowest name proposes it, and one that is lost is proposed the next time.
   */
  proposeForget(table: string, upTo: number): void {
    if (this.#state !== 'live' || this.#rules?.lowestLive() !== this.node) return;
    this.#append({ kind: 'forget', node: this.node, epoch: this.#epoch, table, upTo });
  }

  /**
   * Leaves the cluster: what was proposed settles, then the sessions of this server end for all others, and the position
   * is stored. It gives up after `maxWaitMs`; then the others end the sessions when the lease is over.
   */
  async stop(maxWaitMs: number): Promise<void> {
    if (this.#isStopping || this.#isStopped) return;
    this.#isStopping = true;
    if (this.#epoch !== 0) {
      this.#outbox.end();
      await this.#until(() => this.#epoch === 0, maxWaitMs);
    }
    if (this.#rules !== null) await this.#store(maxWaitMs);
    this.#close();
    await this.#options.log.close();
  }

  // Joining

  #join(): void {
    this.#joinNow().catch((error: unknown) => this.#options.host.onError(error));
  }

  /** Reads to the end of the log and begins a run. Repeats what fails until the server stops. */
  async #joinNow(): Promise<void> {
    do {
      if (!(await this.#reachEnd())) return;
      if (await this.#isNameTaken()) return;
    } while (!(await this.#beginRun()) && !this.#hasEnded);
  }

  /** Reads everything that the log holds now. False if the server stops instead. */
  async #reachEnd(): Promise<boolean> {
    for (;;) {
      const last = await this.#checkedLast();
      if (last === null) return false;
      this.#logLast = Math.max(this.#logLast, last);
      if (!this.#isReading) this.#openReader();
      // Asked again now and then: the tail may be lost meanwhile.
      const isAtEnd = () => (this.#rules?.position ?? 0) >= last && !this.#isCommitting;
      if (await this.#until(isAtEnd, this.#options.leaseMs)) return true;
      if (this.#hasEnded) return false;
    }
  }

  /** The last entry of the log, once it is reachable and known to be the right one. Null if the server stops instead. */
  async #checkedLast(): Promise<number | null> {
    for (let attempt = 0; !this.#hasEnded; attempt++) {
      const rules = this.#rules ?? (await this.#makeRules());
      const last = rules === null ? null : await this.#check(rules);
      if (last !== null) return last;
      await this.#pause(this.#retryMs(attempt));
    }
    return null;
  }

  /** The state that was stored, or that of a server which was in no cluster. Null while the log cannot be reached. */
  async #makeRules(): Promise<Rules | null> {
    const { log, saved, data, seal, newName } = this.#options;
    const make = this.#options.rules ?? Rules;
    if (saved === null) {
      const id = await log.ends().then(
        (ends) => ends.id,
        () => null,
      );
      if (id === null || this.#hasEnded) return null;
      const base = data.isEmpty ? '' : newName();
      this.#rules = make.begin({ logId: id, base, lastId: data.lastId, lastAt: data.lastAt });
    } else {
      this.#rules = make.fromRow(saved.state);
    }
    this.#arrived = this.#rules.position;
    const problem = this.#rules.keyProblem(seal.keyId);
    if (problem !== null) this.#fail(2, problem);
    return this.#rules;
  }

  /** The last entry of the log; null if it cannot be reached, or if this server stops because it is another one. */
  async #check(rules: Rules): Promise<number | null> {
    const { log } = this.#options;
    const { logId, position, digest } = rules;
    const check = await checkLog(log, { logId, position, digest });
    if (this.#hasEnded || check.kind === 'unreachable') return null;
    this.#checkedAt = this.#options.clock.elapsed();
    if (check.kind === 'same') return check.last;
    if (check.kind === 'shorter') {
      await this.#pause(RECHECK_MS);
      // What was read meanwhile shows that the answer was old.
      if (this.#hasEnded || rules.position !== position) return null;
      const again = await checkLog(log, { logId, position, digest });
      if (this.#hasEnded || again.kind === 'unreachable' || rules.position !== position) return null;
      if (again.kind === 'same') return again.last;
      this.#fail(4, again.sentence);
      return null;
    }
    this.#fail(4, check.sentence);
    return null;
  }

  /**
   * Whether another live server has this name. A live run that is not one of this data is watched: if nothing comes of
   * it, it is a former run of a server whose data was replaced.
   */
  async #isNameTaken(): Promise<boolean> {
    const own = () => this.#rules?.node(this.node);
    const before = own();
    if (this.#ownsName || before?.isLive !== true) return false;
    const { lastSeq } = before;
    const shows = () => this.#hasEnded || own()?.lastSeq !== lastSeq || own()?.isLive !== true;
    await this.#until(shows, this.#lease.cutAfterMs + this.#lease.aliveEveryMs);
    if (this.#hasEnded) return true;
    if (own()?.isLive !== true || own()?.lastSeq === lastSeq) return false;
    this.#failForName();
    return true;
  }

  /** Begins a run. False if it has to be tried anew. */
  async #beginRun(): Promise<boolean> {
    const rules = this.#rules;
    if (rules === null) return false;
    // Stored before it is appended: a restart must know the data that it brought in, and that the name is its own.
    await this.#store(Number.POSITIVE_INFINITY);
    if (this.#hasEnded) return false;
    const nonce = (this.#nonce = this.#options.newName());
    this.#lostName = false;
    this.#refusal = null;
    /** Where the servers that it differs from were when that was known first. */
    let refusedAt: ReadonlyMap<string, number> | null = null;
    for (let attempt = 0; !this.#hasEnded; attempt++) {
      this.#append({
        kind: 'up',
        node: this.node,
        former: rules.node(this.node)?.epoch ?? 0,
        nonce,
        base: rules.base,
        settings: this.#options.settings,
        maxV: MAX_V,
        version: this.#options.version,
      });
      // A run that began may be over already: then another attempt to join is under way.
      const hasBegun = () => this.#epoch !== 0 || this.#nonce !== nonce;
      const isAnswered = () => hasBegun() || this.#lostName || this.#refusal !== null;
      await this.#until(isAnswered, this.#retryMs(attempt));
      if (hasBegun()) return true;
      if (this.#lostName) {
        this.#ownsName = false;
        return false;
      }
      const refusal = this.#takeRefusal();
      if (refusal === null) continue;
      refusedAt ??= new Map(refusal.others.map((name) => [name, rules.node(name)?.lastSeq ?? 0]));
      for (const [name, lastSeq] of refusedAt) {
        const other = rules.node(name);
        if (other?.isLive !== true || other.lastSeq === lastSeq) continue;
        this.#fail(2, refusal.sentence);
        return false;
      }
      // They may all be dead: then they are fenced, and have no say any more.
      await this.#pause(this.#lease.aliveEveryMs);
    }
    return false;
  }

  #takeRefusal(): Refused | null {
    const refusal = this.#refusal;
    this.#refusal = null;
    return refusal;
  }

  // Reading

  #openReader(): void {
    this.#isReading = true;
    this.#isReopening = false;
    this.#options.log.read(this.#arrived, (seq, at, bytes) => this.#onEntry(seq, at, bytes));
  }

  #reopenReader(): void {
    if (this.#isReopening || this.#hasEnded) return;
    this.#isReopening = true;
    this.#options.defer(() => {
      if (!this.#hasEnded) this.#openReader();
    });
  }

  #onEntry(seq: number, at: number, bytes: Uint8Array): void {
    const rules = this.#rules;
    if (rules === null || this.#hasEnded || this.#isReopening || this.#isOverfull) return;
    this.#logLast = Math.max(this.#logLast, seq);
    if (seq <= this.#arrived) return;
    if (seq !== this.#arrived + 1) {
      this.#reopenReader();
      return;
    }
    if (this.#queuedBytes > MAX_QUEUED_BYTES) {
      this.#isOverfull = true;
      return;
    }
    const read = decode(bytes, this.#options.seal, rules.logId);
    this.#arrived = seq;
    this.#queue.push({ seq, at, size: bytes.length, read });
    this.#queuedBytes += bytes.length;
    this.#onArrival(read);
    this.#scheduleDrain();
  }

  /** Notes whose entry arrived, before it is applied: a slow disk here is not the silence of a server. */
  #onArrival(read: ReadEntry): void {
    const now = this.#options.clock.elapsed();
    const wasSilent = now - this.#arrivedAt > 2 * this.#lease.aliveEveryMs;
    this.#arrivedAt = now;
    // The connection may have been lost and made again.
    if (wasSilent && this.#epoch !== 0) this.#checkSoon();
    if (read.kind !== 'entry' || read.entry.kind === 'fence') return;
    const { entry } = read;
    if (entry.node !== this.node) {
      if (entry.kind !== 'up') this.#lease.onOther(entry.node, now);
    } else if (entry.kind === 'up' ? entry.nonce === this.#nonce : entry.epoch === this.#epoch) {
      this.#lease.onOwn(now);
      if (this.#state === 'cut') this.#setState('live');
    }
  }

  #scheduleDrain(): void {
    if (this.#isDrainScheduled || this.#isCommitting || this.#hasEnded) return;
    this.#isDrainScheduled = true;
    this.#options.defer(() => {
      this.#isDrainScheduled = false;
      this.#drain();
    });
  }

  /** Applies a group of entries, and stores what they changed. The next group waits for that. */
  #drain(): void {
    const rules = this.#rules;
    if (rules === null || this.#isCommitting || this.#hasEnded) return;
    let settled = 0;
    let taken = 0;
    let mustStore = false;
    let failure: Extract<Verdict, { kind: 'stop' }> | null = null;
    for (const { seq, at, size, read } of this.#queue) {
      if (settled >= MAX_GROUP || taken >= MAX_GROUP) break;
      const verdict = rules.apply(seq, at, read, this.#options.seal.keyId);
      if (verdict.kind === 'stop') {
        failure = verdict;
        break;
      }
      taken += 1;
      this.#queuedBytes -= size;
      this.#unstored += 1;
      this.#keepHash(rules);
      if (verdict.kind === 'settled') settled += verdict.entries.length;
      if (this.#perform(verdict, read, seq)) mustStore = true;
      // The end of the own run is stored by `stop`.
      if (this.#hasEnded) {
        this.#wake();
        return;
      }
    }
    this.#queue.splice(0, taken);
    if (mustStore || this.#unstored >= MAX_UNSTORED) this.#commit();
    if (failure !== null) this.#fail(failure.exitCode, failure.sentence);
    if (this.#isOverfull && this.#queue.length === 0) {
      this.#isOverfull = false;
      this.#reopenReader();
    }
    this.#wake();
    if (this.#queue.length > 0) this.#scheduleDrain();
  }

  /** Stores what was applied, after a commit that is under way. Gives up after `maxMs` for each of both. */
  async #store(maxMs: number): Promise<void> {
    const isFree = () => !this.#isCommitting;
    // Once more, since another commit may begin before this goes on.
    while (!isFree()) if (!(await this.#until(isFree, maxMs)) || this.#isStopped) return;
    this.#commit();
    await this.#until(isFree, maxMs);
  }

  #commit(): void {
    const rules = this.#rules;
    if (rules === null) return;
    this.#isCommitting = true;
    this.#unstored = 0;
    this.#options.host.commit({ node: this.node, state: rules.toRow() }, () => {
      this.#isCommitting = false;
      if (this.#hasEnded) {
        this.#wake();
        return;
      }
      if (this.#epoch !== 0 && this.#state === 'joining') this.#setState('live');
      this.#wake();
      this.#scheduleDrain();
    });
  }

  /** Does what a verdict says. Returns whether that changed something to be stored. */
  #perform(verdict: Verdict, read: ReadEntry, seq: number): boolean {
    const { host } = this.#options;
    switch (verdict.kind) {
      case 'settled':
        for (const entry of verdict.entries) this.#guard(() => host.settle(entry));
        if (this.#isOwnRun(verdict)) this.#onBack(verdict.n);
        return true;
      case 'up':
        this.#performUp(verdict);
        return true;
      case 'ended':
        this.#performEnd(verdict, read);
        return true;
      case 'forget':
        this.#guard(() => host.forget(verdict.table, verdict.upTo));
        return true;
      case 'alive':
        if (verdict.node !== this.node) this.#compareHash(verdict.node, verdict.position, verdict.hash);
        return false;
      case 'refused':
        if (verdict.nonce === this.#nonce) this.#refusal = verdict;
        return false;
      case 'skipped':
        this.#performSkip(verdict, read, seq);
        return false;
      case 'stop':
      case 'missing':
        return false;
      default:
        verdict satisfies never;
        return false;
    }
  }

  #performUp({ node, epoch, nonce, ended, at }: Extract<Verdict, { kind: 'up' }>): void {
    const { host, clock } = this.#options;
    if (node === this.node && nonce !== this.#nonce) {
      if (this.#epoch !== 0) {
        this.#failForName();
        return;
      }
      this.#lostName = true;
    }
    if (ended !== null) this.#guard(() => host.endSessions(node, ended, at));
    this.#lease.onOther(node, clock.elapsed());
    this.#agreements.delete(node);
    if (node !== this.node || nonce !== this.#nonce) return;
    this.#epoch = epoch;
    this.#ownsName = true;
    this.#outbox.reset();
    this.#lease.onOwn(clock.elapsed());
  }

  #performEnd(verdict: Extract<Verdict, { kind: 'ended' }>, read: ReadEntry): void {
    const { node, epoch, why, at } = verdict;
    if (why === 'fence') this.#fencedTotal += 1;
    this.#agreements.delete(node);
    const isOwn = this.#isOwnRun(verdict);
    if (isOwn && this.#isStopping) {
      if (read.kind === 'entry' && read.entry.kind === 'down') this.#onBack(read.entry.n);
      this.#outbox.reset();
      this.#epoch = 0;
    } else if (isOwn) {
      this.#loseRun(false);
    }
    this.#guard(() => this.#options.host.endSessions(node, epoch, at));
  }

  #performSkip({ why }: Extract<Verdict, { kind: 'skipped' }>, read: ReadEntry, seq: number): void {
    if (why === 'malformed' || why === 'not-authentic') {
      const what = why === 'malformed' ? 'is malformed' : 'is not encrypted with the key of the cluster';
      this.#options.host.warn(`entry ${seq} of the cluster's log ${what}: it was skipped`);
    }
    if (why !== 'gap' || read.kind !== 'entry' || read.entry.kind === 'up') return;
    if (this.#isOwnRun(read.entry)) this.#outbox.onGap();
  }

  #onBack(n: number): void {
    const tookMs = this.#outbox.onBack(n);
    if (tookMs !== null) this.#options.host.onRoundTrip?.(tookMs);
  }

  #isOwnRun({ node, epoch }: { readonly node: string; readonly epoch: number }): boolean {
    return node === this.node && epoch === this.#epoch && epoch !== 0;
  }

  // Hashes

  #keepHash({ position, hash }: Rules): void {
    this.#hashes.set(position, hash);
    if (this.#hashes.size <= KEPT_HASHES) return;
    for (const oldest of this.#hashes.keys()) {
      this.#hashes.delete(oldest);
      break;
    }
  }

  /**
   * Compares the state of another server with the own one. They differ if the log was rolled back under one of them, or
   * by a bug. The smaller part stops; of two equal parts, the one without the oldest run.
   */
  #compareHash(node: string, position: number, hash: string): void {
    const own = this.#hashes.get(position);
    if (own === undefined) return;
    this.#agreements.set(node, own === hash);
    if (own === hash) return;
    const others = (this.#rules?.liveNodes() ?? []).filter(({ name }) => name !== this.node);
    // One that was not compared may be on either side.
    if (others.some(({ name }) => !this.#agreements.has(name))) return;
    const differing = others.filter(({ name }) => this.#agreements.get(name) === false);
    const agreeing = others.length - differing.length + 1;
    const ownEpoch = this.#epoch === 0 ? Number.POSITIVE_INFINITY : this.#epoch;
    const oldest = (part: typeof others) => Math.min(...part.map(({ epoch }) => epoch));
    const ownOldest = Math.min(ownEpoch, oldest(others.filter((other) => !differing.includes(other))));
    if (differing.length < agreeing) return;
    if (differing.length === agreeing && ownOldest < oldest(differing)) return;
    this.#fail(
      4,
      `the data here differs from that of ${node} at entry ${position} of the cluster's log: copy a backup of ` +
        `another server (partyline backup) here, and start again`,
    );
  }

  // Time

  #scheduleTick(): void {
    if (this.#isStopped) return;
    this.#options.clock.after(this.#lease.checkEveryMs, () => {
      if (this.#isStopped) return;
      this.#tick(this.#options.clock.elapsed());
      this.#scheduleTick();
    });
  }

  #tick(now: number): void {
    const standing = this.#lease.check(now);
    if (this.#epoch !== 0 && !this.#isStopping) {
      if (standing === 'over') this.#loseRun(true);
      else if (standing === 'cut' && this.#state === 'live') this.#setState('cut');
    }
    if (now - this.#aliveAt >= this.#lease.aliveEveryMs) {
      this.#aliveAt = now;
      if (this.#epoch !== 0) this.#appendAlive();
      if (standing === 'live') this.#fenceSilent(now);
    }
    if (this.#epoch !== 0 && now - this.#checkedAt >= this.#options.leaseMs) this.#checkSoon();
    this.#wake();
  }

  #appendAlive(): void {
    const { position, hash } = this.#rules ?? { position: 0, hash: '' };
    this.#append({ kind: 'alive', node: this.node, epoch: this.#epoch, position, hash });
  }

  #fenceSilent(now: number): void {
    for (const { name, epoch, lastN, lastSeq } of this.#rules?.liveNodes() ?? [])
      if (name !== this.node && this.#lease.isOver(name, now))
        this.#append({ kind: 'fence', node: name, epoch, lastN, seen: lastSeq });
  }

  /** The run has ended, or counts as ended here. Another one begins as soon as the log can be read. */
  #loseRun(isStillLive: boolean): void {
    this.#outbox.abandon(isStillLive);
    this.#epoch = 0;
    this.#nonce = '';
    this.#setState('fenced');
    this.#options.defer(() => {
      if (this.#hasEnded) return;
      this.#setState('joining');
      this.#join();
    });
  }

  #checkSoon(): void {
    const rules = this.#rules;
    if (rules === null || this.#isChecking || this.#hasEnded) return;
    this.#isChecking = true;
    this.#checkedAt = this.#options.clock.elapsed();
    this.#check(rules)
      .catch((error: unknown) => this.#options.host.onError(error))
      .finally(() => {
        this.#isChecking = false;
      });
  }

  // Ends

  get #hasEnded(): boolean {
    return this.#isStopped || (this.#isStopping && this.#epoch === 0);
  }

  #failForName(): void {
    this.#fail(2, `another server of the cluster is named ${this.node}: set NODE_NAME to another name here`);
  }

  /** This server cannot go on. */
  #fail(exitCode: ExitCode, sentence: string): void {
    if (this.#isStopped) return;
    this.#close();
    this.#options.host.stop(exitCode, sentence);
    this.#options.log.close().catch((error: unknown) => this.#options.host.onError(error));
  }

  #close(): void {
    this.#isStopped = true;
    this.#outbox.reset();
    this.#epoch = 0;
    this.#wake();
  }

  // Tools

  #append(entry: LogEntry): void {
    const { log, seal } = this.#options;
    log.append(encode(entry, seal, this.#rules?.logId ?? ''));
  }

  #encodeCounted(n: number, proposals: readonly string[] | 'down'): Uint8Array {
    const { seal } = this.#options;
    const logId = this.#rules?.logId ?? '';
    const run = { node: this.node, epoch: this.#epoch };
    if (proposals === 'down') return encode({ kind: 'down', ...run, n }, seal, logId);
    return encodeBatch({ v: this.#rules?.writableV ?? MAX_V, ...run, n }, proposals, seal, logId);
  }

  #setState(state: RunState): void {
    if (state === this.#state || this.#isStopped) return;
    this.#state = state;
    this.#options.host.onState(state);
  }

  /** What is settled cannot be undone, so a bug in it must not end the reading. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#options.host.onError(error);
    }
  }

  #retryMs(attempt: number): number {
    const longest = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt);
    return longest * (0.5 + this.#options.random() / 2);
  }

  #pause(ms: number): Promise<unknown> {
    return this.#until(() => this.#isStopped, ms);
  }

  /** Waits until something is so, or the server stops, or the time is over. Returns whether it is so. */
  #until(isDone: () => boolean, maxMs: number): Promise<boolean> {
    if (isDone() || this.#isStopped) return Promise.resolve(isDone());
    return new Promise((resolve) => {
      const alarm = Number.isFinite(maxMs)
        ? this.#options.clock.after(maxMs, () => {
            this.#waiters = this.#waiters.filter((other) => other !== waiter);
            resolve(isDone());
          })
        : null;
      const waiter: Waiter = {
        isDone,
        resolve: (isDoneNow) => {
          alarm?.cancel();
          resolve(isDoneNow);
        },
      };
      this.#waiters.push(waiter);
    });
  }

  /** Something changed that may be waited for. */
  #wake(): void {
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) {
      const isDone = waiter.isDone();
      if (isDone || this.#isStopped) waiter.resolve(isDone);
      else this.#waiters.push(waiter);
    }
  }
}
