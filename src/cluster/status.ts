/**
 * What `partyline cluster status` prints: reads the log from where a data file stands, by the same rules as a server,
 * and waits until each live server has given a sign of life.
 */
import type { Clock } from '../core/ports.js';
import { decode } from './batch.js';
import type { Log } from './log.js';
import { Rules } from './rules.js';
import type { Seal } from './seal.js';

export interface NodeStatus {
  readonly name: string;
  readonly epoch: number;
  /** The last entry that it is known to have stored. */
  readonly position: number;
  /** Entries of the log after that one. */
  readonly lag: number;
  /** `fenced`: its run is over; it has stopped, or the others have ended it. */
  readonly state: 'live' | 'cut' | 'fenced';
  readonly version: string;
}

export interface StatusOptions {
  readonly log: Log;
  readonly seal: Seal;
  /** Rules.toRow of the data file. */
  readonly state: string;
  readonly leaseMs: number;
  readonly clock: Clock;
}

/** A sign of life is late by no more than this where all is well, as a part of the time after which a server is cut. */
const CHECK_MS = 20;

/** In the order of the names, without commands. Rejects if the log cannot be read to its end, or is another one. */
export async function readStatus({
  log,
  seal,
  state,
  leaseMs,
  clock,
}: StatusOptions): Promise<readonly NodeStatus[]> {
  const rules = Rules.fromRow(state);
  const { first, last: end, id } = await log.ends();
  if (id !== rules.logId) throw new Error('the data belongs to another cluster than the log');
  if (first > rules.position + 1) throw new Error('the data is older than the beginning of the log');
  const seen = new Set<string>();
  let last = end;
  let problem: string | null = null;
  log.read(rules.position, (seq, at, bytes) => {
    if (problem !== null || seq !== rules.position + 1) return;
    const read = decode(bytes, seal, rules.logId);
    const verdict = rules.apply(seq, at, read, seal.keyId);
    if (verdict.kind === 'stop') problem = verdict.sentence;
    // Signs of life from before this command began say nothing about now.
    if (seq > end && read.kind === 'entry' && read.entry.kind !== 'fence') seen.add(read.entry.node);
    last = Math.max(last, seq);
  });
  await new Promise<void>((resolve) => {
    const startedAt = clock.elapsed();
    const check = () => {
      const isOver = clock.elapsed() - startedAt > leaseMs / 4 && rules.position >= end;
      const isComplete = rules.position >= end && rules.liveServers().every(({ name }) => seen.has(name));
      if (problem !== null || isOver || isComplete) resolve();
      else clock.after(CHECK_MS, check);
    };
    check();
  });
  if (problem !== null) throw new Error(problem);
  const byName = rules.servers().toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return byName.map(({ name, epoch, position, isLive, version }) => ({
    name,
    epoch,
    position,
    lag: Math.max(0, last - position),
    state: isLive ? (seen.has(name) ? 'live' : 'cut') : 'fenced',
    version,
  }));
}
