/**
 * How a server gets a run: it reads the log to its end, makes sure that no other live server has its name, and appends
 * an `up` until that comes back.
 */
import { type LogEntry, MAX_V, type SharedSettings } from './batch.js';
import type { Lease } from './lease.js';
import type { ExitCode, Rules, Verdict } from './rules.js';
import type { Waiters } from './waiters.js';

const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 4000;

export interface JoiningOptions {
  readonly node: string;
  readonly settings: SharedSettings | null;
  readonly version: string;
  /** The newest run of this name is one of this server's data. */
  readonly ownsName: boolean;
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
    this.#nonce = null;
  }

  failForName(): void {
    const { node, fail } = this.#options;
    fail(2, `another server of the cluster is named ${node}: set NODE_NAME to another name here`);
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
   * Whether another live server has this name. A live run that is not one of this data is watched: if nothing comes of
   * it, it is a former run of a server whose data was replaced.
   */
  async #isNameTaken(): Promise<boolean> {
    const { node, rules, lease, waiters, hasStopped } = this.#options;
    const before = rules().node(node);
    if (this.#ownsName || before?.isLive !== true) return false;
    const { lastSeq } = before;
    const isHeard = () => {
      const now = rules().node(node);
      return now?.isLive === true && now.lastSeq !== lastSeq;
    };
    if (await waiters.until(() => hasStopped() || isHeard(), lease.cutAfterMs + lease.aliveEveryMs))
      if (!hasStopped()) this.failForName();
    return hasStopped();
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
