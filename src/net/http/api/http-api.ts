/**
 * The HTTP interface: finds the route of a request, checks the identity and the rate limit of the client, reads the
 * body, and calls the handler. A body goes to the hub as text; it never reaches a parser of commands.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, ConnectionSlot } from '../../../core/ports.js';
import { peerName } from '../../../util/address.js';
import type { Peer } from '../../peer.js';
import { pathOf, queryOf } from '../request-target.js';
import type { ApiCaller, ApiPort, RequestOrigin } from './api-port.js';
import type { ApiAnswer, ApiMode, ApiRequest, ServerAddress } from './api-request.js';
import { challengeFor, credentialsOf } from './credentials.js';
import { crossOriginHeaders, preflightHeaders } from './cross-origin.js';
import { type ApiRefusal, type ErrorCode, isRefusal, refuse } from './errors.js';
import { extensionOf, formatFor } from './formats.js';
import { prefersProblem, refusalResponse } from './problem.js';
import { queryRefusal } from './query-check.js';
import { announcedBody, readBody } from './read-body.js';
import { REFUSED_CONNECTIONS } from './refused-connections.js';
import { RequestRate } from './request-rate.js';
import type { Route } from './route.js';
import { type Match, Router } from './router.js';
import { routes } from './routes.js';
import { isJsonType, MAX_BODY_BYTES, typeRefusal } from './text-body.js';

export interface HttpApiOptions {
  readonly port: ApiPort;
  readonly clock: Clock;
  /** on: guests too; token: owners of registered names alone; off: nothing but `/` and `/about`. */
  readonly mode: ApiMode;
  /** Origins of other hosts whose pages may use the interface. */
  readonly allowedOrigins: readonly string[];
  /** Lines per second (0 = no limit), and at once. */
  readonly rateLimit: number;
  readonly rateBurst: number;
}

/** A request as far as the connection knows it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly peer: Peer;
  readonly slot: ConnectionSlot;
  readonly server: ServerAddress;
  /** The connection, as an identity. */
  readonly connection: object;
  readonly isDraining: boolean;
  /** The client waits for permission to send the body. */
  readonly expectsContinue: boolean;
  /** Begins the time for the body. */
  waitForBody(onNoBody: (why: 'late' | 'broken') => void): void;
  onBody(): void;
  /** No deadline applies. */
  rest(): void;
}

export interface Served {
  readonly answer: Exclude<ApiAnswer, ApiRefusal>;
  /** Headers of every answer to this request. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The text of an alert is cut, and most of its body is not text. */
const MAX_WEBHOOK_BYTES = 256 * 1024;

const LIST = new Intl.ListFormat('en', { type: 'conjunction' });

/** What is served with HTTP_API=off. */
const BASIC_PATHS = new Set(['/', '/about']);

/** The label of a request without a route in the metrics. */
const NO_ROUTE = 'other';

export class HttpApi {
  readonly #options: HttpApiOptions;
  readonly #router: Router;
  readonly #rate: RequestRate;

  constructor(options: HttpApiOptions) {
    this.#options = options;
    const served = options.mode === 'off' ? routes.filter(({ path }) => BASIC_PATHS.has(path)) : routes;
    this.#router = new Router(served, (text) => options.port.isRoomName(text));
    this.#rate = new RequestRate(options);
  }

  /** Whether the path is one of the interface. */
  has(request: IncomingMessage): boolean {
    return this.#router.find(request.method ?? '', pathOf(request)) !== null;
  }

  /** Whether the path is the short form of a room, which is for posts alone. */
  isRoom(request: IncomingMessage): boolean {
    return this.#router.isShortForm(pathOf(request));
  }

  /** Whether the path is none of the interface, but begins as one does. */
  isNear(request: IncomingMessage): boolean {
    return this.#router.isNear(pathOf(request));
  }

  /** Headers of every answer to this request, also for paths that are not of the interface. */
  crossOrigin({ headers }: IncomingMessage): Readonly<Record<string, string>> {
    return crossOriginHeaders(headers, this.#options.allowedOrigins);
  }

  /** The route for the metrics. */
  routeOf(request: IncomingMessage): string {
    return this.#router.find(request.method ?? '', pathOf(request))?.match?.route.path ?? NO_ROUTE;
  }

  /** The response to a request for a path of the interface. */
  async serve(exchange: Exchange): Promise<Served> {
    const { request } = exchange;
    const { headers } = request;
    const { allowedOrigins } = this.#options;
    const found = this.#router.find(request.method ?? '', pathOf(request));
    const crossOrigin = this.crossOrigin(request);
    const methods = found?.methods ?? [];
    if (request.method === 'OPTIONS') {
      const preflight = preflightHeaders(headers, allowedOrigins, methods);
      const answer = { status: 204, body: '', headers: { Allow: methods.join(', '), ...preflight } };
      return { answer, headers: crossOrigin };
    }
    const match = found?.match ?? null;
    const answer =
      match === null
        ? refuse('method-not-allowed', { detail: `this path takes ${LIST.format(methods)}` })
        : await this.#answer(match, exchange);
    if (!isRefusal(answer)) return { answer, headers: crossOrigin };
    const asJson = match?.extension === 'json' || prefersProblem(request);
    const more =
      match === null
        ? { Allow: methods.join(', ') }
        : answer.refusal === 'password-required' || answer.refusal === 'wrong-password'
          ? { 'WWW-Authenticate': challengeFor(headers) }
          : {};
    return { answer: refusalResponse(answer, asJson), headers: { ...crossOrigin, ...more } };
  }

  async #answer(match: Match, exchange: Exchange): Promise<ApiAnswer> {
    const { route, segments } = match;
    const { port } = this.#options;
    const refusal = this.#availability(route, exchange);
    if (refusal !== null) return refuse(refusal);
    if (segments === null) return refuse('invalid-room');
    const caller = await this.#callerOf(route, exchange);
    if (isRefusal(caller)) return caller;
    const retryAfterS = route.who === 'anyone' ? null : await this.#rate.admit(caller.rateKey);
    if (retryAfterS !== null) return refuse('rate-limited', { retryAfterS });
    const query = queryOf(exchange.request);
    const misused = queryRefusal(route, query);
    if (misused !== null) return misused;
    const body = await readBodyOf(route, exchange);
    if (!Buffer.isBuffer(body)) return body;
    const request: ApiRequest = {
      caller,
      about: port.about(),
      segment: (name) => segments.get(name) ?? '',
      query,
      headers: exchange.request.headers,
      body,
      format: formatOf(match, exchange.request),
      extension: match.extension === null ? '' : extensionOf(match.extension),
      mode: this.#options.mode,
      server: exchange.server,
      spend: (lines) => this.#rate.spend(caller.rateKey, lines),
      waiting: (wait) => waiting(exchange, wait),
    };
    return route.handle(request);
  }

  #availability(route: Route, { slot, isDraining }: Exchange): ErrorCode | null {
    if (route.who === 'anyone') return null;
    if (slot.refusal !== null) return REFUSED_CONNECTIONS.get(slot.refusal) ?? 'busy';
    return isDraining ? 'shutting-down' : null;
  }

  async #callerOf(route: Route, exchange: Exchange): Promise<ApiCaller | ApiRefusal> {
    const { port, mode } = this.#options;
    const origin = originOf(exchange);
    if (route.who === 'anyone' || route.who === 'secret') return port.guest(origin);
    const credentials = credentialsOf(exchange.request.headers);
    if (isRefusal(credentials)) return credentials;
    const caller = await port.identify(credentials, origin);
    if (isRefusal(caller) || caller.account !== null) return caller;
    return route.who === 'owner' || mode === 'token' ? refuse('password-required') : caller;
  }
}

const NO_BODY = Buffer.alloc(0);

function originOf({ request, peer, connection }: Exchange): RequestOrigin {
  const { address, port } = peer;
  return {
    address,
    peer: peerName(address, port),
    connection,
    isStillWanted: () => !request.socket.destroyed,
  };
}

async function waiting<Value>(
  exchange: Exchange,
  wait: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const gone = new AbortController();
  exchange.response.once('close', () => gone.abort());
  exchange.rest();
  const value = await wait(gone.signal);
  exchange.onBody();
  return value;
}

async function readBodyOf(route: Route, exchange: Exchange): Promise<Buffer | ApiRefusal> {
  const { request, response } = exchange;
  if (route.body === undefined) return NO_BODY;
  if (request.headers['content-encoding'] !== undefined)
    return refuse('unsupported-type', { detail: 'send the body uncompressed, without Content-Encoding' });
  const wrongType = route.body === 'text' ? typeRefusal(request.headers['content-type']) : null;
  if (wrongType !== null) return wrongType;
  const maxBytes = route.body === 'webhook' ? MAX_WEBHOOK_BYTES : MAX_BODY_BYTES;
  const announced = announcedBody(request, maxBytes);
  if (announced === 'too-long') return refuse('paste-too-long');
  if (announced === 'coded')
    return refuse('unsupported-type', {
      detail: 'send the body as it is, with a Content-Length or Transfer-Encoding: chunked',
    });
  if (announced === 'none') return NO_BODY;
  if (exchange.expectsContinue) response.writeContinue();
  const body = await readBody(request, maxBytes, (end) => exchange.waitForBody(end));
  exchange.onBody();
  if (Buffer.isBuffer(body)) return body;
  if (body === 'broken') return refuse('usage', { detail: 'the body is malformed, or ends too early' });
  return refuse(body === 'too-long' ? 'paste-too-long' : 'request-timeout');
}

/** A JSON body is answered in JSON, unless the client names another format. */
function formatOf({ route, extension }: Match, { headers }: IncomingMessage) {
  if (extension !== null) return extension;
  const { formats } = route;
  const isJson = route.body === 'text' && isJsonType(headers['content-type']) && formats.includes('json');
  return formatFor(headers.accept ?? '', isJson ? ['json', ...formats] : formats);
}
