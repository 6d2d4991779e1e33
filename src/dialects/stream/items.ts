/**
 * What the streams over HTTP show of an event: `sse`, `ndjson` and `text` differ only in how they write it. With presence
 * they also show joins, leaves and topics.
 */
import type { HubEvent } from '../../core/event.js';
import type { Message } from '../../core/message.js';
import type { CloseReason } from '../../core/reasons.js';

export type StreamItem =
  | { readonly kind: 'message'; readonly message: Message }
  | {
      readonly kind: 'joined' | 'left';
      readonly at: number;
      readonly room: string;
      readonly name: string;
    }
  | {
      readonly kind: 'topic';
      readonly at: number;
      readonly room: string;
      readonly name: string;
      readonly topic: string;
    }
  /** Messages are gone from the history: those from `id` to `lastId`. `room`: '' for direct messages. */
  | {
      readonly kind: 'deleted';
      readonly at: number;
      readonly room: string;
      readonly name: string;
      readonly id: number;
      readonly lastId: number;
      /** '' for none. */
      readonly reason: string;
    }
  /** The server closes the stream, for this reason. */
  | { readonly kind: 'end'; readonly reason: string }
  | { readonly kind: 'keepalive' };

const NOTHING: readonly StreamItem[] = [];

export function itemsOf(event: HubEvent, hasPresence: boolean): readonly StreamItem[] {
  switch (event.kind) {
    case 'said':
      return [{ kind: 'message', message: event.message }];
    case 'history':
      return event.messages.map((message) => ({ kind: 'message', message }));
    case 'joined':
    case 'left':
      return hasPresence ? [{ kind: event.kind, at: event.at, room: event.room, name: event.name }] : NOTHING;
    case 'notice': {
      const { at, notice } = event;
      if (!hasPresence || notice.kind !== 'topic-set') return NOTHING;
      return [{ kind: 'topic', at, room: notice.room, name: notice.by, topic: notice.topic }];
    }
    case 'deleted':
    case 'direct-deleted': {
      const { at, by, id, count, reason } = event;
      const room = event.kind === 'deleted' ? event.room : '';
      return [{ kind: 'deleted', at, room, name: by.name, id, lastId: id + count - 1, reason }];
    }
    case 'closing': {
      const reason = END_REASONS[event.why];
      return reason === null ? NOTHING : [{ kind: 'end', reason }];
    }
    case 'heartbeat':
      return [{ kind: 'keepalive' }];
    default:
      // Answers to commands, which a stream cannot send, and news of users of the server as a whole.
      return NOTHING;
  }
}

/** Null where the client has ended the stream. */
const END_REASONS: Record<CloseReason, string | null> = {
  quit: null,
  left: null,
  lost: null,
  idle: 'idle',
  'login-timeout': 'login-timeout',
  'login-refused': 'login-refused',
  'login-banned': 'banned',
  'too-many-attempts': 'too-many-attempts',
  'logged-in-elsewhere': 'logged-in-elsewhere',
  'token-revoked': 'revoked',
  'access-revoked': 'revoked',
  kicked: 'kicked',
  'put-out': 'kicked',
  banned: 'banned',
  barred: 'banned',
  'too-slow': 'too-slow',
  'endless-line': 'endless-line',
  'bad-frame': 'bad-frame',
  'not-utf8': 'not-utf8',
  'message-too-long': 'message-too-long',
  'http-request': 'http-request',
  'server-full': 'server-full',
  'too-many-connections': 'too-many-connections',
  'tls-required': 'tls-required',
  locked: 'locked',
  shutdown: 'shutdown',
  'cut-off': 'cut-off',
  'internal-error': 'internal-error',
};
