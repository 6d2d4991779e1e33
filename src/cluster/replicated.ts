/**
 * One server of a cluster. What the hub proposes is appended to the log, and settles when it comes back from there, in
 * the one order of all servers. Nothing that the engine acknowledges is believed: a change is made when it was read.
 *
 * It has a run of its own (an epoch of the log) while it is live. Its own entries not back for a quarter of the lease:
 * it is cut off, and the host refuses new changes. After 5/3 of the lease the run is over: the host closes its clients,
 * and others end its sessions. Once it reads to the end of the log again, it begins another run.
 */
import type { Proposal, Sequencer } from '../core/ports.js';
import { Agreement } from './agreement.js';
import { decode, encode, encodeBatch, type LogEntry, type ReadEntry } from './batch.js';
import { CatchUp } from './catch-up.js';
import { Joining } from './joining.js';
import { Lease } from './lease.js';
import { Outbox } from './outbox.js';
import { proposalToJson } from './proposals.js';
import { LogReader } from './reader.js';
import type { RunState } from './replica-host.js';
import type { ReplicaOptions } from './replica-options.js';
import type { ExitCode, NodeState, Rules, Verdict } from './rules.js';
import { versionOf } from './versions.js';
import { Waiters } from './waiters.js';

/** So many proposals, or entries, are applied before other events have their turn. */
const MAX_GROUP = 1000;
/** So many entries that change nothing are applied before the position is stored. */
const MAX_UNSTORED = 500;

export interface ReplicaStatus {
  readonly state: RunState;
  /** Empty until the log was reached. */
  readonly logId: string;
  readonly position: number;
  /** The last entry known to be in the log. */
  readonly logLast: number;
  /** Proposals of this server that have not come back. */
  readonly unsettled: number;
  readonly nodes: readonly NodeStatus[];
  /** How many runs of servers were ended by others, since this process began. */
  readonly fencedTotal: number;
  readonly resentTotal: number;
}

export interface NodeStatus {
  readonly name: string;
  readonly epoch: number;
  /** Of another server: `cut` if it was not heard for a quarter of the lease, `left` if it was stopped. */
  readonly state: 'live' | 'cut' | 'fenced' | 'left';
  readonly position: number;
  readonly version: string;
}

export class ReplicatedSequencer implements Sequencer {
  readonly node: string;
  readonly isShared = true;
  readonly #options: ReplicaOptions;
  readonly #reader: LogReader;
  readonly #outbox: Outbox;
  readonly #lease: Lease;
  readonly #joining: Joining;
  readonly #agreement = new Agreement();
  readonly #waiters: Waiters;
  readonly #catchUp: CatchUp;
  #state: RunState = 'joining';
  /** The live run; 0 without one. */
  #epoch = 0;
  /** The highest version that a proposal of this run needs. */
  #proposedV = 1;
  #isStopping = false;
  #isStopped = false;
  #isDrainScheduled = false;
  #isFlushScheduled = false;
  #isCommitting = false;
  /** Entries that were applied since the last commit. */
  #unstored = 0;
  #fencedTotal = 0;
  /** By the monotonic clock: the last entry of any server, and the last own sign of life. */
  #arrivedAt = 0;
  #aliveAt = Number.NEGATIVE_INFINITY;

  constructor(options: ReplicaOptions) {
    const { node, clock, log, defer, seal, settings, version, newName, random } = options;
    this.node = node;
    this.#options = options;
    this.#lease = new Lease(options.leaseMs, clock.elapsed());
    this.#waiters = new Waiters(clock);
    this.#reader = new LogReader({
      log,
      defer,
      decode: (bytes) => decode(bytes, seal, this.#rules?.logId ?? ''),
      onArrival: (read) => this.#onArrival(read),
    });
    this.#outbox = new Outbox({
      clock,
      encode: (n, proposals) => this.#encodeCounted(n, proposals),
      append: (bytes) => log.append(bytes),
    });
    this.#catchUp = new CatchUp({
      ...options,
      reader: this.#reader,
      waiters: this.#waiters,
      retryMs: (attempt) => this.#joining.retryMs(attempt),
      isCommitting: () => this.#isCommitting,
      hasEnded: () => this.#hasEnded,
      fail: (exitCode, sentence) => this.#fail(exitCode, sentence),
      onError: (error) => options.host.onError(error),
    });
    this.#joining = new Joining({
      node,
      settings,
      version,
      newName,
      random,
      ownsName: options.saved?.node === node,
      clock,
      lease: this.#lease,
      waiters: this.#waiters,
      reachEnd: () => this.#catchUp.reachEnd(),
      store: () => this.#store(Number.POSITIVE_INFINITY),
      append: (entry) => this.#append(entry),
      rules: () => this.#knownRules(),
      hasStopped: () => this.#hasEnded,
      fail: (exitCode, sentence) => this.#fail(exitCode, sentence),
    });
  }

  /** Null until the log was reached for the first time. */
  get #rules(): Rules | null {
    return this.#catchUp.rules;
  }

  /** The run of this server, for the keys of its sessions; 0 while it has none. */
  get epoch(): number {
    return this.#epoch;
  }

  get isCut(): boolean {
    return this.#state !== 'live';
  }

  status(): ReplicaStatus {
    const rules = this.#rules;
    return {
      state: this.#state,
      logId: rules?.logId ?? '',
      position: rules?.position ?? 0,
      logLast: this.#reader.last,
      unsettled: this.#outbox.unsettledCount,
      nodes: (rules?.servers() ?? []).map((server) => this.#statusOf(server)),
      fencedTotal: this.#fencedTotal,
      resentTotal: this.#outbox.resentTotal,
    };
  }

  /** Whether all live servers read it: an older one would stop, or settle something else. */
  canPropose(proposal: Proposal): boolean {
    return this.#rules === null || versionOf(proposal) <= this.#rules.writableV;
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
    if (this.#epoch === 0 || this.#isStopping) return;
    const key = 'session' in proposal ? proposal.session : 'token' in proposal ? proposal.token : null;
    if (key !== null && (key.epoch !== this.#epoch || key.node !== this.node)) return;
    // A batch that leaves after an older server has joined must not look like one that it reads.
    this.#proposedV = Math.max(this.#proposedV, versionOf(proposal));
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
    if (this.#state !== 'live' || this.#epoch === 0 || this.#rules?.lowestLive() !== this.node) return;
    this.#append({ kind: 'forget', node: this.node, epoch: this.#epoch, table, upTo });
  }

  /** The engine connected again, or read again: the log may be another one, or have lost its end. */
  onReconnect(): void {
    this.#catchUp.recheck();
  }

  /**
   * Leaves the cluster: what was proposed settles, then the sessions of this server end for all others, and the position
   * is stored. Each of these takes at most `maxWaitMs`; without it, the others end the sessions when the lease is over.
   */
  async stop(maxWaitMs: number): Promise<void> {
    if (this.#isStopping || this.#isStopped) return;
    this.#isStopping = true;
    if (this.#epoch !== 0) {
      this.#outbox.end();
      await this.#waiters.until(() => this.#epoch === 0, maxWaitMs);
    }
    if (this.#rules !== null) await this.#store(maxWaitMs);
    this.#close();
    await this.#options.log.close();
  }

  // Joining

  #join(): void {
    this.#joining.join().catch((error: unknown) => {
      this.#options.host.onError(error);
      this.#fail(
        3,
        'this server could not join the cluster because of a bug: see the error before this line',
      );
    });
  }

  // Reading

  /** Notes whose entry arrived, before it is applied: a slow disk here is not the silence of a server. */
  #onArrival(read: ReadEntry): void {
    const now = this.#options.clock.elapsed();
    const wasSilent = now - this.#arrivedAt > 2 * this.#lease.aliveEveryMs;
    this.#arrivedAt = now;
    // The connection may have been lost and made again.
    if (wasSilent && this.#epoch !== 0) this.onReconnect();
    this.#scheduleDrain();
    if (read.kind !== 'entry' || read.entry.kind === 'fence') return;
    const { entry } = read;
    if (entry.node !== this.node) {
      if (entry.kind !== 'up') this.#lease.onOther(entry.node, now);
    } else if (entry.kind === 'up' ? this.#joining.isOwn(entry.nonce) : this.#isOwnRun(entry)) {
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
    let settledCount = 0;
    let count = 0;
    let mustStore = false;
    let failure: Extract<Verdict, { kind: 'stop' }> | null = null;
    for (const { seq, at, read } of this.#reader.queue) {
      const verdict = rules.apply(seq, at, read, this.#options.seal.keyId);
      if (verdict.kind === 'stop') {
        failure = verdict;
        break;
      }
      count += 1;
      this.#unstored += 1;
      this.#agreement.keep(rules.position, rules.hash);
      if (this.#perform(verdict, read, seq)) mustStore = true;
      if (verdict.kind === 'settled') settledCount += verdict.entries.length;
      // The end of the own run is stored by `stop`.
      if (this.#hasEnded || settledCount >= MAX_GROUP || count >= MAX_GROUP) break;
    }
    this.#reader.take(count);
    if (!this.#hasEnded && (mustStore || this.#unstored >= MAX_UNSTORED)) this.#commit();
    if (failure !== null) this.#fail(failure.exitCode, failure.sentence);
    this.#waiters.wake();
    if (this.#reader.queue.length > 0) this.#scheduleDrain();
  }

  /** Stores what was applied, after a commit that is under way. */
  async #store(maxMs: number): Promise<void> {
    const isFree = () => !this.#isCommitting;
    // Once more, since another commit may begin before this goes on.
    while (!isFree()) if (!(await this.#waiters.until(isFree, maxMs)) || this.#isStopped) return;
    this.#commit();
    await this.#waiters.until(isFree, maxMs);
  }

  #commit(): void {
    this.#isCommitting = true;
    this.#unstored = 0;
    this.#options.host.commit({ node: this.node, state: this.#knownRules().toRow() }, () => {
      this.#isCommitting = false;
      if (this.#epoch !== 0 && this.#state === 'joining') this.#setState('live');
      this.#waiters.wake();
      this.#scheduleDrain();
    });
  }

  // Verdicts

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
        this.#performEnd(verdict);
        return true;
      case 'forget':
        this.#guard(() => host.forget(verdict.table, verdict.upTo));
        return true;
      case 'alive':
        if (verdict.node !== this.node) this.#compareHash(verdict);
        return false;
      case 'refused':
        this.#joining.onRefused(verdict);
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
    const now = this.#options.clock.elapsed();
    this.#agreement.forget(node);
    if (ended !== null) this.#guard(() => this.#options.host.endSessions(node, ended, at));
    if (node !== this.node) {
      this.#lease.onOther(node, now);
      return;
    }
    if (this.#epoch !== 0 && !this.#joining.isOwn(nonce)) {
      this.#joining.failForName();
      return;
    }
    this.#joining.onUp(nonce);
    if (!this.#joining.isOwn(nonce)) return;
    this.#epoch = epoch;
    this.#proposedV = 1;
    this.#outbox.reset();
    this.#lease.onOwn(now);
  }

  #performEnd(verdict: Extract<Verdict, { kind: 'ended' }>): void {
    const { node, epoch, why, at } = verdict;
    this.#agreement.forget(node);
    if (why === 'fence') this.#fencedTotal += 1;
    if (this.#isOwnRun(verdict)) {
      if (this.#isStopping) this.#epoch = 0;
      else this.#loseRun(false);
    } else if (why === 'fence' && this.#epoch !== 0 && this.#rules?.node(node) !== undefined) {
      // A command is forgotten at its end, and had no users.
      this.#options.host.warn(`${node} gave no sign of life for too long: its users are disconnected`);
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
    return node === this.node && epoch === this.#epoch;
  }

  #compareHash({ node, position, hash }: Extract<Verdict, { kind: 'alive' }>): void {
    if (!this.#agreement.compare(node, position, hash)) return;
    const others = this.#knownRules()
      .liveServers()
      .filter(({ name }) => name !== this.node);
    const runs = others.map(({ name, epoch }) => ({ node: name, epoch }));
    if (!this.#agreement.mustStop(this.#epoch === 0 ? Number.POSITIVE_INFINITY : this.#epoch, runs)) {
      this.#options.host.warn(
        `the data of ${node} differs from the data here at entry ${position} of the log`,
      );
      return;
    }
    this.#fail(
      4,
      `the data here differs from that of ${node} at entry ${position} of the cluster's log: copy a backup of ` +
        `another server (partyline backup) here, and start again`,
    );
  }

  // Time

  #scheduleTick(): void {
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
    if (this.#epoch !== 0) this.#catchUp.recheckIfDue(now);
  }

  #appendAlive(): void {
    const { position, hash } = this.#knownRules();
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
    this.#joining.end();
    this.#setState('fenced');
    this.#options.defer(() => {
      if (this.#hasEnded) return;
      this.#setState('joining');
      this.#join();
    });
  }

  // Ends

  /** It was stopped, or leaves the cluster and has no run any more. */
  get #hasEnded(): boolean {
    return this.#isStopped || (this.#isStopping && this.#epoch === 0);
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
    this.#epoch = 0;
    this.#outbox.reset();
    this.#reader.close();
    this.#waiters.close();
  }

  #setState(state: RunState): void {
    if (state === this.#state || this.#isStopped) return;
    this.#state = state;
    this.#options.host.onState(state);
  }

  // Tools

  #statusOf({ name, epoch, isLive, wasFenced, position, version }: NodeState): NodeStatus {
    const isOwn = name === this.node;
    const now = this.#options.clock.elapsed();
    const isCut = isOwn ? this.#state === 'cut' : this.#lease.isSilent(name, now);
    const state = isLive ? (isCut ? 'cut' : 'live') : wasFenced ? 'fenced' : 'left';
    return { name, epoch, state, position: isOwn ? (this.#rules?.position ?? 0) : position, version };
  }

  #knownRules(): Rules {
    if (this.#rules === null) throw new Error('the log was not reached yet');
    return this.#rules;
  }

  #append(entry: LogEntry): void {
    const { log, seal } = this.#options;
    log.append(encode(entry, seal, this.#knownRules().logId));
  }

  #encodeCounted(n: number, proposals: readonly string[] | 'down'): Uint8Array {
    const { seal } = this.#options;
    const { logId, writableV } = this.#knownRules();
    const v = Math.max(writableV, this.#proposedV);
    const run = { node: this.node, epoch: this.#epoch };
    if (proposals === 'down') return encode({ kind: 'down', ...run, n }, seal, logId);
    return encodeBatch({ v, ...run, n }, proposals, seal, logId);
  }

  /** What is settled cannot be undone, so a bug in it must not end the reading. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#options.host.onError(error);
    }
  }
}
