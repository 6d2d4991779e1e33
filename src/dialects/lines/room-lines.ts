/** The lines of ROOMS, and of ROOMS ALL, whose rooms are described by tags. */
import type { HubEvent, RoomDetails } from '../../core/event.js';

export function roomLines({ rooms, last }: Extract<HubEvent, { kind: 'rooms' }>): string {
  const lines = rooms.map(({ name, members, details }) => `${tagsOf(details)}ROOM ${name} ${members}\n`);
  return `${lines.join('')}${last ? 'OK\n' : ''}`;
}

/** Only the topic may hold any character, so it alone is encoded. */
function tagsOf(details: RoomDetails | null): string {
  if (details === null) return '';
  const { lastId, topic, isLocked, isMine, readId } = details;
  const tags = [
    ...(lastId === null ? [] : [`last=${lastId}`]),
    ...(topic === null ? [] : [`topic=${encodeURIComponent(topic)}`]),
    ...(isLocked ? ['locked=1'] : []),
    ...(isMine ? ['mine=1'] : []),
    ...(readId === null ? [] : [`read=${readId}`]),
  ];
  return tags.length === 0 ? '' : `@${tags.join(';')} `;
}
