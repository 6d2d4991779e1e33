/** Whether a room has messages: those of the next commit count, and those that it deletes do not. */
import type { HistoryStore } from '../core/ports.js';
import type { Message } from '../core/message.js';

/** In most rooms, one of so many stays. */
const MESSAGES_PER_READ = 16;

interface NextCommit {
  readonly messages: readonly Message[];
  readonly deleted: ReadonlySet<number>;
}

export function hasMessages(
  history: Pick<HistoryStore, 'idAt' | 'lastId' | 'read'>,
  room: string,
  since: number,
  { messages, deleted }: NextCommit,
): boolean {
  const counts = ({ id, at }: Message) => at >= since && !deleted.has(id);
  if (messages.some((message) => message.room.fold === room && counts(message))) return true;
  const before = history.lastId() + 1;
  const newest = history.read(room, { after: 0, before, limit: MESSAGES_PER_READ, keep: 'newest' });
  if (newest.some(counts)) return true;
  if (newest.length < MESSAGES_PER_READ) return false;
  let after = since === Number.NEGATIVE_INFINITY ? 0 : history.idAt(room, since, 'first') - 1;
  while (after < before) {
    const page = history.read(room, { after, before, limit: MESSAGES_PER_READ, keep: 'oldest' });
    if (page.some(counts)) return true;
    after = page.at(-1)?.id ?? before;
  }
  return false;
}
