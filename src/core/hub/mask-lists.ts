/** Compares users with the lists of masks of a room. The matchers of a list are made once. */
import type { MaskEntry } from '../modes.js';
import { type MaskedUser, maskedText, Matcher } from '../text/mask.js';
import type { Session } from './session.js';

const MATCHERS = new WeakMap<MaskEntry, Matcher>();

/** What masks are compared with. */
export function maskedUser({ name, who }: Session): MaskedUser {
  return { fold: name?.fold ?? '', user: who.user, host: who.host };
}

/** Whether an entry matches the user. `isWanted` chooses among the entries. */
export function isListed(
  user: MaskedUser,
  entries: readonly MaskEntry[],
  isWanted: (entry: MaskEntry) => boolean = () => true,
): boolean {
  if (entries.length === 0) return false;
  const text = maskedText(user);
  return entries.some((entry) => isWanted(entry) && matcherOf(entry).matches(text));
}

function matcherOf(entry: MaskEntry): Matcher {
  let matcher = MATCHERS.get(entry);
  if (matcher === undefined) {
    matcher = new Matcher(entry.fold);
    MATCHERS.set(entry, matcher);
  }
  return matcher;
}
