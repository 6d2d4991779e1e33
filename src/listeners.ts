/** Opens and closes the listeners of a chat: ports, and WebSocket paths on other programs' HTTP servers. */
import type { Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import { hostname } from 'node:os';
import type { Chat } from './chat.js';
import { checkOptions } from './config/library-arguments.js';
import { ConfigError } from './config/load-config.js';
import { isEveryAddress } from './config/setting-types.js';
import type { Config, NameOf } from './config/settings.js';
import type { Clock, ConnectionSlot, Framing, Transport, TransportHandler } from './core/ports.js';
import {
  conversationIn,
  DIALECT_NAMES,
  DIALECTS,
  type DialectName,
  type DialectOptions,
} from './dialects/index.js';
import { STREAM_FORMATS } from './dialects/stream/index.js';
import { type RefusedBy, RefusalLog } from './logging/refusal-log.js';
import { type Fields, type Logger, logEvent } from './logging/log-event.js';
import { type Certificate, checkCertificate } from './net/certificate.js';
import type { ApiPort } from './net/http/api/api-port.js';
import { HttpApi } from './net/http/api/http-api.js';
import { attachTo } from './net/http/attach.js';
import { createHttp, type Http } from './net/http/http-server.js';
import { RequestGate } from './net/http/request-gate.js';
import { ProtocolMux } from './net/protocol-mux.js';
import { rawFraming } from './net/raw-framing.js';
import { checkHandles } from './net/handle-check.js';
import type { HandleConnections } from './net/handle-connection.js';
import { listenTcp } from './net/tcp.js';
import type { TcpConnection } from './net/tcp-connection.js';
import { Tls } from './net/tls.js';
import { FirstFrameMux } from './net/websocket/first-frame.js';
import { pingIntervalMs } from './config/ping-interval.js';
import { ircFramings, webSocketFraming, webSocketFramingWithLf } from './net/websocket/framing.js';
import type { IrcSubprotocol } from './net/websocket/subprotocols.js';
import { TrustedProxies } from './util/trusted-proxies.js';

/** The time for a client that sends first; after it GoTalk's greeting is sent. */
const GOTALK_SILENCE_MS = 300;

/** Where the dialect of a WebSocket is MaChat's, whatever it sends. */
const MACHAT_PATH = '/mychat';

export interface ListenTls extends Certificate {
  /** Refuses plain-text connections. */
  readonly only?: boolean | undefined;
}

export interface Listening {
  readonly port: number;
  /** Uses another certificate for new connections; open ones stay. Throws if it is unusable, and keeps the old one. */
  renew(certificate: Certificate): void;
  /** Accepts no more connections on this port. Open ones stay. */
  close(): void;
}

export interface Address {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The dialect of a client whose first bytes match none. */
  readonly fallback: DialectName;
  readonly tls?: ListenTls | undefined;
}

export interface ListenersOptions {
  readonly config: Config;
  /** How messages call a setting. */
  readonly nameOf: NameOf;
  readonly chat: Chat;
  /** What the HTTP interface asks of the chat. */
  readonly api: ApiPort;
  readonly dialects: DialectOptions;
  readonly clock: Clock;
  readonly log: Logger;
  /** Further fields of each LISTEN line of the log. */
  readonly logFields: () => Fields;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>;
  /** Why `/readyz` refuses new clients, as a line; null if it does not. */
  readonly unreadiness: () => string | null;
  readonly onError: (error: unknown) => void;
  /** Called for each request or connection that a setting refuses, for the metrics. */
  readonly onRefused: (by: RefusedBy) => void;
  /** Called for each HTTP response, for the metrics. */
  readonly onResponse: (route: string, status: number) => void;
}

interface Open {
  /** Null until the port is open. */
  listening: Listening | null;
  readonly mux: ProtocolMux<DialectName>;
  readonly http: Http;
  readonly tls: Tls | null;
}

export class Listeners {
  readonly #options: ListenersOptions;
  readonly #firstFrames: FirstFrameMux<DialectName>;
  readonly #open = new Set<Open>();
  readonly #refusals: RefusalLog;
  readonly #api: HttpApi;
  readonly #proxies: TrustedProxies;
  readonly #detachers: (() => void)[] = [];
  #isClosed = false;
  #isFallbackLogged = false;

  constructor(options: ListenersOptions) {
    const { config, chat } = options;
    this.#options = options;
    this.#proxies = new TrustedProxies(config.trustedProxies);
    this.#refusals = new RefusalLog(options.clock, options.log, options.nameOf);
    this.#api = new HttpApi({ ...config, port: options.api, clock: options.clock, mode: config.httpApi });
    this.#firstFrames = new FirstFrameMux({
      dialects: DIALECTS,
      fallback: 'lines',
      timers: chat.timers,
      silenceMs: config.greetingDelayMs,
      loginTimeoutMs: config.loginTimeoutMs,
      // IRC's lines end CR LF in a frame too.
      open: (dialect, transport, slot) =>
        this.#connect(
          dialect,
          dialect === 'irc' ? webSocketFramingWithLf : webSocketFraming,
          transport,
          slot,
        ),
    });
  }

  get isEmpty(): boolean {
    return this.#open.size === 0 && this.#detachers.length === 0;
  }

  /** Opens a port. Rejects with the system's error if the port or the address cannot be used. */
  async listen({ host, port, fallback, tls: encryption }: Address): Promise<Listening> {
    const { config, chat, clock, log, logFields, dialects } = this.#options;
    const tls = encryption === undefined ? null : this.#createTls(encryption);
    const tlsOnly = encryption?.only ?? false;
    const http = this.#createHttp(host, this.#createGate(host, tls), tlsOnly);
    const { stsDurationSeconds } = config;
    const stsOf = (transport: Transport, tlsPort: number): string | undefined => {
      if (tls === null || stsDurationSeconds === 0) return undefined;
      return transport.isEncrypted === true ? `duration=${stsDurationSeconds}` : `port=${tlsPort}`;
    };
    const mux = new ProtocolMux({
      dialects: DIALECTS,
      timers: chat.timers,
      elapsed: () => clock.elapsed(),
      fallback,
      silenceMs: fallback === 'gotalk' ? GOTALK_SILENCE_MS : config.greetingDelayMs,
      loginTimeoutMs: config.loginTimeoutMs,
      takeSlot: (address) => chat.connections.takeSlot(address),
      onRead: () => void chat.hub.onRead(),
      open: (dialect, transport, slot) =>
        this.#connect(dialect, rawFraming, transport, slot, stsOf(transport, open.listening?.port ?? port)),
      serveHttp: (socket, first, slot, peer) => http.handle(socket, first, slot, peer),
      serveTls: tls && ((socket, first, peer, secured) => tls.serve(socket, first, peer, secured)),
      tlsOnly,
      proxies: this.#proxies,
      onUntrustedProxy: (peer) => this.#refused('proxy', peer),
      greeting: () => conversationIn(fallback, dialects).greeting,
      onProbe: (addr) => log.debug({ addr }, 'a connection closed without sending anything'),
    });
    const open: Open = { listening: null, mux, http, tls };
    this.#open.add(open);
    try {
      open.listening = await this.#openPort(host, port, (connection) => mux.accept(connection), tls);
    } catch (error) {
      this.#open.delete(open);
      throw error;
    }
    if (this.#isClosed) open.listening.close();
    else {
      const encrypted = tlsOnly ? 'only' : tls === null ? undefined : 'yes';
      const actualPort = open.listening.port;
      const connect = howToConnect(host, actualPort, tls !== null);
      logEvent(log, 'LISTEN', { host, port: actualPort, fallback, tls: encrypted, connect, ...logFields() });
    }
    return open.listening;
  }

  /** Serves WebSockets on a path of another program's server. @throws if that path is taken already. */
  attach(server: Server | SecureServer, path: string): void {
    const { config, chat, clock } = this.#options;
    const detach = attachTo(server, {
      path,
      clock,
      heartbeatIntervalMs: pingIntervalMs(config.heartbeatIntervalMs, config.idleTimeoutMs),
      gate: this.#createGate(config.host, null),
      proxies: this.#proxies,
      takeSlot: (address) => chat.connections.takeSlot(address),
      speaksIrc: path !== MACHAT_PATH,
      accept: (transport, slot, subprotocol) => this.#connectWebSocket(transport, path, slot, subprotocol),
    });
    this.#detachers.push(detach);
  }

  /** Open connections by dialect, including HTTP and those whose protocol is not known yet. */
  connectionCounts(): ReadonlyMap<string, number> {
    const http = Array.from(this.#open, ({ http }) => http.connections);
    const undecided = this.#muxes().map((mux) => mux.undecided);
    const handshakes = Array.from(this.#open, ({ tls }) => tls?.handshakes ?? 0);
    return new Map([
      ...[...DIALECT_NAMES, ...STREAM_FORMATS].map((dialect) => [dialect, 0] as const),
      ...this.#options.chat.connections.countByDialect(),
      ['http', sum(http)],
      ['undecided', sum([...undecided, ...handshakes])],
    ]);
  }

  /** Accepts no more connections, and decides the protocol of those that wait. */
  stopAccepting(): void {
    this.#isClosed = true;
    for (const detach of this.#detachers) detach();
    for (const { listening } of this.#open) listening?.close();
    // First: what waits there may go on to TLS and HTTP.
    for (const mux of this.#muxes()) mux.close();
    for (const { http, tls } of this.#open) {
      tls?.close();
      http.drain();
    }
  }

  /** Settles when the last HTTP response is sent. */
  async closeHttp(): Promise<void> {
    await Promise.all(Array.from(this.#open, ({ http }) => http.close()));
  }

  /** Cuts off the HTTP connections that are left. */
  destroy(): void {
    for (const { http } of this.#open) http.destroy();
  }

  #muxes(): readonly { readonly undecided: number; close(): void }[] {
    return [this.#firstFrames, ...Array.from(this.#open, ({ mux }) => mux)];
  }

  #connect(
    dialect: DialectName,
    framing: Framing,
    transport: Transport,
    slot: ConnectionSlot,
    sts?: string,
  ): TransportHandler {
    const { dialects, chat } = this.#options;
    const conversation = conversationIn(dialect, dialects, { sts, inTerminal: framing === rawFraming });
    return chat.connections.open(transport, framing, conversation, slot);
  }

  #connectWebSocket(
    transport: Transport,
    path: string,
    slot: ConnectionSlot,
    subprotocol: IrcSubprotocol | null,
  ): TransportHandler {
    if (subprotocol !== null) return this.#connect('irc', ircFramings[subprotocol], transport, slot);
    return path === MACHAT_PATH
      ? this.#connect('machat', webSocketFramingWithLf, transport, slot)
      : this.#firstFrames.accept(transport, slot);
  }

  #createHttp(host: string, gate: RequestGate, tlsOnly: boolean): Http {
    const { config, chat, clock, metrics, unreadiness, onError } = this.#options;
    return createHttp({
      clock,
      host: isEveryAddress(host) ? null : host,
      loginTimeoutMs: config.loginTimeoutMs,
      heartbeatIntervalMs: pingIntervalMs(config.heartbeatIntervalMs, config.idleTimeoutMs),
      gate,
      api: this.#api,
      proxies: this.#proxies,
      takeSlot: (address) => chat.connections.takeSlot(address),
      tlsOnly,
      onResponse: (route, status) => this.#options.onResponse(route, status),
      metrics,
      unreadiness,
      accept: (transport, path, slot, subprotocol) =>
        this.#connectWebSocket(transport, path, slot, subprotocol),
      onError,
    });
  }

  #createGate(host: string, tls: Tls | null): RequestGate {
    const { config, nameOf } = this.#options;
    const { allowedHosts, allowedOrigins } = config;
    return new RequestGate({
      nameOf,
      allowedHosts,
      allowedOrigins,
      ownNames: () => [host, ...(tls?.dnsNames ?? [])],
      onRefused: (what, value) => this.#refused(what, value),
    });
  }

  #refused(by: RefusedBy, value: string): void {
    this.#options.onRefused(by);
    this.#refusals.add(by, value);
  }

  async #openPort(
    host: string,
    port: number,
    onConnection: (connection: TcpConnection) => void,
    tls: Tls | null,
  ): Promise<Listening> {
    const handles = await this.#handles();
    const listener = await listenTcp({ host, port, handles, onConnection, onError: this.#options.onError });
    const renew = (certificate: Certificate) => {
      if (tls === null) throw new Error('partyline: this port was opened without a certificate');
      checkOptions(certificate, 'the certificate', '{ cert, key } with both in PEM');
      tls.renew(usable(certificate));
    };
    return { ...listener, renew };
  }

  /** Null if connections use sockets. */
  async #handles(): Promise<HandleConnections | null> {
    if (this.#options.config.transport === 'public') return null;
    const check = await checkHandles();
    if ('connections' in check) return check.connections;
    if (!this.#isFallbackLogged) {
      this.#isFallbackLogged = true;
      const message = 'TCP handles cannot be used: clients take more memory, and writes more time';
      this.#options.log.warn({ problem: check.problem }, message);
    }
    return null;
  }

  #createTls(certificate: Certificate): Tls {
    const { chat, clock, log } = this.#options;
    return new Tls({
      timers: chat.timers,
      elapsed: () => clock.elapsed(),
      certificate: usable(certificate),
      onHandshakeError: (addr, err) => log.debug({ addr, err }, 'TLS handshake failed'),
    });
  }
}

/** The command with which a user of this machine, or of the network, connects. */
function howToConnect(host: string, port: number, isEncrypted: boolean): string {
  return `${isEncrypted ? 'ncat --ssl' : 'ncat'} ${isEveryAddress(host) ? hostname() : host} ${port}`;
}

/** @throws ConfigError if the certificate cannot be used. */
function usable(certificate: Certificate): Certificate {
  const checked = checkCertificate(certificate);
  if ('problem' in checked) throw new ConfigError(`partyline: ${checked.problem}`);
  return checked;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
