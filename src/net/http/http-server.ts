/**
 * HTTP on a port that also serves chat: health checks, metrics, the upgrade to a WebSocket, the page, and the interface
 * for curl and scripts (api/). It does not listen: the protocol mux passes it connections. The body of a request is read
 * by the interface alone, which never parses it as commands.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TransportHandler, Clock, Transport, ConnectionSlot } from '../../core/ports.js';
import type { ServerAddress } from './api/api-request.js';
import { howToChat, howToFind, howToRead } from './api/about.js';
import { refuse } from './api/errors.js';
import type { HttpApi } from './api/http-api.js';
import { prefersProblem, refusalResponse } from './api/problem.js';
import { HttpConnection } from './http-connection.js';
import { clientOf } from './forwarded.js';
import { giveBack } from './give-back.js';
import { headersOf, type HttpResponse } from './http-response.js';
import { plainAddress } from '../../util/address.js';
import { noop } from '../../util/noop.js';
import type { TrustedProxies } from '../../util/trusted-proxies.js';
import { type Peer, peerOf } from '../peer.js';
import { loadPage, type Page } from './page.js';
import type { RequestGate } from './request-gate.js';
import { isUpgrade, pathOf } from './request-target.js';
import { type IrcSubprotocol, ircSubprotocolIn, subprotocolsOf } from '../websocket/subprotocols.js';
import { createWebSockets, type WebSockets } from '../websocket/websocket-server.js';

/** Large enough for cookies: browsers send those of a host to all of its ports. */
const MAX_HEADER_BYTES = 16 * 1024;

type WebSocketPath = '/ws' | '/mychat';

export interface HttpOptions {
  readonly clock: Clock;
  /** The host in the hint for browsers; null for the address that the client connected to. */
  readonly host: string | null;
  /** The time for the headers of a request, in milliseconds (0 = no limit). */
  readonly loginTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly gate: RequestGate;
  /** The interface for curl and scripts. */
  readonly api: HttpApi;
  readonly proxies: TrustedProxies;
  /** Counts a WebSocket of a client behind a proxy; null closes it without a reply. */
  readonly takeSlot: (address: string) => ConnectionSlot | null;
  /** Whether plain HTTP is refused; only connections of trusted proxies are passed on to `handle` then. */
  readonly tlsOnly: boolean;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>;
  /** Why `/readyz` refuses new clients, as a line; null if it does not. */
  readonly unreadiness: () => string | null;
  /** Called for each open WebSocket, with a slot that begins now; also for a refused one, which gets the reason. */
  readonly accept: (
    transport: Transport,
    path: WebSocketPath,
    slot: ConnectionSlot,
    subprotocol: IrcSubprotocol | null,
  ) => TransportHandler;
  /** Called for each response, for the metrics. `route` is a path of the table of routes. */
  readonly onResponse?: (route: string, status: number) => void;
  /** Called for our bugs and unreadable metrics, for the log. */
  readonly onError: (error: unknown) => void;
}

export interface Http {
  /** Takes over a connection whose bytes `first` were already read. It must not have ended. */
  handle(socket: Socket, first: Buffer, slot: ConnectionSlot, peer: Peer): void;
  /** The number of HTTP connections. */
  readonly connections: number;
  /** Reports not ready from now on, and opens no WebSockets. */
  drain(): void;
  /**
   * Closes each connection after its response, and idle ones soon after. Settles when none is left. Open WebSockets do
   * not belong to it.
   */
  close(): Promise<void>;
  /** Closes the remaining connections at once. */
  destroy(): void;
}

export function createHttp(options: HttpOptions): Http {
  return new ChatHttpServer(options);
}

class ChatHttpServer implements Http {
  readonly #options: HttpOptions;
  readonly #server: Server;
  readonly #webSockets: WebSockets;
  readonly #page: Page | null = thePage();
  readonly #connections = new Map<Duplex, HttpConnection>();
  #isDraining = false;
  #isClosing = false;
  #onEmpty: () => void = noop;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#webSockets = createWebSockets({
      ...options,
      speaksIrc: (request) => webSocketPathOf(request) === '/ws',
      onBadRequest: (socket) =>
        this.#connections.get(socket)?.refuse({ status: 400, body: 'Bad WebSocket request.\n' }),
    });
    // Node enforces no timeouts for a server that does not listen: HttpConnection has them.
    // RequestGate refuses requests without a Host header; Node's own response has no text.
    this.#server = createServer({
      maxHeaderSize: MAX_HEADER_BYTES,
      keepAliveTimeout: 0,
      requireHostHeader: false,
    });
    // The size of the headers limits their number. Node would leave out those after the first 2,000.
    this.#server.maxHeadersCount = 0;
    // `printf 'GET /metrics HTTP/1.0\r\n\r\n' | nc -N` gets its response. Node has no documented option for it.
    Object.assign(this.#server, { httpAllowHalfOpen: true });
    this.#server.on('request', (request, response) =>
      this.#guarded(request, this.#answer(request, response)),
    );
    this.#server.on('checkContinue', (request, response) =>
      this.#guarded(request, this.#answer(request, response, true)),
    );
    this.#server.on('checkExpectation', (request, response) =>
      this.#rejectBody(request, response, this.#refusalOf(request) ?? EXPECTATION_FAILED),
    );
    this.#server.on('upgrade', (request, _socket, head) =>
      this.#guarded(request, this.#upgrade(request, head)),
    );
    this.#server.on('connect', (request) =>
      this.#connections
        .get(request.socket)
        ?.refuse(this.#refusalOfPlainText(request) ?? this.#notFound(request)),
    );
    this.#server.on('clientError', (error, socket) => {
      const code = 'code' in error ? error.code : '';
      this.#connections
        .get(socket)
        ?.refuse(
          code === 'HPE_HEADER_OVERFLOW'
            ? { status: 431, body: 'Headers too long.\n' }
            : { status: 400, body: code === 'HPE_INVALID_URL' ? BAD_TARGET : 'Bad request.\n' },
        );
    });
  }

  handle(socket: Socket, first: Buffer, slot: ConnectionSlot, peer: Peer): void {
    const { clock, loginTimeoutMs } = this.#options;
    const connection = new HttpConnection(socket, slot, peer, clock, loginTimeoutMs);
    this.#connections.set(socket, connection);
    if (this.#isClosing) connection.leave();
    socket.on('close', () => this.#release(connection));
    if (first.length > 0) socket.unshift(first);
    this.#server.emit('connection', socket);
    socket.resume();
  }

  get connections(): number {
    return this.#connections.size;
  }

  drain(): void {
    this.#isDraining = true;
  }

  close(): Promise<void> {
    this.#isDraining = true;
    this.#isClosing = true;
    for (const connection of this.#connections.values()) connection.leave();
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  destroy(): void {
    for (const { socket } of this.#connections.values()) socket.destroy();
  }

  #release(connection: HttpConnection): void {
    connection.release();
    this.#connections.delete(connection.socket);
    if (this.#connections.size === 0) this.#onEmpty();
  }

  /** An exception is a bug of ours: it is reported, and ends this connection only. */
  #guarded({ socket }: IncomingMessage, work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#options.onError(error);
      socket.destroy();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse, expectsContinue = false): Promise<void> {
    const { api } = this.#options;
    this.#countResponse(request, response);
    const refusal = this.#refusalOf(request);
    const file = refusal === null && isRead(request) ? (this.#page?.responseTo(request) ?? null) : null;
    const isOfApi = refusal === null && file === null && api.has(request);
    if (!isOfApi && (hasBody(request) || expectsContinue)) {
      this.#rejectBody(request, response, refusal ?? this.#notFound(request));
      return;
    }
    const connection = this.#connections.get(request.socket);
    if (connection === undefined) {
      // A request behind a stream, which does not end.
      request.socket.destroy();
      return;
    }
    connection.onRequest();
    response.on('close', () => connection.onResponseEnd());
    if (isOfApi) {
      await connection.inOrder(() => this.#serveApi(request, response, connection, expectsContinue));
      return;
    }
    const reply = file ?? this.#forOrigin(request, refusal ?? (await this.#replyTo(request)));
    const isLast = connection.isLeaving || !response.shouldKeepAlive;
    response.writeHead(reply.status, headersOf(reply, isLast)).end(reply.body);
  }

  async #serveApi(
    request: IncomingMessage,
    response: ServerResponse,
    connection: HttpConnection,
    expectsContinue: boolean,
  ): Promise<void> {
    const peer = this.#clientOf(request);
    const { answer, headers } = await this.#options.api.serve({
      request,
      response,
      peer,
      slot: connection.slot,
      server: this.#addressOf(request.socket),
      connection,
      isDraining: this.#isDraining,
      expectsContinue,
      waitForBody: (onNoBody) =>
        connection.waitForBody((why) => {
          // What is wrong may be in a later request.
          if (why === 'late' || !request.complete) onNoBody(why);
        }),
      onBody: () => connection.onBody(),
      rest: () => connection.rest(),
    });
    if (response.destroyed) return;
    const isUnread = hasBody(request) && !request.readableEnded;
    const isLast = isUnread || connection.isLeaving;
    if ('takeOver' in answer) {
      const ended = new Promise((resolve) => response.once('close', resolve));
      const leaveHttp = () => this.#leaveHttp(peer, connection);
      answer.takeOver({ request, response, peer, headers, leaveHttp });
      await ended;
      return;
    }
    response.writeHead(answer.status, { ...headersOf(answer, isLast), ...headers });
    if (!isUnread) response.end(answer.body);
    else this.#endAfterBody(request, response, answer.body, connection);
  }

  #countResponse(request: IncomingMessage, response: ServerResponse): void {
    const { onResponse, api } = this.#options;
    if (onResponse === undefined) return;
    response.once('close', () => {
      if (!response.headersSent) return;
      const path = pathOf(request);
      onResponse(OWN_PATHS.has(path) ? path : api.routeOf(request), response.statusCode);
    });
  }

  /** Responds without reading the body, and closes when the client has sent it or had time to. */
  #rejectBody(request: IncomingMessage, response: ServerResponse, reply: HttpResponse): void {
    const connection = this.#connections.get(request.socket);
    connection?.onRequest();
    response.writeHead(reply.status, headersOf(this.#forOrigin(request, reply), true));
    this.#endAfterBody(request, response, reply.body, connection);
  }

  /** A close with unread input would reset the connection, and the client might lose the response. */
  #endAfterBody(
    request: IncomingMessage,
    response: ServerResponse,
    body: string | Buffer,
    connection: HttpConnection | undefined,
  ): void {
    response.write(body);
    connection?.linger();
    request.resume().on('end', () => response.end());
  }

  async #upgrade(request: IncomingMessage, head: Buffer): Promise<void> {
    const { socket } = request;
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    if (!isUpgrade(request) && !connection.isAnswering) {
      // Another protocol is offered, not required: clients of HTTP/2 do so with every first request (RFC 9110, 7.8).
      giveBack(request, head, () => this.#server.emit('connection', socket));
      return;
    }
    const reply = this.#refusalOf(request) ?? (await this.#replyToUpgrade(request, connection));
    const path = webSocketPathOf(request);
    if (reply === null && path !== null) this.#open(request, head, path, connection);
    else if (reply !== null) {
      const refusal = this.#forOrigin(request, reply);
      connection.refuse(request.method === 'HEAD' ? { ...refusal, body: '' } : refusal);
    }
  }

  /** The metrics are for programs of administrators: pages of other origins may not read them. */
  #forOrigin(request: IncomingMessage, reply: HttpResponse): HttpResponse {
    const isShown = pathOf(request) !== '/metrics';
    const crossOrigin = isShown ? this.#options.api.crossOrigin(request) : { Vary: 'Origin' };
    return { ...reply, headers: { ...reply.headers, ...crossOrigin } };
  }

  /** Null if the WebSocket may be opened. */
  async #replyToUpgrade(
    request: IncomingMessage,
    { isAnswering }: HttpConnection,
  ): Promise<HttpResponse | null> {
    if (hasBody(request)) return this.#notFound(request);
    if (!isUpgrade(request)) return this.#replyTo(request);
    if (isAnswering || webSocketPathOf(request) === null) return this.#notFound(request);
    return this.#isDraining ? NOT_READY : null;
  }

  #refusalOf(request: IncomingMessage): HttpResponse | null {
    const { isEncrypted } = this.#clientOf(request);
    return this.#refusalOfPlainText(request) ?? this.#options.gate.refusalOf(request, isEncrypted);
  }

  #refusalOfPlainText(request: IncomingMessage): HttpResponse | null {
    if (!this.#options.tlsOnly || this.#clientOf(request).isEncrypted) return null;
    return refusalResponse(refuse('tls-required'), prefersProblem(request));
  }

  #clientOf(request: IncomingMessage): Peer {
    const { peer } = this.#connections.get(request.socket) ?? { peer: peerOf(request.socket) };
    return clientOf(request, peer, this.#options.proxies);
  }

  #open(request: IncomingMessage, head: Buffer, path: WebSocketPath, connection: HttpConnection): void {
    const { clock, accept } = this.#options;
    const client = this.#clientOf(request);
    const slot = this.#slotFor(client, connection);
    if (slot === null) {
      connection.socket.destroy();
      return;
    }
    connection.socket.once('close', () => slot.release());
    this.#webSockets.upgrade(request, head, client, (transport, subprotocol) => {
      this.#release(connection);
      // The WebSocket's own timeouts begin now, and not with the TCP connection.
      slot.connectedAt = clock.elapsed();
      return accept(transport, path, slot, subprotocol);
    });
  }

  #leaveHttp(client: Peer, connection: HttpConnection): ConnectionSlot | null {
    const slot = this.#slotFor(client, connection);
    if (slot !== null) this.#release(connection);
    return slot;
  }

  /** The slot of the connection; behind a proxy one of the client's own address takes its place. */
  #slotFor(client: Peer, { peer, slot }: HttpConnection): ConnectionSlot | null {
    if (client.address === peer.address) return slot;
    slot.release();
    return this.#options.takeSlot(client.address);
  }

  async #replyTo(request: IncomingMessage): Promise<HttpResponse> {
    if (request.method === 'OPTIONS') return optionsOf(pathOf(request)) ?? this.#notFound(request);
    if (request.method !== 'GET' && request.method !== 'HEAD') return this.#notFound(request);
    switch (pathOf(request)) {
      case '/healthz':
        return OK;
      case '/readyz':
        return this.#readiness();
      case '/metrics':
        return this.#metrics();
      case '/ws':
      case '/mychat':
        return UPGRADE_REQUIRED;
      default:
        return this.#notFound(request);
    }
  }

  #readiness(): HttpResponse {
    if (this.#isDraining) return NOT_READY;
    const why = this.#options.unreadiness();
    return why === null ? OK : { status: 503, body: `${why}\n` };
  }

  async #metrics(): Promise<HttpResponse> {
    try {
      return { status: 200, ...(await this.#options.metrics()) };
    } catch (error) {
      this.#options.onError(error);
      return { status: 500, body: 'The metrics could not be read; the log states the reason.\n' };
    }
  }

  /** The response to a request that no route takes: 405 for a known path with another method, else 404. */
  #notFound(request: IncomingMessage): HttpResponse {
    if (isOwn(pathOf(request)) && !OWN_METHODS.includes(request.method ?? ''))
      return methodNotAllowed(request);
    if (prefersProblem(request)) return refusalResponse(refuse('not-found'), true);
    const { api } = this.#options;
    const server = this.#addressOf(request.socket);
    const hint = api.isRoom(request) ? howToRead(server) : api.isNear(request) ? howToFind(server) : '';
    return { status: 404, body: howToChat(server) + hint };
  }

  #addressOf(socket: Socket): ServerAddress {
    const host = this.#options.host ?? plainAddress(socket.localAddress);
    return { host, port: socket.localPort ?? 0, isEncrypted: 'encrypted' in socket };
  }
}

/** Read once for all ports of the process. */
let loadedPage: Page | null | undefined;
function thePage(): Page | null {
  return (loadedPage ??= loadPage());
}

/** The paths that this file answers itself, for the metrics. */
const OWN_PATHS = new Set(['/healthz', '/readyz', '/metrics']);

/** The methods of those, and of the paths of WebSockets. */
const OWN_METHODS = ['GET', 'HEAD', 'OPTIONS'];

function isOwn(path: string): boolean {
  return OWN_PATHS.has(path) || path === '/ws' || path === '/mychat';
}

function methodNotAllowed(request: IncomingMessage): HttpResponse {
  const detail = `this path takes ${METHOD_LIST.format(OWN_METHODS)}`;
  const reply = refusalResponse(refuse('method-not-allowed', { detail }), prefersProblem(request));
  return { ...reply, headers: { ...reply.headers, Allow: OWN_METHODS.join(', ') } };
}

const METHOD_LIST = new Intl.ListFormat('en', { type: 'conjunction' });

const OK: HttpResponse = { status: 200, body: 'ok\n' };
const NOT_READY: HttpResponse = { status: 503, body: 'shutting down\n' };

const EXPECTATION_FAILED: HttpResponse = {
  status: 417,
  body: 'usage: Expect is 100-continue, or not there\n',
};

/** curl encodes the path by itself, but not the query. */
const BAD_TARGET =
  'usage: percent-encode the path and the query; with curl: curl -G --data-urlencode q=<words> <URL>\n';

const UPGRADE_REQUIRED: HttpResponse = {
  status: 426,
  body: 'This path is for WebSockets: connect with a WebSocket client.\n',
  upgrade: 'websocket',
};

/** The methods of the paths that this file answers, and of the server as a whole; null for any other. */
function optionsOf(path: string): HttpResponse | null {
  if (!isOwn(path) && path !== '*') return null;
  return { status: 204, body: '', headers: { Allow: isOwn(path) ? OWN_METHODS.join(', ') : ALL_METHODS } };
}

const ALL_METHODS = 'GET, HEAD, POST, DELETE, OPTIONS';

/** A client that names a subprotocol of IRC may use `/` in place of `/ws`. */
function webSocketPathOf(request: IncomingMessage): WebSocketPath | null {
  const path = pathOf(request);
  if (path === '/') {
    const names = subprotocolsOf(request.headers['sec-websocket-protocol']);
    return ircSubprotocolIn(names) === null ? null : '/ws';
  }
  return path === '/ws' || path === '/mychat' ? path : null;
}

/** Whether it may be answered from a cache or with a file. */
function isRead(request: IncomingMessage): boolean {
  return (request.method === 'GET' || request.method === 'HEAD') && !hasBody(request);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}
