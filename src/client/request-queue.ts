/**
 * The requests of the user that the server has not confirmed, in the order in which they were typed. Messages are sent
 * in batches, everything else alone. After a lost connection the queue decides which requests are sent again.
 */
import type { Text } from '../core/text/text.js';
import { pasteCommand } from './paste.js';
import type { Answer, Command } from './request-channel.js';
import type { Room, Rooms } from './rooms.js';
import { withoutSecrets } from './secrets.js';
import type { SessionEvent, Unsent } from './session-event.js';
import type { OwnMessage } from './shown-messages.js';

/** To a room. `own` is empty until the message is sent. */
interface RoomMessage {
  readonly kind: 'say' | 'paste';
  readonly room: Room;
  /** Several for a paste: they are stored together. */
  readonly lines: readonly Text[];
  shown: boolean;
  own: readonly OwnMessage[];
}

interface DirectMessage {
  readonly kind: 'dm';
  readonly to: Text;
  readonly text: Text;
  shown: boolean;
  sent: boolean;
}

interface QueuedCommand {
  readonly kind: 'command';
  readonly line: Text;
  /** The room in which the user typed it; null if none was shown. */
  readonly room: Room | null;
  sent: boolean;
}

type Message = RoomMessage | DirectMessage;

/** A change of the rooms that the session is in. */
export interface RoomChange {
  readonly kind: 'enter' | 'leave';
  readonly room: Room;
}

type QueuedRequest = Message | QueuedCommand | RoomChange | { readonly kind: 'quit' };

/** How many lines of messages were answered, and how many of these were refused. */
export interface Confirmed {
  readonly answered: number;
  readonly refused: number;
}

/** What is sent next. */
export type NextRequest =
  | { readonly kind: 'messages'; readonly commands: readonly Command[] }
  | { readonly kind: 'command'; readonly line: Text; readonly room: Room | null }
  | RoomChange
  | { readonly kind: 'quit' };

const MAX_QUEUED = 500;
/** Messages before the client waits: a server takes this many, each with a PING, without slowing the client. */
const MAX_BATCH = 20;
/** Half of what makes a server close the connection: 64 KiB without a line end. */
const MAX_TEXT_BYTES = 32 * 1024;

export class RequestQueue {
  readonly #rooms: Rooms;
  readonly #onEvent: (event: SessionEvent) => void;
  #waiting: QueuedRequest[] = [];
  /** Sent, and not confirmed yet. */
  #inFlight: readonly QueuedRequest[] = [];

  constructor(rooms: Rooms, onEvent: (event: SessionEvent) => void) {
    this.#rooms = rooms;
    this.#onEvent = onEvent;
  }

  get length(): number {
    return this.#waiting.length + this.#inFlight.length;
  }

  get messageCount(): number {
    return [...this.#inFlight, ...this.#waiting].filter(isMessage).length;
  }

  /** The lines of these messages: a paste has several. */
  get lineCount(): number {
    return linesOf([...this.#inFlight, ...this.#waiting].filter(isMessage));
  }

  /** The room of the last queued change, or null. On a server with one room at a time, every change enters a room. */
  get lastEntered(): Room | null {
    const requests = [...this.#inFlight, ...this.#waiting];
    return requests.findLast(isChange)?.room ?? null;
  }

  /** Whether this text may be queued. If not, an event says why. */
  accepts(text: string, room: Room | null): boolean {
    const isTooLong = Buffer.byteLength(text) > MAX_TEXT_BYTES;
    const why = this.length >= MAX_QUEUED ? 'too-many' : isTooLong ? 'too-long' : null;
    if (why !== null) this.#reportUnsent(text, room, why);
    return why === null;
  }

  /** Queues a message to a room; `shown` if the user sees it already. */
  say(room: Room, text: Text, shown: boolean): void {
    this.#waiting.push({ kind: 'say', room, lines: [text], shown, own: [] });
  }

  /** Queues lines that fit into one PASTE. */
  paste(room: Room, lines: readonly Text[], shown: boolean): void {
    this.#waiting.push({ kind: 'paste', room, lines, shown, own: [] });
  }

  dm(to: Text, text: Text, shown: boolean): void {
    this.#waiting.push({ kind: 'dm', to, text, shown, sent: false });
  }

  command(line: Text, room: Room | null): void {
    this.#waiting.push({ kind: 'command', line, room, sent: false });
  }

  change(change: RoomChange): void {
    this.#waiting.push(change);
  }

  /** Ends the queue: everything before it is sent first. */
  quit(): void {
    this.#waiting.push({ kind: 'quit' });
  }

  /** Takes the next request, which is in flight until it is confirmed. Null if none is queued. */
  next(): NextRequest | null {
    const [first] = this.#waiting;
    if (first === undefined) return null;
    if (isMessage(first)) return { kind: 'messages', commands: this.#nextMessages() };
    if (first.kind === 'quit') return first;
    this.#inFlight = this.#waiting.splice(0, 1);
    if (first.kind === 'command') first.sent = true;
    return first;
  }

  /** The command or the change in flight was answered. */
  confirm(): void {
    this.#inFlight = [];
  }

  /** The messages in flight were answered: each one that was refused has an ERR in its answer. */
  confirmMessages(answers: readonly Answer[]): Confirmed {
    const messages = this.#inFlight.filter(isMessage);
    this.#inFlight = [];
    let refused = 0;
    for (const [index, message] of messages.entries()) {
      const end = answers[index]?.find(({ kind }) => kind === 'ok' || kind === 'err');
      if (end?.kind === 'err') {
        refused += linesOf([message]);
        this.#refuse(message, end.code);
      } else if (message.kind === 'dm') {
        if (end?.kind === 'ok' && end.isKept) this.#onEvent({ kind: 'kept', to: message.to });
      } else {
        for (const own of message.own) own.stored = true;
        const [own] = message.own;
        // A paste has a range of ids, in which not every id need be one of its lines.
        if (message.kind === 'say' && own !== undefined && end?.kind === 'ok') own.id = end.id;
      }
    }
    return { answered: linesOf(messages), refused };
  }

  /**
   * The connection is lost: what was in flight waits again, in front of everything else. The changes of rooms are
   * dropped: the next login enters the rooms as they are then.
   */
  requeueInFlight(): void {
    this.#waiting = [...this.#inFlight, ...this.#waiting].filter((request) => !isChange(request));
    this.#inFlight = [];
  }

  /**
   * Drops the requests that were in flight when the connection was lost, except messages that the history does not
   * contain; and the messages for rooms that the session is not in any more. `incomplete` are the rooms whose history may
   * have a gap.
   */
  dropSent(incomplete: ReadonlySet<Room>): void {
    this.#waiting = this.#waiting.filter((request) => this.#mustSend(request, incomplete));
  }

  /** Drops the messages for a room that was left or never entered: another room must not get them. */
  dropMessagesTo(room: Room): void {
    this.#waiting = this.#waiting.filter((request) => {
      if (!('lines' in request) || request.room !== room) return true;
      this.#reportUnsent(describe(request), null, 'elsewhere');
      return false;
    });
  }

  /** An own message is shown once: at the latest when it is sent. */
  #nextMessages(): readonly Command[] {
    const end = this.#waiting.findIndex((request) => !isMessage(request));
    const batch = this.#waiting.splice(0, Math.min(MAX_BATCH, end === -1 ? this.#waiting.length : end));
    const messages = batch.filter(isMessage);
    this.#inFlight = messages;
    return messages.map((message): Command => {
      this.#showOnce(message);
      if (message.kind === 'dm') {
        message.sent = true;
        return { lines: [`DM ${message.to} ${message.text}`] };
      }
      const { kind, lines, room } = message;
      message.own = lines.map((line) => room.shown.addOwn(line));
      return { lines: kind === 'say' ? [`MSG ${lines[0] ?? ''}`] : pasteCommand(lines), room: room.name };
    });
  }

  #showOnce(message: Message): void {
    const isDirect = message.kind === 'dm';
    const [room, to] = isDirect ? [null, message.to] : [message.room.name, null];
    if (!message.shown)
      for (const text of isDirect ? [message.text] : message.lines)
        this.#onEvent({ kind: 'own', room, to, text, waiting: false });
    message.shown = true;
  }

  #refuse(message: Message, code: string): void {
    const isDirect = message.kind === 'dm';
    if (!isDirect) for (const own of message.own) message.room.shown.forgetOwn(own);
    const [room, to] = isDirect ? [null, message.to] : [message.room.name, null];
    this.#onEvent({ kind: 'refused', room, code, about: describe(message), to });
  }

  /** Of the requests that were in flight, only a message to a room can be looked up in the history. */
  #mustSend(request: QueuedRequest, incomplete: ReadonlySet<Room>): boolean {
    switch (request.kind) {
      case 'say':
      case 'paste':
        return this.#mustSendToRoom(request, !incomplete.has(request.room));
      case 'dm':
        if (request.sent) this.#reportUnsent(`${request.to}: ${request.text}`, null, 'unconfirmed');
        return !request.sent;
      case 'command':
        if (request.sent) this.#reportUnsent(withoutSecrets(request.line), request.room, 'unconfirmed');
        return !request.sent;
      case 'enter':
      case 'leave':
      case 'quit':
        return true;
      default:
        return request satisfies never;
    }
  }

  #mustSendToRoom(message: RoomMessage, isHistoryComplete: boolean): boolean {
    const { room, own } = message;
    if (own.some(({ stored }) => stored)) return false;
    if (!this.#rooms.has(room)) {
      this.#reportUnsent(describe(message), null, own.length === 0 ? 'elsewhere' : 'unconfirmed');
      return false;
    }
    if (own.length === 0) return true;
    if (!isHistoryComplete) this.#reportUnsent(describe(message), room, 'unconfirmed');
    for (const one of own) room.shown.forgetOwn(one);
    message.own = [];
    return isHistoryComplete;
  }

  #reportUnsent(what: string, room: Room | null, why: Unsent): void {
    this.#onEvent({ kind: 'unsent', room: room?.name ?? null, what, why });
  }
}

function isMessage(request: QueuedRequest): request is Message {
  return request.kind === 'say' || request.kind === 'paste' || request.kind === 'dm';
}

function isChange(request: QueuedRequest): request is RoomChange {
  return request.kind === 'enter' || request.kind === 'leave';
}

function linesOf(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + (message.kind === 'dm' ? 1 : message.lines.length), 0);
}

/** A message as a user recognises it in a warning. */
function describe(message: Message): string {
  if (message.kind === 'dm') return message.text;
  const { kind, lines } = message;
  return kind === 'say' ? (lines[0] ?? '') : `${lines[0] ?? ''} … (${lines.length} lines)`;
}
