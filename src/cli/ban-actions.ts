/** What `partyline ban` does to the bans in the data directory. */
import type { AccountStore } from '../accounts/account-store.js';
import type { Ban } from '../core/accounts.js';
import { cleanText, parseUserName } from '../core/text/text.js';
import { date, list, type ListOptions, type Result, usage } from './accounts.js';

/** The author of these bans in notices and in BANS. The name is reserved. */
const BY = 'server';
const MINUTE_MS = 60_000;
/** A hundred years, as for BAN. */
const MAX_MINUTES = 52_560_000;

export interface NewBan {
  readonly minutes?: string;
  readonly reason?: string;
  readonly force?: boolean;
}

export function listBans({ bans }: AccountStore, options: ListOptions): Result {
  const rows = bans
    .bans(Date.now())
    .map(({ shown, until, by, reason }) => [
      shown,
      until === Number.POSITIVE_INFINITY ? null : date(until),
      by,
      reason,
    ]);
  return list(['target', 'until', 'by', 'reason'], rows, options, 'permanent');
}

export function addBan(accounts: AccountStore, typed: string, until: number | null, options: NewBan): Result {
  const { kind, target, shown } = targetOf(accounts, typed);
  if (kind === 'banned-address' && options.force !== true && accounts.bans.holdsLoopback(target)) {
    throw usage(
      `cannot ban ${target}: it holds addresses of this machine, which local clients and proxies use; confirm with --force`,
    );
  }
  const ban = { kind, target, shown, until, by: BY, reason: cleanText(options.reason ?? '').trim() };
  accounts.changeFromOutside({ kind: 'add-ban', ban });
  return { out: `${shown} is banned ${until === null ? 'permanently' : `until ${date(until)}`}` };
}

export function removeBan(accounts: AccountStore, typed: string): Result {
  const { kind, target, shown } = targetOf(accounts, typed);
  if (!accounts.bans.has(kind, target))
    return { problem: `${shown} is not banned; partyline ban list prints the bans` };
  accounts.changeFromOutside({ kind: 'remove-ban', of: kind, target });
  return { out: `${shown} is no longer banned` };
}

/** An address or block, else a name, which need not be registered. */
function targetOf({ users, bans }: AccountStore, typed: string): Pick<Ban, 'kind' | 'target' | 'shown'> {
  const block = bans.blockOf(typed);
  if (block !== null) return { kind: 'banned-address', target: block, shown: block };
  const name = users.find(typed) ?? parseUserName(typed);
  if (name == null)
    throw usage(
      `invalid target ${JSON.stringify(cleanText(typed))}; give a user name, an address such as 192.0.2.7, or a block such as 192.0.2.0/24`,
    );
  return { kind: 'banned-name', target: name.fold, shown: name.shown };
}

/** Null for no end. */
export function endAfter(minutes: string | undefined): number | null {
  if (minutes === undefined) return null;
  const count = /^\d{1,8}$/.test(minutes) ? Number(minutes) : 0;
  if (count > 0 && count <= MAX_MINUTES) return Date.now() + count * MINUTE_MS;
  throw usage(
    `invalid --minutes ${JSON.stringify(cleanText(minutes))}; give a whole number from 1 to ${MAX_MINUTES}`,
  );
}
