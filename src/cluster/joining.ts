/**
 * How a server gets a run: it reads the log to its end, makes sure that no other live server has its name, and appends
 * an `up` until that comes back.
 */
import type { Clock } from '../core/ports.js';
import type { LogEntry, SharedSettings } from './batch.js';
import type { Lease } from './lease.js';
import type { ExitCode, Rules, Verdict } from './rules.js';
import { MAX_V } from './versions.js';
import type { Waiters } from './waiters.js';

const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 4000;
/** How many signs of life a live server of the same name would give while its name is looked for. */
const LOOK_SIGNS = 2;

export interface JoiningOptions {
  readonly node: string;
  readonly settings: SharedSettings | null;
  readonly version: string;
  /** The newest run of this name is one of this server's data. */
  readonly ownsName: boolean;
  readonly clock: Clock;
  readonly lease: Lease;
  readonly waiters: Waiters;
  readonly newName: () => string;
  /** A number from 0 to below 1. */
  readonly random: () => number;
  /** Reads everything that the log holds now. False if the server stops instead. */
  readonly reachEnd: () => Promise<boolean>;
  /** Stores the name of this server, and the state. */
  readonly store: () => Promise<void>;
  readonly append: (entry: LogEntry) => void;
  readonly rules: () => Rules;
  readonly hasStopped: () => boolean;
  readonly fail: (exitCode: ExitCode, sentence: string) => void;
}

type Refused = Extract<Verdict, { kind: 'refused' }>;

export class Joining {
  readonly #options: JoiningOptions;
  #ownsName: boolean;
  /** Names the run that is to begin, or that began; null while there is none. */
  #nonce: string | null = null;
  #hasBegun = false;
  /** Names the last run, which is over for this server and perhaps not for the others. */
  #lostNonce: string | null = null;
  /** Another process began a run under this name while this one tried to. */
  #isOvertaken = false;
  #refusal: Refused | null = null;

  constructor(options: JoiningOptions) {
    this.#options = options;
    this.#ownsName = options.ownsName;
  }

  /** Whether a run with this nonce is the one of this server. */
  isOwn(nonce: string): boolean {
    return nonce === this.#nonce;
  }

  /** A run of this server's name began. */
  onUp(nonce: string): void {
    if (this.isOwn(nonce)) {
      this.#hasBegun = true;
      this.#ownsName = true;
    } else {
      this.#isOvertaken = true;
    }
  }

  onRefused(refusal: Refused): void {
    if (this.isOwn(refusal.nonce)) this.#refusal = refusal;
  }

  /** The run is over. */
  end(): void {
    this.#lostNonce = this.#nonce;
    this.#nonce = null;
  }

  failForName(): void {
    const { node, settings, fail } = this.#options;
    const advice = settings === null ? 'stop it first' : 'set NODE_NAME to another name here';
    fail(2, `another server of the cluster is named ${node}: ${advice}`);
  }

  /** Resolves when a run began, or the server stops. */
  async join(): Promise<void> {
    const { hasStopped, reachEnd, store } = this.#options;
    do {
      if (!(await reachEnd())) return;
      if (await this.#isNameTaken()) return;
      // Before the run: a restart must know the data that it brought in, and that the name is its own.
      await store();
    } while (!hasStopped() && !(await this.#begin()));
  }

  /** Delays of 0.25 s that double up to 4 s, random between half and the whole. */
  retryMs(attempt: number): number {
    const longest = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt);
    return longest * (0.5 + this.#options.random() / 2);
  }

  /**
   * Whether another live server has this name: its run gives signs of life. That is looked at even where the data says
   * that the run is its own, since the data may be a copy of that of a live server. A process that was killed may have
   * appended something that arrives only now, so one sign of life is not enough.
   */
  async #isNameTaken(): Promise<boolean> {
    const { node, rules, lease, waiters, hasStopped } = this.#options;
    const before = rules().node(node);
    // The run that this process has just lost does not count as another server's.
    if (before?.isLive !== true || before.nonce === this.#lostNonce) return false;
    const ownMs = LOOK_SIGNS * lease.aliveEveryMs;
    const maxMs = this.#ownsName ? ownMs : lease.cutAfterMs + lease.aliveEveryMs;
    for (let signs = 0; signs < 2; signs++) {
      if (signs > 0) await waiters.pause(lease.aliveEveryMs);
      if (!(await this.#hearsNamesake(maxMs))) return hasStopped();
    }
    this.failForName();
    return true;
  }

  /** Whether the run of this name gives a sign of life within some time. A time in which the log stood still says nothing. */
  async #hearsNamesake(maxMs: number): Promise<boolean> {
    const { node, rules, clock, lease, waiters, hasStopped, reachEnd } = this.#options;
    const lastSeq = rules().node(node)?.lastSeq;
    const isHeard = () => {
      const now = rules().node(node);
      return now?.isLive === true && now.lastSeq !== lastSeq;
    };
    for (;;) {
      await waiters.until(() => hasStopped() || isHeard(), maxMs);
      const askedAt = clock.elapsed();
      if (hasStopped() || isHeard()) return !hasStopped();
      if (!(await reachEnd())) return false;
      if (isHeard()) return true;
      if (clock.elapsed() - askedAt <= lease.aliveEveryMs) return false;
    }
  }

  /** Appends an `up` until it comes back. False if all has to be done anew. */
  async #begin(): Promise<boolean> {
    const { waiters, lease, rules, hasStopped } = this.#options;
    const nonce = (this.#nonce = this.#options.newName());
    this.#hasBegun = false;
    this.#isOvertaken = false;
    this.#refusal = null;
    /** Where the servers that it differs from were when that was known first. */
    let refusedAt: ReadonlyMap<string, number> | null = null;
    for (let attempt = 0; !hasStopped(); attempt++) {
      this.#appendUp(nonce);
      const isAnswered = () => this.#hasBegun || this.#isOvertaken || this.#refusal !== null;
      await waiters.until(isAnswered, this.retryMs(attempt));
      if (this.#hasBegun) return true;
      if (this.#isOvertaken) {
        this.#ownsName = false;
        return false;
      }
      const refusal = this.#takeRefusal();
      if (refusal === null) continue;
      refusedAt ??= new Map(refusal.others.map((name) => [name, rules().node(name)?.lastSeq ?? 0]));
      if (refusedAt.size === 0 || this.#isAnyHeard(refusedAt)) {
        this.#options.fail(2, refusal.sentence);
        return true;
      }
      // They may all be dead: then they are fenced, and have no say any more.
      await waiters.pause(lease.aliveEveryMs);
    }
    return true;
  }

  #appendUp(nonce: string): void {
    const { append, node, rules, settings, version } = this.#options;
    const former = rules().node(node)?.epoch ?? 0;
    append({ kind: 'up', node, former, nonce, base: rules().base, settings, maxV: MAX_V, version });
  }

  #takeRefusal(): Refused | null {
    const refusal = this.#refusal;
    this.#refusal = null;
    return refusal;
  }

  /** Whether any of these servers is live, and gave a sign of life since. */
  #isAnyHeard(seen: ReadonlyMap<string, number>): boolean {
    return [...seen].some(([name, lastSeq]) => {
      const node = this.#options.rules().node(name);
      return node?.isLive === true && node.lastSeq !== lastSeq;
    });
  }
}
