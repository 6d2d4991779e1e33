/** What the handler of a route gets, and what it may return. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { ConnectionSlot } from '../../../core/ports.js';
import type { Peer } from '../../peer.js';
import type { HttpResponse } from '../http-response.js';
import type { About, ApiCaller } from './api-port.js';
import type { ApiRefusal } from './errors.js';
import type { Format } from './formats.js';

export interface ApiRequest {
  /** The one on whose behalf the request is made. Of a route for anyone, it is not known: such a route needs none. */
  readonly caller: ApiCaller;
  readonly about: About;
  /** A segment of the path by its name in the route, percent-decoded; '' if the route has none of that name. */
  segment(name: string): string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Empty for a route without a body. */
  readonly body: Buffer;
  readonly format: Format;
  /** The extension of the path, with its dot; '' without one. */
  readonly extension: string;
  /** Who may use the interface. */
  readonly mode: ApiMode;
  /** The address that the client has connected to, as it would write it in a command. */
  readonly server: ServerAddress;
  /** Counts further lines of the request for its rate. */
  spend(lines: number): void;
  /** Waits without a deadline of the connection. The signal is aborted when the client goes away. */
  waiting<Value>(wait: (signal: AbortSignal) => Promise<Value>): Promise<Value>;
}

export type ApiMode = 'on' | 'token' | 'off';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly isEncrypted: boolean;
}

export type Handler = (request: ApiRequest) => ApiAnswer | Promise<ApiAnswer>;

export type ApiAnswer = HttpResponse | ApiRefusal | TakeOver;

/** The handler answers by itself. */
export interface TakeOver {
  readonly takeOver: (stage: Stage) => void;
}

/** One request and its response, for a handler that answers by itself. It must end the response. */
export interface Stage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The client, behind a trusted proxy too. */
  readonly peer: Peer;
  /** Headers that every answer to this request needs: those for a page of another origin. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Takes the connection out of the HTTP server: it has no deadline any more, and is not counted. Returns its place in
   * the limits; null if its client, behind a proxy, has too many.
   */
  leaveHttp(): ConnectionSlot | null;
}

export function takeOver(run: (stage: Stage) => void): TakeOver {
  return { takeOver: run };
}
