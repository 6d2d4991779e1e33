/**
 * Several servers of a cluster in one process, over a log in memory and under a manual clock. Each has a state machine
 * in the place of its hub, and a disk that outlives it. What no cluster may do is noted as a violation.
 */
import { decode, encode, type LogEntry } from '../../src/cluster/batch.js';
import { type MemoryConnection, MemoryLog } from '../../src/cluster/memory-log.js';
import { proposeOnce } from '../../src/cluster/propose-once.js';
import type { ReplicaHost, ReplicaRow, RunState } from '../../src/cluster/replica-host.js';
import type { ReplicaOptions } from '../../src/cluster/replica-options.js';
import { ReplicatedSequencer } from '../../src/cluster/replicated.js';
import { Rules } from '../../src/cluster/rules.js';
import { Seal } from '../../src/cluster/seal.js';
import type { Clock, Entry, Proposal } from '../../src/core/ports.js';
import { ManualClock } from '../support/manual-clock.js';

/** What the entries are settled in: a hub, or a model of one. */
export interface StateMachine {
  settle(entry: Entry): void;
  endSessions(node: string, epoch: number, at: number): void;
  forget(table: string, upTo: number): void;
  /** What is on the disk once the commit that has begun ends, as text from which `make` restores it. */
  save(): string;
  /** The sequencer of this run, before anything else is called. */
  attach?(sequencer: ReplicatedSequencer): void;
  /** The process is killed. */
  kill?(): void;
  /** Ends a pass of the event loop. */
  pass?(): Promise<void>;
  onState?(state: RunState): void;
  /** All since the last commit is to be stored. Nothing settles until `save`. */
  beginCommit?(): void;
}

export interface WorldOptions {
  readonly seed: number;
  /** Makes a state machine: an empty one, or one as it was saved. */
  readonly make: (saved: string | null, clock: ManualClock) => StateMachine;
  readonly names: readonly string[];
  readonly rules?: ReplicaOptions['rules'];
  readonly seal?: Seal;
  readonly settings?: (name: string) => Readonly<Record<string, string>>;
  /** A commit takes up to this long. */
  readonly maxCommitMs?: number;
  /** The data of servers that were in no cluster; without it they have none. */
  readonly data?: (name: string) => ReplicaOptions['data'];
}

export const LEASE_MS = 12_000;

export class ClusterWorld {
  readonly clock = new ManualClock();
  readonly log: MemoryLog;
  readonly servers: readonly TestServer[];
  readonly violations: string[] = [];
  readonly options: WorldOptions;
  readonly seal: Seal;
  readonly random: () => number;

  constructor(options: WorldOptions) {
    this.options = options;
    this.seal = options.seal ?? new Seal(null);
    this.random = randomOf(options.seed);
    this.log = new MemoryLog(this.clock, this.random, 'log-1');
    this.servers = options.names.map((name) => new TestServer(name, this));
  }

  server(name: string): TestServer {
    const server = this.servers.find((other) => other.name === name);
    if (server === undefined) throw new Error(`unknown server ${name}`);
    return server;
  }

  /** Lets time pass in steps, and with it what waits for promises. */
  async pass(ms: number, stepMs = 50): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.clock.advance(Math.min(stepMs, ms - passed));
      await promises();
      for (const server of this.servers) await server.endPass();
    }
  }

  /** Lets time pass until something is so; throws if it is not within `maxMs`. */
  async until(isSo: () => boolean, maxMs = 120_000): Promise<void> {
    for (let passed = 0; !isSo(); passed += 50) {
      if (passed > maxMs) throw new Error(`not so after ${maxMs} ms: ${isSo.toString()}`);
      await this.pass(50);
    }
  }

  /** All servers run, are connected and live, and have settled the same. */
  async calm(): Promise<void> {
    this.log.faults = { doubled: 0, dropped: 0, misread: 0, maxDelayMs: 0 };
    for (const server of this.servers) {
      server.resume();
      if (!server.isRunning) server.start();
      server.connection.heal();
    }
    await this.until(() => this.isCalm);
  }

  get isCalm(): boolean {
    return this.servers.every(({ state, sequencer, storedPosition }) => {
      const { unsettled, position } = sequencer.status();
      const entry = this.log.last - position;
      return state === 'live' && unsettled === 0 && entry < 10 && storedPosition > 0;
    });
  }

  /** The entries of the log, applied by the rules alone. */
  replay(onSettled: (verdict: ReturnType<Rules['apply']>) => void): Rules {
    const rules = Rules.begin({ logId: this.log.id, base: '', lastId: 0, lastAt: Number.NEGATIVE_INFINITY });
    for (let seq = 1; seq <= this.log.last; seq++) {
      const entry = this.log.entry(seq);
      if (entry === undefined) throw new Error('discarded');
      const read = decode(entry.bytes, this.seal, this.log.id);
      onSettled(rules.apply(seq, entry.at, read, this.seal.keyId));
    }
    return rules;
  }

  push(entry: LogEntry): void {
    this.log.push(encode(entry, this.seal, this.log.id));
  }
}

/** One server: what runs, and the disk that outlives it. */
export class TestServer implements ReplicaHost {
  name: string;
  readonly #world: ClusterWorld;
  #disk: { readonly row: ReplicaRow; readonly saved: string } | null = null;
  #clock: MortalClock;
  connection: MemoryConnection;
  sequencer: ReplicatedSequencer;
  machine: StateMachine;
  state: RunState = 'joining';
  readonly states: RunState[] = [];
  isRunning = false;
  isPaused = false;
  /** Another key than the other servers have. */
  seal: Seal | null = null;
  stopped: { readonly exitCode: number; readonly sentence: string } | null = null;
  readonly warnings: string[] = [];
  readonly errors: unknown[] = [];
  /** Own entries that were settled here and are not stored yet. */
  #unstored: Entry[] = [];
  #isCommitting = false;
  /** What was stored here after it came back: its author may be told. */
  readonly acknowledged: Entry[] = [];
  /** While set, commits do not end. */
  isDiskHeld = false;
  #heldCommits: (() => void)[] = [];
  storedPosition = 0;

  constructor(name: string, world: ClusterWorld) {
    this.name = name;
    this.#world = world;
    this.#clock = new MortalClock(world.clock);
    this.connection = world.log.connect();
    this.machine = world.options.make(null, world.clock);
    this.sequencer = this.#make();
    this.machine.attach?.(this.sequencer);
  }

  /** Ends a pass of the event loop of this process, unless it is stopped. */
  async endPass(): Promise<void> {
    if (this.isRunning && !this.isPaused) await this.machine.pass?.();
  }

  /** Starts the process, with what the disk has. */
  start(name = this.name): void {
    this.name = name;
    this.#clock.kill();
    this.machine.kill?.();
    this.isPaused = false;
    this.#clock = new MortalClock(this.#world.clock);
    this.connection = this.#world.log.connect();
    this.machine = this.#world.options.make(this.#disk?.saved ?? null, this.#world.clock);
    this.state = 'joining';
    this.stopped = null;
    this.isRunning = true;
    this.#unstored = [];
    this.#isCommitting = false;
    this.#heldCommits = [];
    this.sequencer = this.#make();
    this.machine.attach?.(this.sequencer);
    this.sequencer.start();
  }

  /** Kills the process. A commit that is under way is kept or lost; appends under way may still arrive. */
  crash(): void {
    this.#clock.kill();
    this.machine.kill?.();
    this.connection.crash();
    this.isRunning = false;
  }

  /** The process stops running, and knows nothing of it later. */
  pause(): void {
    if (!this.isRunning) return;
    this.isPaused = true;
    this.#clock.pause();
    this.connection.cut();
  }

  resume(): void {
    if (!this.isRunning) return;
    this.isPaused = false;
    this.connection.heal();
    this.#clock.resume();
  }

  /** Proposes a change if this server may: whether it did. */
  submit(make: (session: { node: string; epoch: number; no: number }) => Proposal, no = 1): boolean {
    if (!this.isRunning || this.state !== 'live') return false;
    const { node, epoch } = this.sequencer;
    this.sequencer.submit(make({ node, epoch, no }));
    return true;
  }

  /** Goes on with the data of another server: a restored backup. */
  copyDiskOf(other: TestServer): void {
    this.#disk = other.#disk;
  }

  settle(entry: Entry): void {
    this.#mustNotCommit('settle');
    this.machine.settle(entry);
    if ('session' in entry.proposal && entry.proposal.session.node === this.name) this.#unstored.push(entry);
  }

  endSessions(node: string, epoch: number, at: number): void {
    this.#mustNotCommit('endSessions');
    if (node === this.name && this.state === 'live' && this.sequencer.epoch === epoch)
      this.#violation(`the own run ${epoch} ended while it was live`);
    this.machine.endSessions(node, epoch, at);
  }

  forget(table: string, upTo: number): void {
    this.#mustNotCommit('forget');
    this.machine.forget(table, upTo);
  }

  commit(row: ReplicaRow, onStored: () => void): void {
    this.#mustNotCommit('commit');
    this.#isCommitting = true;
    const { machine } = this;
    machine.beginCommit?.();
    // Nothing settles meanwhile, so it is the same at the end of the commit as at its beginning.
    let text: string | null = null;
    const save = (): string => (text ??= machine.save());
    const settled = this.#unstored;
    this.#unstored = [];
    const clock = this.#clock;
    const delay = Math.floor(this.#world.random() * ((this.#world.options.maxCommitMs ?? 0) + 1));
    const store = (): void => {
      this.#isCommitting = false;
      this.#disk = { row, saved: save() };
      this.storedPosition = Rules.fromRow(row.state).position;
      this.acknowledged.push(...settled);
      onStored();
    };
    const run = (): void => {
      if (this.isDiskHeld) this.#heldCommits.push(store);
      else store();
    };
    // Half of the commits that a crash interrupts are on the disk, although no client was told.
    if (this.#world.random() < 0.5)
      clock.onKill(() => {
        if (this.#isCommitting) this.#disk = { row, saved: save() };
      });
    clock.after(delay, run);
  }

  releaseDisk(): void {
    this.isDiskHeld = false;
    for (const store of this.#heldCommits.splice(0)) store();
  }

  onState(state: RunState): void {
    this.state = state;
    this.states.push(state);
    this.machine.onState?.(state);
  }

  stop(exitCode: number, sentence: string): void {
    this.stopped = { exitCode, sentence };
    this.isRunning = false;
  }

  warn(sentence: string): void {
    this.warnings.push(sentence);
  }

  onError(error: unknown): void {
    this.errors.push(error);
    this.#violation(`an error: ${String(error)}`);
  }

  get storedRow(): ReplicaRow | null {
    return this.#disk?.row ?? null;
  }

  /** Another process, with the data of this server, proposes something beside it. */
  command(proposal: Proposal): Promise<void> {
    const { log, clock, random, seal } = this.#world;
    if (this.#disk === null) return Promise.reject(new Error('nothing is stored'));
    return proposeOnce(
      {
        log: log.connect(),
        seal,
        clock,
        random,
        newName: () => Math.floor(random() * 2 ** 48).toString(36),
        defer: (run) => {
          clock.after(0, run);
        },
        leaseMs: LEASE_MS,
        version: '1.0.0',
        saved: this.#disk.row,
        maxWaitMs: 20_000,
      },
      [proposal],
    );
  }

  /** Changes what is stored, as a fault of the disk would. */
  changeDisk(change: (state: string) => string): void {
    if (this.#disk === null) throw new Error('nothing is stored');
    const { row, saved } = this.#disk;
    this.#disk = { row: { ...row, state: change(row.state) }, saved };
  }

  #make(): ReplicatedSequencer {
    const { options, random } = this.#world;
    const seal = this.seal ?? this.#world.seal;
    return new ReplicatedSequencer({
      node: this.name,
      log: this.connection,
      seal,
      host: this,
      clock: this.#clock,
      random,
      newName: () => `${this.name}-${Math.floor(random() * 2 ** 48).toString(36)}`,
      defer: (run) => {
        this.#clock.after(0, run);
      },
      leaseMs: LEASE_MS,
      settings: options.settings?.(this.name) ?? {},
      version: '1.0.0',
      saved: this.#disk?.row ?? null,
      data: options.data?.(this.name) ?? { isEmpty: true, lastId: 0, lastAt: Number.NEGATIVE_INFINITY },
      ...(options.rules === undefined ? {} : { rules: options.rules }),
    });
  }

  #mustNotCommit(what: string): void {
    if (this.#isCommitting) this.#violation(`${what} during a commit`);
  }

  #violation(what: string): void {
    this.#world.violations.push(`${this.name}: ${what}`);
  }
}

/** The clock of a process, which can be killed and paused. */
class MortalClock implements Clock {
  readonly #clock: Clock;
  #isDead = false;
  #isPaused = false;
  #due: (() => void)[] = [];
  #onKill: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  elapsed(): number {
    return this.#clock.elapsed();
  }

  after(ms: number, run: () => void): { cancel(): void } {
    let isCancelled = false;
    const alarm = this.#clock.after(ms, () => {
      const runOnce = (): void => {
        if (!isCancelled) run();
      };
      if (this.#isDead) return;
      if (this.#isPaused) this.#due.push(runOnce);
      else run();
    });
    return {
      cancel: () => {
        isCancelled = true;
        alarm.cancel();
      },
    };
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    for (const run of this.#due.splice(0)) run();
  }

  onKill(run: () => void): void {
    this.#onKill = [run];
  }

  kill(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    for (const run of this.#onKill) run();
  }
}

/** Promises that were settled run what waits for them. */
async function promises(): Promise<void> {
  for (let pass = 0; pass < 12; pass++) await Promise.resolve();
}

/** Mulberry32: numbers from 0 to below 1, the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
