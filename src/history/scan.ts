/** Searches messages that are not indexed by reading them, newest first. */
import type { Search } from '../core/ports.js';
import type { HistoryRange, Message, SearchQuery } from '../core/message.js';
import { hasWords } from '../core/text/search-words.js';
import type { TimeBudget } from './time-budget.js';

/** Messages read in one step: even the longest take only a few milliseconds. */
const MESSAGES_PER_READ = 64;

export interface ScanQuery extends SearchQuery {
  /** Only ids above this one are read. */
  readonly after: number;
}

/** Returns the matches, oldest first; yields when the time budget is spent. */
export function* scan(
  read: (range: HistoryRange) => readonly Message[],
  { words, after, before, limit }: ScanQuery,
  budget: TimeBudget,
): Search {
  const found: Message[] = [];
  let end = before;
  while (words.length > 0 && found.length < limit) {
    if (budget.isSpent) {
      yield;
      continue;
    }
    const page = budget.spendOn(() => {
      const messages = read({ after, before: end, limit: MESSAGES_PER_READ, keep: 'newest' });
      const matching = messages.filter(({ text }) => hasWords(text, words));
      found.unshift(...matching.slice(Math.max(0, matching.length - (limit - found.length))));
      return messages;
    });
    if (page[0] === undefined || page.length < MESSAGES_PER_READ) break;
    end = page[0].id;
  }
  return found;
}
