/** Finds messages by reading them, the newest first: where there is no index, or not yet. */
import type { Search } from '../core/ports.js';
import type { HistoryRange, Message, SearchQuery } from '../core/message.js';
import { hasWords } from '../core/text/search-words.js';
import type { TimeBudget } from './time-budget.js';

/** Read at a time. The longest of messages take a few milliseconds. */
const MESSAGES_PER_READ = 64;

export interface ScanQuery extends SearchQuery {
  /** Ids up to this one are not looked at. */
  readonly after: number;
}

/** In steps; the last gives what was found, oldest first. */
export function* scan(
  read: (range: HistoryRange) => readonly Message[],
  { words, after, before, limit }: ScanQuery,
  budget: TimeBudget,
): Search {
  const found: Message[] = [];
  let end = before;
  while (words.length > 0 && found.length < limit) {
    if (budget.isOver) {
      yield;
      continue;
    }
    const piece = budget.spendOn(() => {
      const messages = read({ after, before: end, limit: MESSAGES_PER_READ, keep: 'newest' });
      const matching = messages.filter(({ text }) => hasWords(text, words));
      found.unshift(...matching.slice(Math.max(0, matching.length - (limit - found.length))));
      return messages;
    });
    if (piece[0] === undefined || piece.length < MESSAGES_PER_READ) break;
    end = piece[0].id;
  }
  return found;
}
