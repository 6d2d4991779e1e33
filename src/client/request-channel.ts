/**
 * Commands and their answers over one connection. Where the server has labels, each command gets one, and the server
 * puts it on every line of the answer. Elsewhere a PING follows each command, and the replies up to its PONG are the
 * answer. The channel also answers the server's PINGs, sends keepalives, and detects a dead connection.
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

/** A line that answers a command. Notices in an answer are known only by their label. */
export type Reply = Exclude<ServerLine, { kind: 'said' | 'told' | 'ping' | 'pong' }>;

/** All replies to one command. */
export type Answer = readonly Reply[];

export interface Command {
  /** One line, or several for a PASTE. */
  readonly lines: readonly string[];
  /** The room that the command is for, if it must be named. It is sent only where the server has labels. */
  readonly room?: string | null;
  /** The value with which LOGIN takes a name back, if any. */
  readonly resume?: string | null;
}

export interface ChannelListener {
  onOpen(): void;
  onLive(line: LiveLine): void;
  /** A reply without a request: an ERR before the server closes the connection. */
  onStray(reply: Reply): void;
  /** A command was answered and none is open: the next one may be sent. */
  onIdle(): void;
  /** Called once, as the last call, with the replies to the oldest open command so far. */
  onClose(problem: string | null, replies: Answer): void;
}

interface OpenRequest {
  readonly isOneLine: boolean;
  readonly replies: Reply[];
  readonly onDone: (answer: Answer) => void;
}

const CONNECT_TIMEOUT_MS = 15_000;
/** How long a command may go without a byte from the server. A password check may take 30 s. */
const REPLY_TIMEOUT_MS = 40_000;
/** A third of a server's default idle timeout, and less than its heartbeat interval. */
export const KEEPALIVE_MS = 20_000;
const CHECK_INTERVAL_MS = 5000;
/** More than any server sends to one command; bounds the memory that a hostile server can use. */
const MAX_REPLIES = 100_000;

export class RequestChannel {
  readonly #clock: Clock;
  readonly #listener: ChannelListener;
  readonly #connection: LineConnection;
  readonly #keepaliveMs: number;
  #check: { cancel(): void };
  #state: 'connecting' | 'open' | 'closed' = 'connecting';
  /** By label, or by the token of the PING; the oldest one first. */
  readonly #requests = new Map<string, OpenRequest>();
  #requestCount = 0;
  #usesLabels = false;
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

  /** Whether a command is open. */
  get isBusy(): boolean {
    return this.#requests.size > 0;
  }

  get usesLabels(): boolean {
    return this.#usesLabels;
  }

  get sinceLastSentMs(): number {
    return this.#clock.elapsed() - this.#lastSentAt;
  }

  /** From now on, commands get labels: the server has tags, and they are on. */
  useLabels(): void {
    this.#usesLabels = true;
  }

  /** Sends a command, given as its lines. */
  request(lines: readonly string[], onDone: (answer: Answer) => void): void {
    this.#send(this.#open({ lines }, onDone));
  }

  /** Sends commands in one piece. `onDone` gets their answers, in the same order, once all are there. */
  requestAll(commands: readonly Command[], onDone: (answers: readonly Answer[]) => void): void {
    const answers: Answer[] = commands.map(() => []);
    let unanswered = commands.length;
    if (unanswered === 0) return onDone([]);
    const lines = commands.flatMap((command, index) =>
      this.#open(command, (answer) => {
        answers[index] = answer;
        if (--unanswered === 0) onDone(answers);
      }),
    );
    this.#send(lines);
  }

  /** Sends QUIT and closes. The listener is not called any more. */
  quit(): void {
    if (this.#state === 'open') this.#send(['QUIT']);
    this.#close();
  }

  /** Returns the lines to send for a command. */
  #open({ lines, room = null, resume = null }: Command, onDone: (answer: Answer) => void): readonly string[] {
    const id = this.#usesLabels ? `${++this.#requestCount}` : `fence-${++this.#requestCount}`;
    this.#requests.set(id, { isOneLine: lines.length < 2, replies: [], onDone });
    if (!this.#usesLabels) return [...lines, `PING ${id}`];
    const [first = 'PING', ...more] = lines;
    const tags = `${room === null ? '' : `;room=${room}`}${resume === null ? '' : `;resume=${resume}`}`;
    return [`@label=${id}${tags} ${first}`, ...more];
  }

  #send(lines: readonly string[]): void {
    this.#lastSentAt = this.#clock.elapsed();
    this.#connection.send(lines);
  }

  #onLine(raw: string): void {
    if (this.#state !== 'open') return;
    this.#lastReceivedAt = this.#clock.elapsed();
    const received = parseServerLine(raw);
    if (received === null) return;
    const { label, line } = received;
    switch (line.kind) {
      case 'ping':
        return this.#send(['PONG']);
      case 'pong':
        return this.#complete(label ?? line.token);
      case 'said':
      case 'told':
        return this.#listener.onLive(line);
      case 'info':
        return label === null ? this.#listener.onLive(line) : this.#addReply(line, label);
      default:
        return this.#addReply(line, label);
    }
  }

  #addReply(reply: Reply, label: string | null): void {
    const id = this.#usesLabels ? (label ?? this.#idOfUnlabelled(reply)) : this.#oldest;
    const request = id === null ? undefined : this.#requests.get(id);
    if (id === null || request === undefined) return this.#onStray(reply);
    if (request.replies.length === MAX_REPLIES) return this.#end('too-many-replies');
    request.replies.push(reply);
    if (this.#usesLabels && (reply.kind === 'ok' || reply.kind === 'err')) this.#complete(id);
  }

  #onStray(reply: Reply): void {
    const isOfPaste = reply.kind === 'err' && reply.code === 'line-too-long' && this.isBusy;
    if (!isOfPaste) this.#listener.onStray(reply);
  }

  /**
   * A server does not read the label of a line that is too long; replies come in order, so it was the oldest command. Of
   * a PASTE with such a line the answer has its label nevertheless.
   */
  #idOfUnlabelled(reply: Reply): string | null {
    const [entry] = this.#requests;
    const isTooLong = reply.kind === 'err' && reply.code === 'line-too-long';
    return isTooLong && entry !== undefined && entry[1].isOneLine ? entry[0] : null;
  }

  /** The answer is complete. */
  #complete(id: string): void {
    const request = this.#requests.get(id);
    if (request === undefined) return;
    this.#requests.delete(id);
    request.onDone(request.replies);
    if (this.#state === 'open' && !this.isBusy) this.#listener.onIdle();
  }

  /** Without labels, a reply belongs to the oldest open command. */
  get #oldest(): string | null {
    const [oldest = null] = this.#requests.keys();
    return oldest;
  }

  #checkTimeouts(): void {
    const now = this.#clock.elapsed();
    const silentMs = now - this.#lastReceivedAt;
    if (this.#state === 'connecting' && silentMs >= CONNECT_TIMEOUT_MS) return this.#end('timeout');
    const hasWaited = silentMs >= REPLY_TIMEOUT_MS && now - this.#lastSentAt >= REPLY_TIMEOUT_MS;
    if (this.isBusy && hasWaited) return this.#end('timeout');
    if (this.#state === 'open' && !this.isBusy && now - this.#lastSentAt >= this.#keepaliveMs)
      this.request([], () => {});
    this.#check = this.#scheduleCheck();
  }

  #scheduleCheck(): { cancel(): void } {
    return this.#clock.after(Math.min(CHECK_INTERVAL_MS, this.#keepaliveMs / 2), () => this.#checkTimeouts());
  }

  #end(problem: string | null): void {
    if (this.#state === 'closed') return;
    const [oldest] = this.#requests.values();
    this.#close();
    this.#listener.onClose(problem, oldest?.replies ?? []);
  }

  #close(): void {
    this.#state = 'closed';
    this.#requests.clear();
    this.#check.cancel();
    this.#connection.close();
  }
}

/** The code of the first ERR, or null. */
export function refusalIn(replies: Answer): string | null {
  return replies.find((reply) => reply.kind === 'err')?.code ?? null;
}
