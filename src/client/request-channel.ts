/**
 * Requests and replies over one connection. Each request is followed by a PING of its own: its replies end at the PONG,
 * so an ERR is known to belong to it. Only one request is open at a time, so the server never holds more than it has
 * answered. The channel also answers the server's PINGs, sends keepalives, and detects a dead connection.
 */
import type { Connect, LineConnection } from './connect.js';
import { parseServerLine, type ServerLine } from './server-line.js';

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Monotonic milliseconds. */
  elapsed(): number;
  after(ms: number, run: () => void): { cancel(): void };
}

/** A line that the server sends without a request. */
export type LiveLine = Extract<ServerLine, { kind: 'said' | 'told' | 'info' }>;

/** A line that answers a request. */
export type Reply = Exclude<ServerLine, LiveLine | { kind: 'ping' | 'pong' }>;

export interface ChannelListener {
  onOpen(): void;
  onLive(line: LiveLine): void;
  /** A reply without a request: an ERR before the server closes the connection. */
  onStray(reply: Reply): void;
  /** A request was answered and no other is open: the next one may be sent. */
  onIdle(): void;
  /** Called once, as the last call, with the replies to the open request so far. */
  onClose(problem: string | null, replies: readonly Reply[]): void;
}

/** Called at the PONG, with all replies before it. */
export type OnDone = (replies: readonly Reply[]) => void;

interface OpenRequest {
  readonly token: string;
  readonly replies: Reply[];
  readonly onDone: OnDone;
  readonly onReply: (reply: Reply) => void;
}

const CONNECT_TIMEOUT_MS = 15_000;
/** How long a request may go without a byte from the server. A password check may take 30 s. */
const REPLY_TIMEOUT_MS = 40_000;
/** A third of a server's default idle timeout, and less than its heartbeat interval. */
export const KEEPALIVE_MS = 20_000;
const CHECK_INTERVAL_MS = 5000;
/** More than any server sends to one request; bounds the memory that a hostile server can use. */
const MAX_REPLIES = 100_000;

export class RequestChannel {
  readonly #clock: Clock;
  readonly #listener: ChannelListener;
  readonly #connection: LineConnection;
  readonly #keepaliveMs: number;
  #check: { cancel(): void };
  #state: 'connecting' | 'open' | 'closed' = 'connecting';
  #request: OpenRequest | null = null;
  #requestCount = 0;
  #lastSentAt: number;
  #lastReceivedAt: number;

  /** Sends a PING after `keepaliveMs` in which nothing was sent; at the latest after one and a half times that. */
  constructor(connect: Connect, clock: Clock, listener: ChannelListener, keepaliveMs = KEEPALIVE_MS) {
    this.#clock = clock;
    this.#listener = listener;
    this.#keepaliveMs = keepaliveMs;
    this.#lastSentAt = this.#lastReceivedAt = clock.elapsed();
    this.#check = this.#scheduleCheck();
    this.#connection = connect({
      onOpen: () => {
        this.#state = 'open';
        this.#lastReceivedAt = clock.elapsed();
        listener.onOpen();
      },
      onLine: (line) => this.#onLine(line),
      onClose: (problem) => this.#end(problem),
    });
  }

  /** Whether a request is open. */
  get isBusy(): boolean {
    return this.#request !== null;
  }

  get sinceLastSentMs(): number {
    return this.#clock.elapsed() - this.#lastSentAt;
  }

  /** Sends the lines in one piece, and a PING behind them. `onReply` gets each reply as it arrives. Throws if busy. */
  request(lines: readonly string[], onDone: OnDone, onReply: (reply: Reply) => void = () => {}): void {
    if (this.#request !== null) throw new Error('a request is still open; wait until it is answered');
    const token = `fence-${++this.#requestCount}`;
    this.#request = { token, replies: [], onDone, onReply };
    this.#send([...lines, `PING ${token}`]);
  }

  /** Sends QUIT and closes. The listener is not called any more. */
  quit(): void {
    if (this.#state === 'open') this.#send(['QUIT']);
    this.#close();
  }

  #send(lines: readonly string[]): void {
    this.#lastSentAt = this.#clock.elapsed();
    this.#connection.send(lines);
  }

  #onLine(raw: string): void {
    if (this.#state !== 'open') return;
    this.#lastReceivedAt = this.#clock.elapsed();
    const line = parseServerLine(raw);
    if (line === null) return;
    switch (line.kind) {
      case 'ping':
        return this.#send(['PONG']);
      case 'pong':
        return this.#onPong(line.token);
      case 'said':
      case 'told':
      case 'info':
        return this.#listener.onLive(line);
      default:
        return this.#addReply(line);
    }
  }

  #addReply(reply: Reply): void {
    const request = this.#request;
    if (request === null) return this.#listener.onStray(reply);
    if (request.replies.length === MAX_REPLIES) return this.#end('too-many-replies');
    request.replies.push(reply);
    request.onReply(reply);
  }

  #onPong(token: string): void {
    const request = this.#request;
    if (request?.token !== token) return;
    this.#request = null;
    request.onDone(request.replies);
    if (this.#state === 'open' && this.#request === null) this.#listener.onIdle();
  }

  #checkTimeouts(): void {
    const now = this.#clock.elapsed();
    const silentMs = now - this.#lastReceivedAt;
    if (this.#state === 'connecting' && silentMs >= CONNECT_TIMEOUT_MS) return this.#end('timeout');
    const hasWaited = silentMs >= REPLY_TIMEOUT_MS && now - this.#lastSentAt >= REPLY_TIMEOUT_MS;
    if (this.#request !== null && hasWaited) return this.#end('timeout');
    if (this.#state === 'open' && this.#request === null && now - this.#lastSentAt >= this.#keepaliveMs)
      this.request([], () => {});
    this.#check = this.#scheduleCheck();
  }

  #scheduleCheck(): { cancel(): void } {
    return this.#clock.after(Math.min(CHECK_INTERVAL_MS, this.#keepaliveMs / 2), () => this.#checkTimeouts());
  }

  #end(problem: string | null): void {
    if (this.#state === 'closed') return;
    const replies = this.#request?.replies ?? [];
    this.#close();
    this.#listener.onClose(problem, replies);
  }

  #close(): void {
    this.#state = 'closed';
    this.#request = null;
    this.#check.cancel();
    this.#connection.close();
  }
}

/** The code of the first ERR, or null. */
export function refusalIn(replies: readonly Reply[]): string | null {
  return replies.find((reply) => reply.kind === 'err')?.code ?? null;
}
