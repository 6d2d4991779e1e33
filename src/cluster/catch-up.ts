/** Reads the log to its end, and checks that it is the one that was read before: it may be another, or have lost its end. */
import { checkLog } from './log-check.js';
import type { LogReader } from './reader.js';
import type { ReplicaOptions } from './replica-options.js';
import { type ExitCode, Rules } from './rules.js';
import type { Waiters } from './waiters.js';

/** A log that seems to have lost entries is asked again after this time. */
const RECHECK_MS = 2000;

export interface CatchUpOptions extends Pick<
  ReplicaOptions,
  'clock' | 'data' | 'leaseMs' | 'log' | 'newName' | 'rules' | 'saved' | 'seal'
> {
  readonly reader: Pick<LogReader, 'noteLast' | 'open'>;
  readonly waiters: Waiters;
  /** How long to wait before the next attempt. */
  readonly retryMs: (attempt: number) => number;
  readonly isCommitting: () => boolean;
  readonly hasEnded: () => boolean;
  /** This server cannot go on. */
  readonly fail: (exitCode: ExitCode, sentence: string) => void;
  readonly onError: (error: unknown) => void;
}

export class CatchUp {
  readonly #options: CatchUpOptions;
  /** Null until the log was reached for the first time. */
  rules: Rules | null = null;
  #isChecking = false;
  /** By the monotonic clock. */
  #checkedAt = Number.NEGATIVE_INFINITY;

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  /** Reads everything that the log holds now. False if the server stops instead. */
  async reachEnd(): Promise<boolean> {
    const { reader, waiters, retryMs, isCommitting, hasEnded, leaseMs } = this.#options;
    for (let attempt = 0; !hasEnded(); attempt++) {
      const rules = this.rules ?? (await this.#makeRules());
      const last = rules === null || hasEnded() ? null : await this.#check(rules);
      if (rules === null || last === null) {
        await waiters.pause(retryMs(attempt));
        continue;
      }
      reader.noteLast(last);
      reader.open(rules.position);
      // Checked again now and then: the end may be lost meanwhile.
      const isAtEnd = () => rules.position >= last && !isCommitting();
      if (await waiters.until(() => hasEnded() || isAtEnd(), leaseMs)) break;
    }
    return !hasEnded();
  }

  /** Checks the log, unless that is being done. */
  recheck(): void {
    if (this.rules === null || this.#isChecking || this.#options.hasEnded()) return;
    this.#isChecking = true;
    this.#check(this.rules)
      .catch((error: unknown) => this.#options.onError(error))
      .finally(() => {
        this.#isChecking = false;
      });
  }

  /** Checks the log once a lease. */
  recheckIfDue(now: number): void {
    if (now - this.#checkedAt >= this.#options.leaseMs) this.recheck();
  }

  /** The state that was stored, or that of a server which was in no cluster. Null while the log cannot be reached. */
  async #makeRules(): Promise<Rules | null> {
    const { log, saved, data, seal, newName, hasEnded, fail } = this.#options;
    const make = this.#options.rules ?? Rules;
    if (saved === null) {
      const id = await log.ends().then(
        (ends) => ends.id,
        () => null,
      );
      if (id === null || hasEnded()) return null;
      const base = data.isEmpty ? '' : newName();
      this.rules = make.begin({ logId: id, base, lastId: data.lastId, lastAt: data.lastAt });
    } else {
      this.rules = restored(make, saved.state);
    }
    if (this.rules === null) {
      fail(
        4,
        'the state of the cluster in the data directory is damaged: copy a backup of another server (partyline ' +
          'backup) here, and start again',
      );
      return null;
    }
    const problem = this.rules.keyProblem(seal.keyId);
    if (problem !== null) fail(2, problem);
    return this.rules;
  }

  /** The last entry of the log; null if it cannot be reached, or if this server stops because it is another one. */
  async #check(rules: Rules): Promise<number | null> {
    const { log, clock, waiters, hasEnded, fail } = this.#options;
    this.#checkedAt = clock.elapsed();
    const { logId, position, digest } = rules;
    let check = await checkLog(log, { logId, position, digest });
    if (check.kind === 'shorter') {
      await waiters.pause(RECHECK_MS);
      check = await checkLog(log, { logId, position, digest });
      // What was read meanwhile shows that the answer was old.
      if (check.kind === 'shorter' && rules.position !== position) return null;
    }
    if (hasEnded() || check.kind === 'unreachable') return null;
    if (check.kind === 'same') return check.last;
    fail(4, check.sentence);
    return null;
  }
}

function restored(make: Pick<typeof Rules, 'fromRow'>, state: string): Rules | null {
  try {
    return make.fromRow(state);
  } catch {
    return null;
  }
}
