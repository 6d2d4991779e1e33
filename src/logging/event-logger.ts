/** Logs the hub's events, with SocketChat's tags. */
import type { CommandKind } from '../core/command.js';
import type { HubEvent } from '../core/event.js';
import type { ClientInfo, EventObserver } from '../core/ports.js';
import type { CloseReason } from '../core/reasons.js';
import { type Fields, type Logger, logEvent, type Tag } from './log-event.js';

export interface EventLoggerOptions {
  /** Whether the log contains the texts that users write. */
  readonly logText: boolean;
}

export class EventLogger implements EventObserver {
  readonly #log: Logger;
  readonly #logText: boolean;

  constructor(log: Logger, { logText }: EventLoggerOptions) {
    this.#log = log;
    this.#logText = logText;
  }

  onEvent(event: HubEvent, by: ClientInfo): void {
    switch (event.kind) {
      case 'said': {
        const { from, room, text } = event.message;
        this.#write('MSG', by, {
          user: from,
          from,
          room: room.shown,
          text: this.#logText ? text : undefined,
        });
        return;
      }
      case 'told':
        this.#write('DM', by, {
          user: event.from,
          from: event.from,
          to: event.to,
          text: this.#logText ? event.text : undefined,
        });
        return;
      case 'done': {
        const { kind, about, until, text } = event.action;
        if (kind === 'nick') {
          this.#write('NICK', by, { user: text, from: about, to: text });
          return;
        }
        this.#write(TAGS.get(kind) ?? 'ADMIN', by, {
          // As the user was called then: it may have another name since, or none.
          user: event.by.name === '' ? undefined : event.by.name,
          did: kind,
          about: about === '' ? undefined : about,
          until:
            until === undefined || until === Number.POSITIVE_INFINITY
              ? undefined
              : new Date(until).toISOString(),
          text: this.#logText && text !== '' ? text : undefined,
        });
        return;
      }
      case 'attached':
        this.#write('CONNECT', by, {});
        return;
      case 'logged-in':
        this.#write('LOGIN', by, { user: event.name, room: event.room === '' ? undefined : event.room });
        return;
      case 'joined':
        this.#write('JOIN', by, { user: event.name, room: event.room });
        return;
      case 'left':
        // The end of a session is logged as DISCONNECT, which names the room too.
        if (event.how === 'moved') this.#write('LEAVE', by, { user: event.name, room: event.room });
        return;
      case 'detached':
        this.#write('DISCONNECT', by, {
          user: by.name?.shown,
          room: event.room ?? undefined,
          why: WHY[event.why],
        });
        return;
      default:
        return;
    }
  }

  #write(tag: Tag, { peer, dialect }: ClientInfo, fields: Fields): void {
    logEvent(this.#log, tag, { ...fields, addr: peer, dialect });
  }
}

/** The field `why` of DISCONNECT. */
const WHY: Record<CloseReason, string> = {
  quit: 'quit',
  left: 'left',
  lost: 'connection lost',
  idle: 'idle',
  'login-timeout': 'no login in time',
  'login-refused': 'login refused',
  'login-banned': 'banned',
  'too-many-attempts': 'too many wrong passwords',
  'logged-in-elsewhere': 'logged in elsewhere',
  'token-revoked': 'token revoked',
  'access-revoked': 'access revoked',
  kicked: 'kicked',
  'put-out': 'put out of its room',
  banned: 'banned',
  barred: 'its address is banned',
  'too-slow': 'reading too slowly',
  'endless-line': 'line without an end',
  'bad-frame': 'invalid WebSocket frame',
  'not-utf8': 'text that is not UTF-8',
  'message-too-long': 'WebSocket message too long',
  'http-request': 'HTTP request',
  'server-full': 'server full',
  'too-many-connections': 'too many connections from its address',
  'tls-required': 'plain text, where only TLS is accepted',
  locked: 'its room was locked',
  shutdown: 'server shutting down',
  'cut-off': 'server cut off from the others',
  'internal-error': 'internal error',
};

/** The tags of actions on a user's own name and rooms. All other actions are those of operators. */
const TAGS: ReadonlyMap<CommandKind, Tag> = new Map<CommandKind, Tag>([
  ['register', 'ACCOUNT'],
  ['change-password', 'ACCOUNT'],
  ['unregister', 'ACCOUNT'],
  ['open-session', 'ACCOUNT'],
  ['close-session', 'ACCOUNT'],
  ['ignore', 'ACCOUNT'],
  ['unignore', 'ACCOUNT'],
  ['away', 'ACCOUNT'],
  ['authenticate', 'ACCOUNT'],
  ['describe', 'ACCOUNT'],
  ['delete-direct', 'ACCOUNT'],
  ['delete', 'ROOM'],
  ['lock', 'ROOM'],
  ['unlock', 'ROOM'],
  ['topic', 'ROOM'],
  ['mode', 'ROOM'],
  ['invite', 'ROOM'],
  ['put-out', 'ROOM'],
]);
