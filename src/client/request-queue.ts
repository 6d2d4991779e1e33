/**
 * The requests of the user that the server has not confirmed, in the order in which they were typed. Messages are sent
 * in batches, a command alone. After a lost connection the queue decides which requests are sent again.
 */
import type { Text } from '../core/text/text.js';
import { pasteCommand } from './paste.js';
import type { Reply } from './request-channel.js';
import type { OwnMessage, ShownMessages } from './shown-messages.js';
import type { SessionEvent, Unsent } from './session-event.js';

type QueuedRequest =
  /** `own` is empty until the message is sent. */
  | { readonly kind: 'say'; readonly text: Text; shown: boolean; own: readonly OwnMessage[] }
  /** Several lines that are stored together. */
  | { readonly kind: 'paste'; readonly lines: readonly Text[]; shown: boolean; own: readonly OwnMessage[] }
  | { readonly kind: 'dm'; readonly to: Text; readonly text: Text; shown: boolean; sent: boolean }
  | { readonly kind: 'command'; readonly line: Text; sent: boolean }
  | { readonly kind: 'quit' };

/** How many messages were answered, and how many of these were refused. */
export interface Confirmed {
  readonly answered: number;
  readonly refused: number;
}

/** What is sent next. */
export type NextRequest =
  | { readonly kind: 'messages'; readonly lines: readonly string[] }
  | { readonly kind: 'command'; readonly line: Text }
  | { readonly kind: 'quit' };

const MAX_QUEUED = 500;
/** Messages before a fence: a server takes this many at once without slowing the client. */
const MAX_BATCH = 20;
/** Half of what makes a server close the connection: 64 KiB without a line end. */
const MAX_TEXT_BYTES = 32 * 1024;

export class RequestQueue {
  readonly #onEvent: (event: SessionEvent) => void;
  #waiting: QueuedRequest[] = [];
  /** Sent, and not confirmed yet. */
  #inFlight: readonly QueuedRequest[] = [];

  constructor(onEvent: (event: SessionEvent) => void) {
    this.#onEvent = onEvent;
  }

  get length(): number {
    return this.#waiting.length + this.#inFlight.length;
  }

  get messageCount(): number {
    const requests = [...this.#inFlight, ...this.#waiting];
    return requests.filter(({ kind }) => kind === 'say' || kind === 'dm' || kind === 'paste').length;
  }

  /** Whether this text may be queued. If not, an event says why. */
  accepts(text: string): boolean {
    const isTooLong = Buffer.byteLength(text) > MAX_TEXT_BYTES;
    const why = this.length >= MAX_QUEUED ? 'too-many' : isTooLong ? 'too-long' : null;
    if (why !== null) this.#reportUnsent(text, why);
    return why === null;
  }

  /** Queues a message to the room; `shown` if the user sees it already. */
  say(text: Text, shown: boolean): void {
    this.#waiting.push({ kind: 'say', text, shown, own: [] });
  }

  /** Queues lines that fit into one PASTE. */
  paste(lines: readonly Text[], shown: boolean): void {
    this.#waiting.push({ kind: 'paste', lines, shown, own: [] });
  }

  dm(to: Text, text: Text, shown: boolean): void {
    this.#waiting.push({ kind: 'dm', to, text, shown, sent: false });
  }

  command(line: Text): void {
    this.#waiting.push({ kind: 'command', line, sent: false });
  }

  /** Ends the queue: everything before it is sent first. */
  quit(): void {
    this.#waiting.push({ kind: 'quit' });
  }

  /** Takes the next request, which is in flight until it is confirmed. Null if none is queued. */
  next(memory: ShownMessages): NextRequest | null {
    const [first] = this.#waiting;
    if (first === undefined) return null;
    if (first.kind === 'quit') return { kind: 'quit' };
    if (first.kind === 'command') {
      this.#inFlight = this.#waiting.splice(0, 1);
      first.sent = true;
      return { kind: 'command', line: first.line };
    }
    // An ERR does not name its message: a direct message and a paste are sent alone, so that theirs is known.
    const end = this.#waiting.findIndex(({ kind }) => kind !== 'say');
    const count = Math.max(1, end === -1 ? this.#waiting.length : end);
    this.#inFlight = this.#waiting.splice(0, Math.min(MAX_BATCH, count));
    return { kind: 'messages', lines: this.#inFlight.flatMap((request) => this.#linesOf(request, memory)) };
  }

  /** The command in flight was answered. */
  confirmCommand(): void {
    this.#inFlight = [];
  }

  /** The messages in flight were answered: with nothing, with OK, or with an ERR for each one that was refused. */
  confirmMessages(replies: readonly Reply[], memory: ShownMessages): Confirmed {
    const requests = this.#inFlight;
    this.#inFlight = [];
    const refusals = replies.filter((reply) => reply.kind === 'err');
    const [only, ...more] = requests;
    const isAlone = more.length === 0;
    for (const request of requests) {
      if (request.kind !== 'say' && request.kind !== 'paste') continue;
      for (const own of request.own) {
        if (refusals.length > 0 && isAlone) memory.forgetOwn(own);
        else own.stored = true;
      }
    }
    const about = isAlone && only !== undefined ? describe(only) : null;
    const to = isAlone && only?.kind === 'dm' ? only.to : null;
    for (const { code } of refusals) this.#onEvent({ kind: 'refused', code, about, to });
    return { answered: requests.length, refused: Math.min(refusals.length, requests.length) };
  }

  /** The connection is lost: what was in flight waits again, in front of everything else. */
  requeueInFlight(): void {
    this.#waiting = [...this.#inFlight, ...this.#waiting];
    this.#inFlight = [];
  }

  /**
   * Drops the requests that were in flight when the connection was lost, except messages that the history does not
   * contain. `isHistoryComplete` is false if messages may be missing from what was read of the history.
   */
  dropSent(memory: ShownMessages, isHistoryComplete: boolean): void {
    this.#waiting = this.#waiting.filter((request) => this.#mustSend(request, memory, isHistoryComplete));
  }

  /** Drops the messages for a room that was left or never entered: another room must not get them. */
  dropRoomMessages(): void {
    this.#waiting = this.#waiting.filter((request) => {
      if (request.kind !== 'say' && request.kind !== 'paste') return true;
      this.#reportUnsent(describe(request), 'elsewhere');
      return false;
    });
  }

  #linesOf(request: QueuedRequest, memory: ShownMessages): readonly string[] {
    switch (request.kind) {
      case 'say':
        this.#showOnce(request, null, [request.text]);
        request.own = [memory.addOwn(request.text)];
        return [`MSG ${request.text}`];
      case 'paste':
        this.#showOnce(request, null, request.lines);
        request.own = request.lines.map((line) => memory.addOwn(line));
        return pasteCommand(request.lines);
      case 'dm':
        this.#showOnce(request, request.to, [request.text]);
        request.sent = true;
        return [`DM ${request.to} ${request.text}`];
      default:
        return [];
    }
  }

  #showOnce(request: { shown: boolean }, to: Text | null, lines: readonly Text[]): void {
    if (!request.shown) for (const text of lines) this.#onEvent({ kind: 'own', to, text, waiting: false });
    request.shown = true;
  }

  /** Of the requests that were in flight, only a message to the room can be looked up in the history. */
  #mustSend(request: QueuedRequest, memory: ShownMessages, isHistoryComplete: boolean): boolean {
    switch (request.kind) {
      case 'say':
      case 'paste':
        if (request.own.length === 0) return true;
        if (request.own.some(({ stored }) => stored)) return false;
        if (!isHistoryComplete) this.#reportUnsent(describe(request), 'unconfirmed');
        for (const own of request.own) memory.forgetOwn(own);
        request.own = [];
        return isHistoryComplete;
      case 'dm':
        if (request.sent) this.#reportUnsent(`${request.to}: ${request.text}`, 'unconfirmed');
        return !request.sent;
      case 'command':
        if (request.sent) this.#reportUnsent(request.line, 'unconfirmed');
        return !request.sent;
      case 'quit':
        return true;
      default:
        return request satisfies never;
    }
  }

  #reportUnsent(what: string, why: Unsent): void {
    this.#onEvent({ kind: 'unsent', what, why });
  }
}

/** A request as a user recognises it in a warning. */
function describe(request: QueuedRequest): string {
  switch (request.kind) {
    case 'paste':
      return `${request.lines[0] ?? ''} … (${request.lines.length} lines)`;
    case 'command':
      return request.line;
    case 'quit':
      return 'QUIT';
    default:
      return request.text;
  }
}
