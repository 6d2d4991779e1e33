/** Sends the queued requests over a channel, a batch at a time, and reports their answers. */
import type { Text } from '../core/text/text.js';
import { Backlog } from './backlog.js';
import { refusalIn, type RequestChannel } from './request-channel.js';
import type { RequestQueue } from './request-queue.js';
import type { RoomChanges } from './room-changes.js';
import type { Room } from './rooms.js';
import { withoutSecrets } from './secrets.js';
import type { SessionEvent } from './session-event.js';

/** What a command has changed of the next login. Null for what stays as it is. */
export interface LoginChange {
  readonly name: string | null;
  readonly password: string | null;
}

export interface SenderListener {
  /** A command was sent after which this may be the password of the name; null once it is answered. */
  onPasswordSent(password: string | null): void;
  onLoginChange(change: LoginChange): void;
}

/** Commands that are for a room, and may name it. WHO alone lists the users of the server. */
const ROOM_COMMANDS = new Set(['HISTORY', 'SEARCH', 'TOPIC', 'LOCK', 'UNLOCK', 'FOUND']);

export class RequestSender {
  readonly #queue: RequestQueue;
  readonly #changes: RoomChanges;
  readonly #onEvent: (event: SessionEvent) => void;
  readonly #listener: SenderListener;
  readonly #backlog = new Backlog();
  /** The number of notices so far. */
  #notices = 0;

  constructor(
    queue: RequestQueue,
    changes: RoomChanges,
    onEvent: (event: SessionEvent) => void,
    listener: SenderListener,
  ) {
    this.#queue = queue;
    this.#changes = changes;
    this.#onEvent = onEvent;
    this.#listener = listener;
  }

  /** Without labels, a notice that comes before the end of an answer belongs to it. */
  countNotice(): void {
    this.#notices += 1;
  }

  /** After a login: counts the lines that waited for it, if it is a reconnect. */
  startBacklog(isReturning: boolean): void {
    this.#backlog.start(isReturning ? this.#queue.lineCount : 0);
  }

  /** Sends what is next in the queue, if anything; `quit` if the user wants to leave now. */
  sendNext(channel: RequestChannel, followsRooms: boolean): 'sent' | 'quit' {
    while (!channel.isBusy) {
      const next = this.#queue.next();
      switch (next?.kind) {
        case undefined:
          return 'sent';
        case 'quit':
          return 'quit';
        case 'command':
          this.#sendCommand(channel, next.line, next.room);
          break;
        case 'enter':
        case 'leave':
          this.#changes.send(channel, next, followsRooms);
          break;
        case 'messages':
          channel.requestAll(next.commands, (answers) => {
            const confirmed = this.#queue.confirmMessages(answers);
            const count = this.#backlog.count(confirmed, this.#queue.lineCount) ?? 0;
            if (count > 0) this.#onEvent({ kind: 'resent', count });
            this.#onEvent({ kind: 'progress' });
          });
          break;
        default:
          next satisfies never;
      }
    }
    return 'sent';
  }

  #sendCommand(channel: RequestChannel, line: Text, typedIn: Room | null): void {
    const [verb = ''] = line.split(/\s+/, 1);
    const room = typedIn?.name ?? null;
    const noticesBefore = this.#notices;
    const command = { lines: [line], room: ROOM_COMMANDS.has(verb) ? room : null };
    const { password } = loginChangeBy(line);
    if (password !== null) this.#listener.onPasswordSent(password);
    channel.requestAll([command], ([replies = []]) => {
      this.#queue.confirm();
      if (password !== null) this.#listener.onPasswordSent(null);
      const code = refusalIn(replies);
      if (code === null) this.#remember(line, typedIn);
      else this.#onEvent({ kind: 'refused', room, code, about: withoutSecrets(line), to: null });
      const notices = this.#notices - noticesBefore;
      if (replies.some(({ kind }) => kind !== 'err'))
        this.#onEvent({ kind: 'answer', room, line, replies, notices });
      this.#onEvent({ kind: 'progress' });
    });
  }

  /** After a reconnect, the session needs the name, the password and the keys that the user has set since the login. */
  #remember(line: Text, room: Room | null): void {
    const change = loginChangeBy(line);
    if (change.name !== null || change.password !== null) this.#listener.onLoginChange(change);
    const [verb, key = ''] = line.split(/\s+/);
    if (verb === 'LOCK' && key !== '' && room !== null) room.key = key;
  }
}

/** What a command changes of the next login if it succeeds. */
function loginChangeBy(line: Text): LoginChange {
  const [verb, first = null, second = null] = line.split(/\s+/);
  if (verb === 'NICK') return { name: first, password: second };
  return { name: null, password: verb === 'REGISTER' ? first : verb === 'PASSWORD' ? second : null };
}
