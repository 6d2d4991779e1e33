/**
 * HTTP on a port that speaks chat, too: probes, metrics and the way to a WebSocket. It never listens: whoever reads a
 * connection's first bytes hands it on. No request body reaches anything, so that a web page cannot be made to chat.
 */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Attendant, Clock, Transport } from '../core/ports.js';
import { createWebSockets, type WebSockets } from './websocket.js';

/** Browsers send a host's cookies to all of its ports. */
const MAX_HEADER_BYTES = 16 * 1024;
/** How long an idle connection is kept for the next request. */
const IDLE_MS = 60_000;
/** For an answer to be made and read. */
const ANSWER_MS = 60_000;
/** After the last answer: time for the peer to read it and to close first, so that no reset overtakes it. */
const LINGER_MS = 2_000;

export type WebSocketPath = '/ws' | '/mychat';

export interface HttpOptions {
  readonly clock: Clock;
  /** Where to send people who came with a browser. Asked for each answer, as the port may not be known before. */
  readonly address: () => { readonly host: string; readonly port: number };
  /** For the headers of a request, in milliseconds; 0 for no limit. */
  readonly loginTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** Pages elsewhere that may open a WebSocket: `https://chat.example.org`, as a browser says it. */
  readonly allowedOrigins: readonly string[];
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>;
  /** A WebSocket is open, on a socket that was given to `handle`. */
  readonly accept: (transport: Transport, path: WebSocketPath, socket: Socket) => Attendant;
  /** Metrics could not be had: for the log. */
  readonly failed: (error: unknown) => void;
}

export interface Http {
  /** Takes over a connection of which `first` was read already. It must not have ended. */
  handle(socket: Socket, first: Buffer): void;
  /** From now on: not ready, and no new WebSockets. */
  drain(): void;
  /** Closes what is idle, and the rest when it is answered. WebSockets are not its own any more. */
  close(): void;
}

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
}

export function createHttp(options: HttpOptions): Http {
  return new HttpDoor(options);
}

/**
 * A whole HTTP response that ends its connection, for those who have no server for it.
 *
 * @example socket.end(plainResponse(403, 'This server speaks TLS only.\n'))
 */
export function plainResponse(status: number, body: string): string {
  return responseOf({ status, body });
}

/**
 * Whether a page of that origin may open a WebSocket here: one from this very host and port, or one that is listed.
 * Without an origin the client is no browser, and free to say what it likes.
 */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined || allowed.includes(origin)) return true;
  if (host === undefined || !/^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i.test(host)) return false;
  const [scheme = ''] = /^https?:\/\//.exec(origin) ?? [];
  // The scheme's own port may be left out of either.
  return scheme !== '' && canonical(origin) === canonical(scheme + host);
}

function canonical(url: string): string | null {
  return URL.canParse(url) ? new URL(url).host : null;
}

class HttpDoor implements Http {
  readonly #options: HttpOptions;
  readonly #server: Server;
  readonly #webSockets: WebSockets;
  readonly #connections = new Map<Duplex, HttpConnection>();
  #draining = false;
  #closing = false;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#webSockets = createWebSockets({
      ...options,
      refused: (socket) =>
        this.#connections.get(socket)?.refuse({ status: 400, body: 'Bad WebSocket request.\n' }),
    });
    // A server that does not listen looks at none of its deadlines: an HttpConnection has them.
    this.#server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: 0 });
    // `printf 'GET /metrics HTTP/1.0\r\n\r\n' | nc -N` gets its answer. Node documents no other way.
    Object.assign(this.#server, { httpAllowHalfOpen: true });
    this.#server.on('request', (request, response) =>
      this.#guarded(request, this.#answer(request, response)),
    );
    this.#server.on('checkContinue', (request, response) => this.#turnAway(request, response));
    this.#server.on('checkExpectation', (request, response) => this.#turnAway(request, response));
    this.#server.on('upgrade', (request, _socket, head) =>
      this.#guarded(request, this.#upgrade(request, head)),
    );
    this.#server.on('connect', ({ socket }) => this.#connections.get(socket)?.refuse(this.#notFound()));
    this.#server.on('clientError', (error, socket) => {
      const tooLong = 'code' in error && error.code === 'HPE_HEADER_OVERFLOW';
      this.#connections
        .get(socket)
        ?.refuse(
          tooLong ? { status: 431, body: 'Headers too long.\n' } : { status: 400, body: 'Bad request.\n' },
        );
    });
  }

  handle(socket: Socket, first: Buffer): void {
    const { clock, loginTimeoutMs } = this.#options;
    const connection = new HttpConnection(socket, clock, loginTimeoutMs);
    this.#connections.set(socket, connection);
    socket.on('close', () => {
      connection.over();
      this.#connections.delete(socket);
    });
    if (first.length > 0) socket.unshift(first);
    this.#server.emit('connection', socket);
    socket.resume();
  }

  drain(): void {
    this.#draining = true;
  }

  close(): void {
    this.#draining = true;
    this.#closing = true;
    for (const connection of this.#connections.values()) connection.leave();
  }

  /** A throw is our bug: it costs this connection and is reported. */
  #guarded({ socket }: IncomingMessage, work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#options.failed(error);
      socket.destroy();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (hasBody(request)) {
      this.#turnAway(request, response);
      return;
    }
    const connection = this.#connections.get(request.socket);
    connection?.asked();
    response.on('close', () => connection?.answered());
    const reply = await this.#replyTo(request);
    if (this.#closing) response.setHeader('Connection', 'close');
    response.writeHead(reply.status, headersOf(reply)).end(reply.body);
  }

  /** Answers without hearing the body, and closes once the peer has said it or had time to. */
  #turnAway(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connections.get(request.socket);
    const reply = this.#notFound();
    connection?.asked();
    response.writeHead(reply.status, { ...headersOf(reply), Connection: 'close' });
    response.write(reply.body);
    connection?.linger();
    request.resume().on('end', () => response.end());
  }

  async #upgrade(request: IncomingMessage, head: Buffer): Promise<void> {
    const connection = this.#connections.get(request.socket);
    if (connection === undefined) return;
    if (!/^websocket$/i.test(request.headers.upgrade ?? '') || hasBody(request)) {
      const reply = hasBody(request) ? this.#notFound() : await this.#replyTo(request);
      connection.refuse(request.method === 'HEAD' ? { ...reply, body: '' } : reply);
      return;
    }
    const path = pathOf(request);
    const { origin, host } = request.headers;
    if (connection.isAnswering || (path !== '/ws' && path !== '/mychat')) connection.refuse(this.#notFound());
    else if (!isAllowedOrigin(origin, host, this.#options.allowedOrigins))
      connection.refuse({ status: 403, body: 'This page may not chat here.\n' });
    else if (this.#draining) connection.refuse(NOT_READY);
    else this.#open(request, head, path, connection);
  }

  #open(request: IncomingMessage, head: Buffer, path: WebSocketPath, connection: HttpConnection): void {
    this.#webSockets.upgrade(request, head, (transport) => {
      connection.over();
      this.#connections.delete(connection.socket);
      return this.#options.accept(transport, path, connection.socket);
    });
  }

  async #replyTo(request: IncomingMessage): Promise<Reply> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return this.#notFound();
    switch (pathOf(request)) {
      case '/healthz':
        return OK;
      case '/readyz':
        return this.#draining ? NOT_READY : OK;
      case '/metrics':
        return this.#metrics();
      default:
        return this.#notFound();
    }
  }

  async #metrics(): Promise<Reply> {
    try {
      return { status: 200, ...(await this.#options.metrics()) };
    } catch (error) {
      this.#options.failed(error);
      return { status: 500, body: 'The metrics could not be read; the log says why.\n' };
    }
  }

  #notFound(): Reply {
    const { host, port } = this.#options.address();
    return {
      status: 404,
      body: `This is a chat server. To chat, type in a terminal: ncat ${host} ${port}\n`,
    };
  }
}

/** One connection while it speaks HTTP, with its one deadline. */
class HttpConnection {
  readonly socket: Socket;
  readonly #clock: Clock;
  readonly #loginTimeoutMs: number;
  #deadline: { cancel(): void } | null = null;
  /** Requests that have no whole answer yet. */
  #open = 0;
  /** What had been read when the last answer was out. */
  #readBefore = 0;
  #refused = false;
  #leaving = false;

  constructor(socket: Socket, clock: Clock, loginTimeoutMs: number) {
    this.socket = socket;
    this.#clock = clock;
    this.#loginTimeoutMs = loginTimeoutMs;
    this.#waitForHeaders();
  }

  get isAnswering(): boolean {
    return this.#open > 0;
  }

  asked(): void {
    this.#open++;
    this.#within(ANSWER_MS, () => this.socket.destroy());
  }

  answered(): void {
    this.#open--;
    if (this.#open > 0 || this.#refused || this.socket.destroyed) return;
    if (this.#leaving) {
      this.socket.end();
      this.linger();
      return;
    }
    this.#readBefore = this.socket.bytesRead;
    this.#within(IDLE_MS, () => {
      if (this.socket.bytesRead === this.#readBefore) this.socket.destroy();
      else this.#waitForHeaders();
    });
  }

  /** Answers without a server, and closes. */
  refuse(reply: Reply): void {
    if (this.#refused) return;
    this.#refused = true;
    const { socket } = this;
    socket.on('error', ignore);
    // It would come in the middle of an answer to an earlier request, or be taken for it.
    socket.end(this.isAnswering ? '' : responseOf(reply));
    socket.resume();
    this.linger();
  }

  linger(): void {
    this.#within(LINGER_MS, () => this.socket.destroy());
  }

  leave(): void {
    this.#leaving = true;
    if (this.#open === 0 && !this.#refused) this.socket.destroy();
  }

  over(): void {
    this.#deadline?.cancel();
    this.#deadline = null;
  }

  #waitForHeaders(): void {
    if (this.#loginTimeoutMs === 0) this.over();
    else
      this.#within(this.#loginTimeoutMs, () =>
        this.refuse({ status: 408, body: 'The request took too long.\n' }),
      );
  }

  #within(ms: number, otherwise: () => void): void {
    this.#deadline?.cancel();
    this.#deadline = this.socket.destroyed ? null : this.#clock.after(ms, otherwise);
  }
}

const OK: Reply = { status: 200, body: 'ok\n' };
const NOT_READY: Reply = { status: 503, body: 'shutting down\n' };

function pathOf({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

function headersOf({ body, contentType }: Reply): Record<string, string | number> {
  return {
    'Content-Type': contentType ?? 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  };
}

function responseOf(reply: Reply): string {
  const headers = { ...headersOf(reply), Date: new Date().toUTCString(), Connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status] ?? ''}\r\n${lines.join('')}\r\n${reply.body}`;
}

function ignore(): void {}
