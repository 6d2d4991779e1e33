/**
 * The text of events that `lines` shows as an INFO line and GoTalk as a line of the system, so that a new one needs no
 * change to their formatters. MaChat shows none of them.
 */
import type { HubEvent, Notice } from '../../core/event.js';

/** Whether only interactive sessions get the notice: programs get SocketChat's bytes. */
export function isForPeople(notice: Notice): boolean {
  return notice.kind !== 'renamed';
}

export function noticeText(notice: Notice): string {
  switch (notice.kind) {
    case 'renamed':
      return `${notice.from} is now ${notice.to}`;
    case 'topic-set':
      return topicChange(notice.by, notice.room, notice.topic);
    case 'locked':
      return `${notice.by} locked ${notice.room}`;
    case 'unlocked':
      return `${notice.by} unlocked ${notice.room}`;
  }
}

export function putOutText({ room, by, reason }: Extract<HubEvent, { kind: 'put-out' }>): string {
  return `put out of ${room} by ${by.name}${reason === '' ? '' : `: ${reason}`}`;
}

/** `join`: the command as the reader types it. */
export function invitationText({ room, by }: Extract<HubEvent, { kind: 'invited' }>, join: string): string {
  return `you are invited to ${room} by ${by.name}: ${join} ${room}`;
}

/** Without a text the topic was removed. */
export function topicChange(by: string, room: string, topic: string): string {
  return topic === '' ? `${by} removed the topic of ${room}` : `${by} set the topic of ${room}: ${topic}`;
}
