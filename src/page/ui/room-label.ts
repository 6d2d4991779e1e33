/** The accessible name of a room in the list, and counts as they are shown. */
import type { RoomInfo } from '../model/state.js';

const MAX_SHOWN = 99;

/** `dev`, `dev, 3 unread`, `dev, 3 unread, 1 mention`: it begins with the room. */
export function roomLabel({
  name,
  unread,
  hasMoreUnread,
  mentions,
  isLocked,
  hasDraft,
  problem,
}: RoomInfo): string {
  return [
    name,
    ...(unread > 0 ? [`${shownCount(unread, hasMoreUnread)} unread`] : []),
    ...(mentions > 0 ? [`${shownCount(mentions)} ${mentions === 1 ? 'mention' : 'mentions'}`] : []),
    ...(isLocked ? ['locked'] : []),
    ...(hasDraft ? ['draft'] : []),
    ...(problem !== null ? [problem] : []),
  ].join(', ');
}

export function shownCount(count: number, hasMore = false): string {
  return count > MAX_SHOWN ? `${MAX_SHOWN}+` : `${count}${hasMore ? '+' : ''}`;
}
