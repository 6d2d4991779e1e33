/** Reads the messages that a query of a room's history asks for: next to a message or a time, or between two. */
import type { Bound, HistoryQuery } from '../command.js';
import type { Message } from '../message.js';
import type { HistoryStore } from '../ports.js';

/** Messages with ids below `before`, oldest first. @throws if they cannot be read */
export function messagesFor(
  history: HistoryStore,
  room: string,
  query: HistoryQuery,
  before: number,
): readonly Message[] {
  const { limit } = query;
  const newest = (after: number, end: number, count = limit) =>
    history.read(room, { after, before: Math.min(end, before), limit: count, keep: 'newest' });
  const oldest = (after: number, end: number, count = limit) =>
    history.read(room, { after, before: Math.min(end, before), limit: count, keep: 'oldest' });
  /** The id after which messages follow the bound, and the one before which they precede it. */
  const idAfter = (bound: Bound) => (bound.kind === 'id' ? bound.id : history.idAt(room, bound.at, 'last'));
  const idBefore = (bound: Bound) => (bound.kind === 'id' ? bound.id : history.idAt(room, bound.at, 'first'));
  switch (query.kind) {
    case 'latest':
      return newest(0, before);
    case 'after':
      return oldest(query.id, before);
    case 'before':
      return newest(0, query.id);
    case 'next-to':
      switch (query.way) {
        case 'after':
          return oldest(idAfter(query.bound), before);
        case 'newest-after':
          return newest(idAfter(query.bound), before);
        case 'before':
          return newest(0, idBefore(query.bound));
        case 'around': {
          // The message itself is the first of the later half.
          const middle = idBefore(query.bound);
          const earlier = newest(0, middle, Math.floor(limit / 2));
          return [...earlier, ...oldest(middle - 1, before, limit - earlier.length)];
        }
      }
      break;
    case 'between': {
      const isForward = idAfter(query.from) <= idAfter(query.to);
      return isForward
        ? oldest(idAfter(query.from), idBefore(query.to))
        : newest(idAfter(query.to), idBefore(query.from));
    }
  }
}
