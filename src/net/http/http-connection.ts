/** One connection while it uses HTTP: its deadline, and its end. */
import type { Socket } from 'node:net';
import type { Clock, ConnectionSlot } from '../../core/ports.js';
import { isLate } from '../../util/late.js';
import { LINGER_MS } from '../../util/linger.js';
import { noop } from '../../util/noop.js';
import type { Peer } from '../peer.js';
import { type HttpResponse, responseOf } from './http-response.js';

/** From a response to the next request. */
const IDLE_TIMEOUT_MS = 60_000;
/** From a request to the end of its response, which the client must read. */
const RESPONSE_TIMEOUT_MS = 60_000;
/** For the one request of a refused connection. */
const REFUSED_TIMEOUT_MS = 2_000;
/** After the server began to stop: a request that is on its way to an idle connection still gets a response. */
const LAST_REQUEST_TIMEOUT_MS = 1_000;
/** A client with more requests without a response reads none. */
const MAX_OPEN_REQUESTS = 64;

export class HttpConnection {
  readonly socket: Socket;
  readonly slot: ConnectionSlot;
  /** The client of the connection; a request may be of another one, behind a proxy. */
  readonly peer: Peer;
  readonly #clock: Clock;
  readonly #loginTimeoutMs: number;
  #deadline: { cancel(): void } | null = null;
  /** Requests without a whole response. */
  #openRequests = 0;
  /** `bytesRead` of the socket at the end of the last response. */
  #bytesReadBefore = 0;
  /** The request that is being served; requests of a connection are served one after the other. */
  #previous: Promise<void> = Promise.resolve();
  /** Ends the reading of a body that will not be complete; null while none is read. */
  #onNoBody: ((why: 'late' | 'broken') => void) | null = null;
  /** Nothing more can be parsed. */
  #isBroken = false;
  #isRefused = false;
  #isLeaving = false;

  constructor(socket: Socket, slot: ConnectionSlot, peer: Peer, clock: Clock, loginTimeoutMs: number) {
    this.socket = socket;
    this.slot = slot;
    this.peer = peer;
    this.#clock = clock;
    this.#loginTimeoutMs = loginTimeoutMs;
    if (slot.refusal === null) this.#waitForHeaders(slot.connectedAt);
    else this.#setDeadline(REFUSED_TIMEOUT_MS, () => this.socket.destroy());
  }

  get isAnswering(): boolean {
    return this.#openRequests > 0;
  }

  /** The next response is the last. */
  get isLeaving(): boolean {
    return this.#isLeaving || this.slot.refusal !== null;
  }

  onRequest(): void {
    this.#openRequests++;
    if (this.#openRequests > MAX_OPEN_REQUESTS) this.socket.destroy();
    else this.#setDeadline(RESPONSE_TIMEOUT_MS, () => this.socket.destroy());
  }

  /**
   * Serves a request after the one before it has its response: methods that change something must not overtake each
   * other (RFC 9112, 9.3.2).
   */
  async inOrder(serve: () => Promise<void>): Promise<void> {
    const previous = this.#previous;
    let onServed = noop;
    this.#previous = new Promise((resolve) => {
      onServed = resolve;
    });
    try {
      await previous;
      await serve();
    } finally {
      onServed();
    }
  }

  /** The body of the request must arrive in time. */
  waitForBody(onNoBody: (why: 'late' | 'broken') => void): void {
    // The headers and what is wrong in the body may have come together.
    if (this.#isBroken) {
      onNoBody('broken');
      return;
    }
    this.#onNoBody = onNoBody;
    if (this.#loginTimeoutMs === 0) this.release();
    else this.#setDeadline(this.#loginTimeoutMs, () => onNoBody('late'));
  }

  /** The body is here, or will not come; the response follows. */
  onBody(): void {
    this.#onNoBody = null;
    this.#setDeadline(RESPONSE_TIMEOUT_MS, () => this.socket.destroy());
  }

  /** A response that may take any time has begun. */
  rest(): void {
    this.release();
  }

  onResponseEnd(): void {
    this.#openRequests--;
    if (this.#openRequests > 0 || this.#isRefused || this.socket.destroyed) return;
    if (this.isLeaving) {
      this.socket.end();
      this.linger();
      return;
    }
    this.#bytesReadBefore = this.socket.bytesRead;
    this.#setDeadline(IDLE_TIMEOUT_MS, () => {
      if (this.socket.bytesRead === this.#bytesReadBefore) this.socket.destroy();
      else this.#waitForHeaders(this.#clock.elapsed());
    });
  }

  /** Writes a response without the HTTP server, and closes. */
  refuse(response: HttpResponse): void {
    // What comes behind a broken request is broken too.
    if (this.#isRefused || (this.#isBroken && this.isAnswering)) return;
    const { socket } = this;
    socket.on('error', noop);
    socket.resume();
    // It would be in the middle of the response to an earlier request, or be taken for it: that response is the last.
    if (this.isAnswering) {
      this.#isLeaving = true;
      this.#isBroken = true;
      this.#onNoBody?.('broken');
      return;
    }
    this.#isRefused = true;
    socket.end(responseOf(response));
    this.linger();
  }

  linger(): void {
    this.#setDeadline(LINGER_MS, () => this.socket.destroy());
  }

  /** The server stops: the connection ends with the response to its requests, or soon. */
  leave(): void {
    this.#isLeaving = true;
    if (this.#openRequests === 0 && !this.#isRefused)
      this.#setDeadline(LAST_REQUEST_TIMEOUT_MS, () => this.socket.destroy());
  }

  /** The connection is closed, or has become a WebSocket. */
  release(): void {
    this.#deadline?.cancel();
    this.#deadline = null;
  }

  #waitForHeaders(since: number): void {
    if (this.#loginTimeoutMs === 0) {
      this.release();
      return;
    }
    this.#setDeadline(
      since + this.#loginTimeoutMs - this.#clock.elapsed(),
      () => this.refuse({ status: 408, body: 'The request took too long.\n' }),
      this.#loginTimeoutMs,
    );
  }

  /** @param intervalMs the time that the client gets again if the process was paused */
  #setDeadline(ms: number, onTimeout: () => void, intervalMs = ms): void {
    this.#deadline?.cancel();
    if (this.socket.destroyed) {
      this.#deadline = null;
      return;
    }
    const dueAt = this.#clock.elapsed() + Math.max(0, ms);
    this.#deadline = this.#clock.after(Math.max(0, ms), () => {
      // After a pause of the process, input of the client may be unread.
      if (isLate(dueAt, this.#clock.elapsed())) this.#setDeadline(intervalMs, onTimeout);
      else onTimeout();
    });
  }
}
