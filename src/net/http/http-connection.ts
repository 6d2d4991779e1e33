/** One connection while it speaks HTTP: its one deadline, and how it ends. */
import type { Socket } from 'node:net';
import type { Clock, ConnectionSlot } from '../../core/ports.js';
import { LINGER_MS } from '../../util/linger.js';
import { noop } from '../../util/noop.js';
import { type HttpResponse, responseOf } from './http-response.js';

/** How long an idle connection is kept for the next request. */
const IDLE_MS = 60_000;
/** For an answer to be made and read. */
const ANSWER_MS = 60_000;
/** For the one request of a connection that may not stay. */
const REFUSED_MS = 2_000;
/** When the server stops: a request that is on its way to an idle connection still gets its answer. */
const LAST_REQUEST_MS = 1_000;
/** Requests without an answer; who sends more of them reads no answers. */
const MAX_OPEN_REQUESTS = 64;

export class HttpConnection {
  readonly socket: Socket;
  readonly slot: ConnectionSlot;
  readonly #clock: Clock;
  readonly #loginTimeoutMs: number;
  #deadline: { cancel(): void } | null = null;
  /** Requests that have no whole answer yet. */
  #open = 0;
  /** What had been read when the last answer was out. */
  #readBefore = 0;
  #refused = false;
  #leaving = false;

  constructor(socket: Socket, slot: ConnectionSlot, clock: Clock, loginTimeoutMs: number) {
    this.socket = socket;
    this.slot = slot;
    this.#clock = clock;
    this.#loginTimeoutMs = loginTimeoutMs;
    if (slot.refusal === null) this.#waitForHeaders(slot.connectedAt);
    else this.#within(REFUSED_MS, () => this.socket.destroy());
  }

  get isAnswering(): boolean {
    return this.#open > 0;
  }

  /** The next answer is the last. */
  get isLeaving(): boolean {
    return this.#leaving || this.slot.refusal !== null;
  }

  asked(): void {
    this.#open++;
    if (this.#open > MAX_OPEN_REQUESTS) this.socket.destroy();
    else this.#within(ANSWER_MS, () => this.socket.destroy());
  }

  answered(): void {
    this.#open--;
    if (this.#open > 0 || this.#refused || this.socket.destroyed) return;
    if (this.isLeaving) {
      this.socket.end();
      this.linger();
      return;
    }
    this.#readBefore = this.socket.bytesRead;
    this.#within(IDLE_MS, () => {
      if (this.socket.bytesRead === this.#readBefore) this.socket.destroy();
      else this.#waitForHeaders(this.#clock.elapsed());
    });
  }

  /** Answers without a server, and closes. */
  refuse(response: HttpResponse): void {
    if (this.#refused) return;
    const { socket } = this;
    socket.on('error', noop);
    socket.resume();
    // It would come in the middle of an answer to an earlier request, or be taken for it: that one is the last.
    if (this.isAnswering) {
      this.#leaving = true;
      return;
    }
    this.#refused = true;
    socket.end(responseOf(response));
    this.linger();
  }

  linger(): void {
    this.#within(LINGER_MS, () => this.socket.destroy());
  }

  /** The server stops: ends with the answer to what was asked, or soon. */
  leave(): void {
    this.#leaving = true;
    if (this.#open === 0 && !this.#refused) this.#within(LAST_REQUEST_MS, () => this.socket.destroy());
  }

  /** It speaks HTTP no more. */
  over(): void {
    this.#deadline?.cancel();
    this.#deadline = null;
  }

  #waitForHeaders(since: number): void {
    const { elapsed, loginTimeoutMs } = {
      elapsed: this.#clock.elapsed(),
      loginTimeoutMs: this.#loginTimeoutMs,
    };
    if (loginTimeoutMs === 0) this.over();
    else
      this.#within(since + loginTimeoutMs - elapsed, () =>
        this.refuse({ status: 408, body: 'The request took too long.\n' }),
      );
  }

  #within(ms: number, otherwise: () => void): void {
    this.#deadline?.cancel();
    this.#deadline = this.socket.destroyed ? null : this.#clock.after(Math.max(0, ms), otherwise);
  }
}
