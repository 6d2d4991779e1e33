/** Reads the messages that a query of a room's history asks for: next to a message or a time, or between two. */
import type { Bound, HistoryQuery } from '../command.js';
import type { Message } from '../message.js';
import type { HistoryStore } from '../ports.js';

type Readable = Pick<HistoryStore, 'read' | 'idAt'>;

/** With so many messages a time, and so often, messages that are left out are made up for. */
const LEAST_READ = 200;
const MOST_READS = 5;

/** A history without empty lines. Others take their place: a page without any would look like the end. */
export function withoutEmpty(history: HistoryStore): Readable {
  return {
    idAt: (room, at, which) => history.idAt(room, at, which),
    read: (room, range) => {
      const { keep, limit } = range;
      let { after, before } = range;
      let kept: readonly Message[] = [];
      for (let reads = 0; reads < MOST_READS && kept.length < limit; reads++) {
        const count = reads === 0 ? limit : LEAST_READ;
        const read = history.read(room, { after, before, limit: count, keep });
        const found = read.filter(({ text }) => text !== '');
        kept = keep === 'newest' ? [...found, ...kept].slice(-limit) : [...kept, ...found].slice(0, limit);
        if (read.length < count) break;
        if (keep === 'newest') before = read[0]?.id ?? before;
        else after = read.at(-1)?.id ?? after;
      }
      return kept;
    },
  };
}

/** Messages with ids below `before`, oldest first. @throws if they cannot be read */
export function messagesFor(
  history: Readable,
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
