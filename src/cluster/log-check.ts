/**
 * Whether the log is still the one that this server's data comes from. An engine may lose the log's tail, or be set up
 * anew: then the entries that were settled here are not those that the others settle, and this server must not go on.
 */
import { digestOf } from './batch.js';
import type { Log } from './log.js';

/** What this server settled last. */
export interface Place {
  readonly logId: string;
  readonly position: number;
  /** The SHA-256 of the entry at the position; empty at position 0. */
  readonly digest: string;
}

export type LogCheck =
  | { readonly kind: 'same'; readonly last: number }
  /** The log ends before the position. A server of the engine that is behind says so too: ask again. */
  | { readonly kind: 'shorter'; readonly sentence: string }
  | { readonly kind: 'other'; readonly sentence: string }
  | { readonly kind: 'unreachable' };

export async function checkLog(log: Log, { logId, position, digest }: Place): Promise<LogCheck> {
  try {
    const { first, last, id } = await log.ends();
    if (id !== logId)
      return other(`the cluster's log is another one (${id}) than this data comes from (${logId})`);
    if (first > position + 1)
      return other(
        `the cluster's log begins at entry ${first}, and this data ends at entry ${position}: copy a newer backup ` +
          `of another server (partyline backup) here, and start again`,
        false,
      );
    if (last < position)
      return {
        kind: 'shorter',
        sentence: advise(
          `the cluster's log lost entries: it ends at entry ${last}, and this data at ${position}`,
        ),
      };
    if (position === 0 || first > position) return { kind: 'same', last };
    const bytes = await log.at(position);
    // Discarded since the first question.
    if (bytes === null && (await log.ends()).first > position) return { kind: 'same', last };
    if (bytes === null || digestOf(bytes) !== digest)
      return other(`the cluster's log has another entry ${position} than this data comes from`);
    return { kind: 'same', last };
  } catch {
    return { kind: 'unreachable' };
  }
}

function other(problem: string, isAdvised = true): LogCheck {
  return { kind: 'other', sentence: isAdvised ? advise(problem) : problem };
}

function advise(problem: string): string {
  return (
    `${problem}: copy a backup of another server (partyline backup) here, or make this data the cluster's ` +
    `with partyline cluster adopt`
  );
}
