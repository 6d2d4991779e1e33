/**
 * The text of events that `lines` shows as an INFO line and GoTalk as a line of the system, so that a new one needs no
 * change to their formatters. MaChat shows a message to members with a status, and none of the others.
 */
import type { Signal } from '../../core/command.js';
import type { HubEvent, Notice } from '../../core/event.js';
import { unstyledText } from '../../core/text/styles.js';

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

/** A message to the members of a room with a status, in words; null for what IRC alone shows. */
export function statusMessage({ by, to, status, signal }: Extract<HubEvent, { kind: 'signal' }>): {
  readonly whom: string;
  readonly text: string;
} | null {
  if (status === null || !isMessage(signal)) return null;
  const text = unstyledText(signal.text);
  return {
    whom: `the ${status === 'op' ? '@' : '@ and +'} of ${to}`,
    text: signal.kind === 'action' ? `* ${by.name} ${text}` : text,
  };
}

function isMessage({ kind }: Signal): boolean {
  return kind === 'message' || kind === 'action' || kind === 'notice';
}

/** Without a text the topic was removed. */
export function topicChange(by: string, room: string, topic: string): string {
  return topic === '' ? `${by} removed the topic of ${room}` : `${by} set the topic of ${room}: ${topic}`;
}
