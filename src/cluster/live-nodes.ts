/**
 * Which nodes append to a log now. It needs no state of the rules, so it works on the log of another cluster too: what
 * `partyline cluster adopt` deletes must be in use by no node.
 */
import type { Clock } from '../core/ports.js';
import { decode } from './batch.js';
import type { Log } from './log.js';
import type { Seal } from './seal.js';

export interface ListenOptions {
  readonly log: Log;
  readonly seal: Seal;
  readonly leaseMs: number;
  readonly clock: Clock;
}

export interface Heard {
  /** Sorted. */
  readonly names: readonly string[];
  /** Entries that were not or cannot be read, and so name no node. */
  readonly unreadable: number;
}

/**
 * Listens for a quarter of the lease, in which each live node gives three signs of life. A log without an entry is in
 * use by no node. Rejects if the log cannot be reached.
 */
export async function listen({ log, seal, leaseMs, clock }: ListenOptions): Promise<Heard> {
  const { last, id } = await log.ends();
  const names = new Set<string>();
  let unreadable = 0;
  if (last === 0) return { names: [], unreadable };
  log.read(last, (_seq, _at, bytes) => {
    const read = decode(bytes, seal, id);
    if (read.kind !== 'entry') unreadable += 1;
    // A fence names a node that is silent; the one that appended it is heard by its signs of life.
    else if (read.entry.kind !== 'fence') names.add(read.entry.node);
  });
  await new Promise<void>((resolve) => {
    clock.after(leaseMs / 4, resolve);
  });
  // The reading may have begun late, or not at all.
  const grown = (await log.ends()).last - last;
  return {
    names: [...names].sort(),
    unreadable: names.size === 0 ? Math.max(unreadable, grown) : unreadable,
  };
}
