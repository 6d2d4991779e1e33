/**
 * Questions and answers over one connection. Each question is fenced by a PING of its own, so that its answers end at
 * the PONG, whatever they are, and an ERR is known to be about it. One question is open at a time: the far end is never
 * given more than it has answered. PINGs are answered, silence is filled, and a far end that has gone is noticed.
 */
import type { Connect, LineConnection } from './connect.js';
import { parseServerLine, type ServerLine } from './server-line.js';

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds that only grow. */
  elapsed(): number;
  after(ms: number, run: () => void): { cancel(): void };
}

/** What comes by itself. */
export type LiveLine = Extract<ServerLine, { kind: 'said' | 'told' | 'info' }>;

/** What answers a question. */
export type Reply = Exclude<ServerLine, LiveLine | { kind: 'ping' | 'pong' }>;

export interface PipelineListener {
  opened(): void;
  live(line: LiveLine): void;
  /** An answer that nothing was asked for: an ERR before the connection is closed. */
  stray(reply: Reply): void;
  /** A question was answered, and no other is open: the next may be asked. */
  settled(): void;
  /** Once, and nothing after it; with what the open question was answered so far. */
  closed(problem: string | null, replies: readonly Reply[]): void;
}

/** Called at the PONG, with all that was answered before it. */
export type Answered = (replies: readonly Reply[]) => void;

interface Question {
  readonly token: string;
  readonly replies: Reply[];
  readonly answered: Answered;
  readonly heard: (reply: Reply) => void;
}

const CONNECT_MS = 15_000;
/** So long without a byte, while something is asked, and the far end is taken for gone. A password may take it 30 s. */
const SILENCE_MS = 40_000;
/** A third of the idle timeout that servers have by default, and less than their heartbeat. */
export const KEEPALIVE_MS = 20_000;
const LOOK_MS = 5000;
/** More than any server has to say to one question; it bounds what a hostile one can make us keep. */
const MAX_REPLIES = 100_000;

export class RequestPipeline {
  readonly #clock: Clock;
  readonly #listener: PipelineListener;
  readonly #connection: LineConnection;
  readonly #keepaliveMs: number;
  #watch: { cancel(): void };
  #state: 'connecting' | 'open' | 'closed' = 'connecting';
  #question: Question | null = null;
  #questions = 0;
  #lastSentAt: number;
  #lastHeardAt: number;

  /** After `keepaliveMs` in which nothing was sent, the far end is sent a PING, half as long again later at most. */
  constructor(connect: Connect, clock: Clock, listener: PipelineListener, keepaliveMs = KEEPALIVE_MS) {
    this.#clock = clock;
    this.#listener = listener;
    this.#keepaliveMs = keepaliveMs;
    this.#lastSentAt = this.#lastHeardAt = clock.elapsed();
    this.#watch = this.#lookLater();
    this.#connection = connect({
      opened: () => {
        this.#state = 'open';
        this.#lastHeardAt = clock.elapsed();
        listener.opened();
      },
      heard: (line) => this.#hear(line),
      closed: (problem) => this.#end(problem),
    });
  }

  get isAsking(): boolean {
    return this.#question !== null;
  }

  /** How long nothing was sent, in milliseconds. */
  get silentMs(): number {
    return this.#clock.elapsed() - this.#lastSentAt;
  }

  /**
   * Sends the lines in one go, and a PING behind them. Only when nothing else is open. `heard` is told of each answer
   * as it comes.
   */
  ask(lines: readonly string[], answered: Answered, heard: (reply: Reply) => void = () => {}): void {
    if (this.#question !== null) throw new Error('one question at a time');
    const token = `fence-${++this.#questions}`;
    this.#question = { token, replies: [], answered, heard };
    this.#send([...lines, `PING ${token}`]);
  }

  /** Says goodbye and closes; the listener hears nothing more. */
  leave(): void {
    if (this.#state === 'open') this.#send(['QUIT']);
    this.#stop();
  }

  #send(lines: readonly string[]): void {
    this.#lastSentAt = this.#clock.elapsed();
    this.#connection.send(lines);
  }

  #hear(raw: string): void {
    if (this.#state !== 'open') return;
    this.#lastHeardAt = this.#clock.elapsed();
    const line = parseServerLine(raw);
    if (line === null) return;
    switch (line.kind) {
      case 'ping':
        return this.#send(['PONG']);
      case 'pong':
        return this.#fenced(line.token);
      case 'said':
      case 'told':
      case 'info':
        return this.#listener.live(line);
      default:
        return this.#take(line);
    }
  }

  #take(reply: Reply): void {
    const question = this.#question;
    if (question === null) return this.#listener.stray(reply);
    if (question.replies.length === MAX_REPLIES) return this.#end('too-many-replies');
    question.replies.push(reply);
    question.heard(reply);
  }

  /** The fence has come: the question is answered. */
  #fenced(token: string): void {
    const question = this.#question;
    if (question?.token !== token) return;
    this.#question = null;
    question.answered(question.replies);
    if (this.#state === 'open' && this.#question === null) this.#listener.settled();
  }

  #look(): void {
    const now = this.#clock.elapsed();
    const silentFor = now - this.#lastHeardAt;
    if (this.#state === 'connecting' && silentFor >= CONNECT_MS) return this.#end('timeout');
    if (this.#question !== null && silentFor >= SILENCE_MS && now - this.#lastSentAt >= SILENCE_MS)
      return this.#end('timeout');
    if (this.#state === 'open' && this.#question === null && now - this.#lastSentAt >= this.#keepaliveMs)
      this.ask([], () => {});
    this.#watch = this.#lookLater();
  }

  #lookLater(): { cancel(): void } {
    return this.#clock.after(Math.min(LOOK_MS, this.#keepaliveMs / 2), () => this.#look());
  }

  #end(problem: string | null): void {
    if (this.#state === 'closed') return;
    const replies = this.#question?.replies ?? [];
    this.#stop();
    this.#listener.closed(problem, replies);
  }

  #stop(): void {
    this.#state = 'closed';
    this.#question = null;
    this.#watch.cancel();
    this.#connection.close();
  }
}
