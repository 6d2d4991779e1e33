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
  history: Pick<HistoryStore, 'countBetween' | 'lastId' | 'read'>,
  room: string,
  { messages, deleted }: NextCommit,
): boolean {
  const stays = ({ id }: Message) => !deleted.has(id);
  if (messages.some((message) => message.room.fold === room && stays(message))) return true;
  let before = history.lastId() + 1;
  const hasStored = history.countBetween(room, 0, before, 1) > 0;
  if (!hasStored || deleted.size === 0) return hasStored;
  for (;;) {
    const page = history.read(room, { after: 0, before, limit: MESSAGES_PER_READ, keep: 'newest' });
    if (page.some(stays)) return true;
    if (page[0] === undefined) return false;
    before = page[0].id;
  }
}
