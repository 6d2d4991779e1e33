/**
 * Confirms entries that come late. When a leader has lost its followers and another one takes over, nats-server 2.9 may
 * keep an entry of the former leader on its disk, and give it to readers, where the other servers have another one under
 * the same number. Such an entry was appended before the log stood still and comes after it. So an entry that comes later
 * than others did is compared with the one of the present leader, which counts.
 */

export interface LoggedEntry {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

export interface LateEntriesOptions {
  /** These entries as the leader of a majority has them; null for one that it has not yet. Rejects if that is unknown now. */
  readonly ask: (seqs: readonly number[]) => Promise<readonly (LoggedEntry | null)[]>;
  /** The leader has another entry under this number. */
  readonly onDifference: (seq: number) => void;
  readonly onEntry: (entry: LoggedEntry) => void;
  /** Milliseconds of the wall clock. Only its differences to the times of entries count. */
  readonly now?: () => number;
  readonly wait?: (ms: number) => Promise<void>;
}

/** An entry that took longer than the fastest one by this much is late. */
const LATE_MS = 1500;
/** The clocks of server and node drift apart, so an old minimum must not stay. */
const BASELINE_MS = 60_000;
/** So many entries are asked for at a time. */
const MAX_ASKED = 64;
const RETRY_MS = 200;

export class LateEntries {
  readonly #options: LateEntriesOptions;
  readonly #now: () => number;
  readonly #wait: (ms: number) => Promise<void>;
  #queue: LoggedEntry[] = [];
  #isRunning = false;
  #isClosed = false;
  /** The shortest time from the stamp of an entry to its arrival, by these clocks, and when it was seen. */
  #fastestMs = Number.POSITIVE_INFINITY;
  #fastestAt = 0;

  constructor(options: LateEntriesOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#wait = options.wait ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
  }

  /** Takes the next entry: hands it on at once, or after it was confirmed. */
  take(entry: LoggedEntry): void {
    const isLate = this.#isLate(entry);
    if (this.#queue.length === 0 && !isLate) {
      this.#options.onEntry(entry);
      return;
    }
    this.#queue.push(entry);
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  /** Hands on nothing more. */
  close(): void {
    this.#isClosed = true;
    this.#queue = [];
  }

  #isLate({ at }: LoggedEntry): boolean {
    const now = this.#now();
    const tookMs = now - at;
    // Where old entries are read, each is faster than the one before: none is late.
    const isLate = tookMs > this.#fastestMs + LATE_MS;
    const isOld = now - this.#fastestAt > BASELINE_MS || now < this.#fastestAt;
    if (tookMs <= this.#fastestMs || (isOld && !isLate)) [this.#fastestMs, this.#fastestAt] = [tookMs, now];
    return isLate;
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#queue.slice(0, MAX_ASKED);
      const confirmed = await this.#confirmed(group);
      if (this.#isClosed) break;
      this.#queue.splice(0, confirmed.length);
      for (const entry of confirmed) this.#options.onEntry(entry);
      if (confirmed.length < group.length) await this.#wait(RETRY_MS);
    }
    this.#isRunning = false;
  }

  /** The first ones of these entries that could be confirmed, as the leader has them. */
  async #confirmed(group: readonly LoggedEntry[]): Promise<LoggedEntry[]> {
    const answers = await this.#options.ask(group.map(({ seq }) => seq)).catch(() => []);
    const confirmed: LoggedEntry[] = [];
    for (const [index, entry] of group.entries()) {
      const answer = answers[index] ?? null;
      if (answer === null) break;
      const isSame = Buffer.compare(entry.bytes, answer.bytes) === 0;
      if (!isSame && !this.#isClosed) this.#options.onDifference(entry.seq);
      confirmed.push(isSame ? entry : answer);
    }
    return confirmed;
  }
}
