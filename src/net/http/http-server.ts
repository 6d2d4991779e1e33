/**
 * HTTP on a port that speaks chat, too: probes, metrics and the way to a WebSocket. It never listens: whoever reads a
 * connection's first bytes hands it on. No request body reaches anything, so that a web page cannot be made to chat.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TransportHandler, Clock, Transport, ConnectionSlot } from '../../core/ports.js';
import { HttpConnection } from './http-connection.js';
import { headersOf, type HttpResponse } from './http-response.js';
import { isAllowedOrigin } from './origin.js';
import { plainAddress } from '../../util/address.js';
import { noop } from '../../util/noop.js';
import { pathOf } from './request-path.js';
import { createWebSockets, type WebSockets } from '../websocket/websocket-server.js';

/** Browsers send a host's cookies to all of its ports. */
const MAX_HEADER_BYTES = 16 * 1024;

type WebSocketPath = '/ws' | '/mychat';

export interface HttpOptions {
  readonly clock: Clock;
  /** Where to send people who came with a browser; null for the address at which they came. */
  readonly host: string | null;
  /** For the headers of a request, in milliseconds; 0 for no limit. */
  readonly loginTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** Pages elsewhere that may open a WebSocket: `https://chat.example.org`, as a browser says it. */
  readonly allowedOrigins: readonly string[];
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>;
  /** A WebSocket is open; its visit begins with that. One that may not stay comes here, too, to be told so. */
  readonly accept: (transport: Transport, path: WebSocketPath, slot: ConnectionSlot) => TransportHandler;
  /** Metrics could not be had: for the log. */
  readonly failed: (error: unknown) => void;
}

export interface Http {
  /** Takes over a connection of which `first` was read already. It must not have ended. */
  handle(socket: Socket, first: Buffer, slot: ConnectionSlot): void;
  /** Connections that speak HTTP. */
  readonly connections: number;
  /** From now on: not ready, and no new WebSockets. */
  drain(): void;
  /**
   * Closes each connection when it is answered, and those that ask nothing more soon after; settles when none is left.
   * WebSockets are not its own any more.
   */
  close(): Promise<void>;
  /** Cuts off whoever is left. */
  destroy(): void;
}

export function createHttp(options: HttpOptions): Http {
  return new ChatHttpServer(options);
}

class ChatHttpServer implements Http {
  readonly #options: HttpOptions;
  readonly #server: Server;
  readonly #webSockets: WebSockets;
  readonly #connections = new Map<Duplex, HttpConnection>();
  #draining = false;
  #closing = false;
  #whenEmpty: () => void = noop;

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
    this.#server.on('connect', ({ socket }) => this.#connections.get(socket)?.refuse(this.#notFound(socket)));
    this.#server.on('clientError', (error, socket) => {
      const tooLong = 'code' in error && error.code === 'HPE_HEADER_OVERFLOW';
      this.#connections
        .get(socket)
        ?.refuse(
          tooLong ? { status: 431, body: 'Headers too long.\n' } : { status: 400, body: 'Bad request.\n' },
        );
    });
  }

  handle(socket: Socket, first: Buffer, slot: ConnectionSlot): void {
    const { clock, loginTimeoutMs } = this.#options;
    const connection = new HttpConnection(socket, slot, clock, loginTimeoutMs);
    this.#connections.set(socket, connection);
    if (this.#closing) connection.leave();
    socket.on('close', () => this.#release(connection));
    if (first.length > 0) socket.unshift(first);
    this.#server.emit('connection', socket);
    socket.resume();
  }

  get connections(): number {
    return this.#connections.size;
  }

  drain(): void {
    this.#draining = true;
  }

  close(): Promise<void> {
    this.#draining = true;
    this.#closing = true;
    for (const connection of this.#connections.values()) connection.leave();
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenEmpty = resolve;
    });
  }

  destroy(): void {
    for (const { socket } of this.#connections.values()) socket.destroy();
  }

  #release(connection: HttpConnection): void {
    connection.over();
    this.#connections.delete(connection.socket);
    if (this.#connections.size === 0) this.#whenEmpty();
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
    if (connection?.isLeaving) response.setHeader('Connection', 'close');
    response.writeHead(reply.status, headersOf(reply)).end(reply.body);
  }

  /** Answers without hearing the body, and closes once the peer has said it or had time to. */
  #turnAway(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connections.get(request.socket);
    const reply = this.#notFound(request.socket);
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
      const reply = hasBody(request) ? this.#notFound(request.socket) : await this.#replyTo(request);
      connection.refuse(request.method === 'HEAD' ? { ...reply, body: '' } : reply);
      return;
    }
    const path = pathOf(request);
    const { origin, host } = request.headers;
    if (connection.isAnswering || (path !== '/ws' && path !== '/mychat'))
      connection.refuse(this.#notFound(request.socket));
    else if (!isAllowedOrigin(origin, host, this.#options.allowedOrigins))
      connection.refuse({ status: 403, body: 'This page may not chat here.\n' });
    else if (this.#draining) connection.refuse(NOT_READY);
    else this.#open(request, head, path, connection);
  }

  #open(request: IncomingMessage, head: Buffer, path: WebSocketPath, connection: HttpConnection): void {
    const { clock, accept } = this.#options;
    this.#webSockets.upgrade(request, head, (transport) => {
      this.#release(connection);
      // What it did before, and for how long, was HTTP.
      const { refusal, release } = connection.slot;
      return accept(transport, path, { refusal, release, connectedAt: clock.elapsed() });
    });
  }

  async #replyTo(request: IncomingMessage): Promise<HttpResponse> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return this.#notFound(request.socket);
    switch (pathOf(request)) {
      case '/healthz':
        return OK;
      case '/readyz':
        return this.#draining ? NOT_READY : OK;
      case '/metrics':
        return this.#metrics();
      default:
        return this.#notFound(request.socket);
    }
  }

  async #metrics(): Promise<HttpResponse> {
    try {
      return { status: 200, ...(await this.#options.metrics()) };
    } catch (error) {
      this.#options.failed(error);
      return { status: 500, body: 'The metrics could not be read; the log says why.\n' };
    }
  }

  #notFound(socket: Socket): HttpResponse {
    const host = this.#options.host ?? plainAddress(socket.localAddress);
    const ncat = 'encrypted' in socket ? 'ncat --ssl' : 'ncat';
    return {
      status: 404,
      body: `This is a chat server. To chat, type in a terminal: ${ncat} ${host} ${socket.localPort ?? ''}\n`,
    };
  }
}

const OK: HttpResponse = { status: 200, body: 'ok\n' };
const NOT_READY: HttpResponse = { status: 503, body: 'shutting down\n' };

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}
