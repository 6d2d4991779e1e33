/** The tags in front of INFO lines: for programs, so that they need not parse the sentence behind them. */
import type { HubEvent, Notice } from '../../core/event.js';
import type { CloseReason } from '../../core/reasons.js';
import { isoTime } from '../shared/iso-time.js';

/** What has happened, in the tag `event`. */
type EventWord =
  | 'join'
  | 'leave'
  | 'quit'
  | 'login'
  | 'rename'
  | 'away'
  | 'topic'
  | 'lock'
  | 'unlock'
  | 'say'
  | 'delete'
  | 'put-out'
  | 'invite'
  | 'kick'
  | 'ban'
  | 'idle'
  | 'logged-in-elsewhere'
  | 'too-slow'
  | 'revoked'
  | 'cut-off'
  | 'shutdown';

/** The tags of an INFO line beside its time, in the order in which they are written. */
export interface InfoTags {
  readonly room?: string | undefined;
  readonly event?: EventWord | undefined;
  /** The user that it happened to. */
  readonly user?: string | undefined;
  /** The operator who did it. */
  readonly by?: string | undefined;
  /** The new name of a user. */
  readonly to?: string | undefined;
  /** The message that it is about. */
  readonly id?: number | undefined;
  /** The last line of the paste whose first line is `id`. */
  readonly last?: number | undefined;
  /** The user is back: `event=away` stands for both. */
  readonly back?: 1 | undefined;
}

/** Names hold neither spaces nor semicolons, so every value is written as it is. */
export function infoTags(at: number, { room, event, id, user, by, to, last, back }: InfoTags): string {
  let tags = `@time=${isoTime(at)}`;
  if (room !== undefined) tags += `;room=${room}`;
  if (event !== undefined) tags += `;event=${event}`;
  if (id !== undefined) tags += `;id=${id}`;
  if (user !== undefined) tags += `;user=${user}`;
  if (by !== undefined) tags += `;by=${by}`;
  if (to !== undefined) tags += `;to=${to}`;
  if (last !== undefined) tags += `;last=${last}`;
  if (back !== undefined) tags += `;back=${back}`;
  return tags;
}

export function noticeTags(notice: Notice): InfoTags {
  switch (notice.kind) {
    case 'renamed':
      return { event: 'rename', user: notice.from, to: notice.to };
    case 'topic-set':
      return { event: 'topic', user: notice.by };
    case 'locked':
      return { event: 'lock', user: notice.by };
    case 'unlocked':
      return { event: 'unlock', user: notice.by };
  }
}

/** Of the last line before the server closes the connection. */
export function closingTags({ why, name, by }: Extract<HubEvent, { kind: 'closing' }>): InfoTags {
  const event = CLOSING_EVENTS[why] ?? undefined;
  if (event === undefined) return {};
  return { event, user: name ?? undefined, by: by === '' ? undefined : by };
}

/** Null: the end is told by an ERR line, by nothing, or is a fault of the server. */
const CLOSING_EVENTS: Record<CloseReason, EventWord | null> = {
  quit: 'quit',
  left: null,
  lost: null,
  idle: 'idle',
  'login-timeout': null,
  'login-refused': null,
  'login-banned': null,
  'too-many-attempts': null,
  'logged-in-elsewhere': 'logged-in-elsewhere',
  'token-revoked': 'revoked',
  'access-revoked': 'revoked',
  kicked: 'kick',
  'put-out': 'put-out',
  banned: 'ban',
  barred: null,
  'too-slow': 'too-slow',
  'endless-line': null,
  'bad-frame': null,
  'not-utf8': null,
  'message-too-long': null,
  'http-request': null,
  'server-full': null,
  'too-many-connections': null,
  'tls-required': null,
  shutdown: 'shutdown',
  'cut-off': 'cut-off',
  locked: null,
  'internal-error': null,
};
