/**
 * One chat: the only place where the parts meet. It owns a hub; listeners of any kind are opened on it, and all who
 * come through any of them are in the same rooms. The server is one of these with a log and signals around it; other
 * programs import it.
 */
import type { Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { AccountStore } from './accounts/account-store.js';
import { Scrypt } from './accounts/scrypt.js';
import { PasswordQueue } from './accounts/password-queue.js';
import { ExternalChangesPoller } from './accounts/external-changes.js';
import { readBanner } from './config/banner-file.js';
import { systemClock } from './util/clock.js';
import { LocalSequencer } from './core/hub/local-sequencer.js';
import type { Config } from './config/settings.js';
import { ConfigError } from './config/load-config.js';
import { isEveryAddress } from './config/setting-types.js';
import { Hub } from './core/hub/hub.js';
import type { Framing, HistoryStore, Transport, ConnectionSlot, EventObserver } from './core/ports.js';
import { Encoders } from './core/delivery/encoder.js';
import { GotalkDialect } from './dialects/gotalk/format.js';
import {
  conversationIn,
  DIALECT_NAMES,
  DIALECTS,
  type DialectName,
  type DialectOptions,
} from './dialects/index.js';
import { ConnectionLimits } from './connection/connection-limits.js';
import { Authenticator } from './connection/authenticator.js';
import { ConnectionManager } from './connection/connection-manager.js';
import { TimerWheel } from './connection/timer-wheel.js';
import { MemoryHistory } from './history/memory.js';
import { EventDispatcher, type PartylineEventName, type PartylineHandler } from './library/events.js';
import { BotClient, type SayRefusal } from './library/bot-client.js';
import { type Logger, logEvent, logsEvents, silentLogger } from './logging/log-event.js';
import { EventLogger } from './logging/event-logger.js';
import { Metrics } from './metrics/metrics.js';
import { attachTo } from './net/http/attach.js';
import { type Certificate, checkCertificate } from './net/certificate.js';
import { connectionsWithin, describeShortage } from './net/fd-limit.js';
import { FirstFrameMux } from './net/websocket/first-frame.js';
import { ProtocolMux } from './net/protocol-mux.js';
import { createHttp, type Http } from './net/http/http-server.js';
import { listenTcp, type TcpOptions } from './net/tcp.js';
import { Tls } from './net/tls.js';
import {
  addressFrom,
  type ChatConfig,
  chatConfigWith,
  parseBotNames,
  type Some,
} from './config/library-options.js';
import { throttle } from './logging/throttle.js';
import { rawFraming } from './net/raw-framing.js';
import { webSocketFraming } from './net/websocket/framing.js';

/** A client that speaks first does so within this; the others are greeted by GoTalk. */
const GOTALK_SILENCE_MS = 300;

/** The server's settings by their names in the Config; what is not given is as the server has it. */
export interface PartylineOptions extends Some<ChatConfig> {
  /** Pino's, Fastify's, `console`, or what has their methods; nothing is logged without one. */
  readonly logger?: Logger | undefined;
  /** Names that `say` alone may use. Of other names than these a user may take one, and no bot has it then. */
  readonly botNames?: readonly string[] | undefined;
  /** @internal Where messages are kept; in memory without one. */
  readonly history?: HistoryStore | undefined;
  /** @internal Where registered names, bans and the like are kept; in memory without one. */
  readonly accounts?: AccountStore | undefined;
  /** @internal Who else sees what happens, beside the log: the server's transcript. */
  readonly observers?: readonly EventObserver[] | undefined;
}

export interface ListenOptions {
  /** 0 takes a free one; 4000 if not given. */
  readonly port?: number | undefined;
  /** A name or an address; `localhost`, both loopback addresses, if not given. */
  readonly host?: string | undefined;
  /** What a client is taken to speak whose first bytes do not tell: `lines` if not given. */
  readonly fallback?: DialectName | undefined;
  /** Serves encrypted connections, too, on the same port. */
  readonly tls?: ListenTls | undefined;
}

export interface ListenTls extends Certificate {
  /** Refuses whoever does not encrypt. */
  readonly only?: boolean | undefined;
}

export interface Listening {
  readonly port: number;
  /** Shows another certificate from now on; nobody is disconnected. Throws where it cannot be used, and the old one stays. */
  renew(certificate: Certificate): void;
  /** Accepts no more there. Who came in stays. */
  close(): void;
}

export interface AttachOptions {
  /** `/mychat`, MaChat's own, if not given. On any other path the first frame tells the dialect. */
  readonly path?: string | undefined;
}

interface Open {
  /** Null until the port is had. */
  listening: Listening | null;
  readonly door: ProtocolMux<DialectName>;
  readonly http: Http;
  readonly tls: Tls | null;
}

/**
 * A chat in this process.
 *
 * @example
 * const party = new Partyline();
 * const { port } = await party.listen({ port: 0 });
 * party.on('message', ({ room, name, text }) => console.log(`#${room} ${name}: ${text}`));
 * await party.say('lobby', 'deploy-bot', 'version 2 is out');
 * await party.close();
 */
export class Partyline {
  readonly #config: Config;
  readonly #log: Logger;
  readonly #timers = new TimerWheel(systemClock);
  readonly #events: EventDispatcher;
  readonly #metrics: Metrics;
  readonly #hub: Hub;
  readonly #connections: ConnectionManager;
  readonly #bot: BotClient;
  readonly #firstFrameMux: FirstFrameMux<DialectName>;
  readonly #accounts: AccountStore;
  readonly #watch: ExternalChangesPoller | null;
  readonly #passwords: PasswordQueue;
  readonly #dialects: DialectOptions;
  readonly #open = new Set<Open>();
  readonly #detachers: (() => void)[] = [];
  #closed: Promise<void> | null = null;

  /** @throws ConfigError if an option or the banner file cannot be used. */
  constructor(options: PartylineOptions = {}) {
    const {
      logger,
      history = new MemoryHistory(),
      accounts = AccountStore.inMemory(),
      observers = [],
      botNames,
      ...settings
    } = options;
    this.#config = chatConfigWith(settings);
    this.#log = logger ?? silentLogger;
    this.#dialects = dialectOptions(this.#config);
    const config = this.#config;
    const clock = systemClock;
    this.#events = new EventDispatcher(this.#report);
    this.#metrics = new Metrics({
      users: () => this.#hub.userCount,
      rooms: () => this.#hub.roomCount,
      connections: () => this.#connectionCounts(),
    });
    this.#accounts = accounts;
    accounts.recover(history.lastId(), history.lastAt());
    this.#hub = new Hub({
      history,
      accounts,
      sequencer: (settle) => new LocalSequencer(settle, history.lastId(), history.lastAt()),
      observers: [
        ...(logsEvents(this.#log) ? [new EventLogger(this.#log, config)] : []),
        ...observers,
        this.#events,
      ],
      defer: setImmediate,
      now: clock.now,
      writeQueueBytes: config.writeQueueBytes,
      announceLogin: config.announceLogin,
      onStorageError: throttle(clock, this.#report),
      meter: this.#metrics,
      botNames: parseBotNames(botNames),
    });
    const descriptors = connectionsWithin(config.maxClients);
    const shortage = describeShortage(descriptors);
    if (shortage !== null) this.#log.warn(shortage);
    this.#watch = accounts.isShared ? this.#watchOver(accounts) : null;
    const hasher = new Scrypt();
    this.#passwords = new PasswordQueue({ hasher, clock });
    this.#connections = new ConnectionManager({
      hub: this.#hub,
      authenticator: new Authenticator({
        hub: this.#hub,
        accounts,
        passwords: this.#passwords,
        clock,
        serverPasswordHash: config.serverPassword === null ? null : hasher.hash(config.serverPassword),
        refresh: () => this.#watch?.poll(),
      }),
      timers: this.#timers,
      clock,
      encoders: new Encoders(),
      timeouts: config,
      meter: this.#metrics,
      onError: this.#report,
      isAddressBanned: (address) => accounts.bans.isAddressBanned(address, clock.now()),
      limits: new ConnectionLimits({ ...config, maxClients: descriptors.connections }),
      maxRefused: descriptors.refused,
      onTurnedAway: (count) =>
        this.#log.warn(
          `${count} connections were closed unheard: more were refused at once than can be told why`,
        ),
    });
    this.#bot = new BotClient({ hub: this.#hub, now: clock.now, maxLineBytes: config.maxLineBytes });
    this.#firstFrameMux = new FirstFrameMux({
      dialects: DIALECTS,
      fallback: 'lines',
      timers: this.#timers,
      silenceMs: config.greetingDelayMs,
      loginTimeoutMs: config.loginTimeoutMs,
      open: (dialect, transport, visit) => this.#attend(dialect, webSocketFraming, transport, visit),
    });
  }

  /** Users logged in. */
  get userCount(): number {
    return this.#hub.userCount;
  }

  /** Opens a port. Rejects with the system's error if the port or the address cannot be had. */
  async listen({ fallback = 'lines', tls: encryption, ...address }: ListenOptions = {}): Promise<Listening> {
    this.#mustBeOpen();
    const { port, host } = addressFrom(address);
    if (!DIALECT_NAMES.includes(fallback))
      throw new ConfigError(
        `partyline: fallback must be one of ${DIALECT_NAMES.join(', ')}; got ${JSON.stringify(fallback)}`,
      );
    const tls = encryption === undefined ? null : this.#createTls(encryption);
    const tlsOnly = encryption?.only ?? false;
    const http = this.#createHttp(host);
    const door = new ProtocolMux({
      dialects: DIALECTS,
      timers: this.#timers,
      elapsed: () => systemClock.elapsed(),
      fallback,
      silenceMs: fallback === 'gotalk' ? GOTALK_SILENCE_MS : this.#config.greetingDelayMs,
      loginTimeoutMs: this.#config.loginTimeoutMs,
      takeSlot: (address) => this.#connections.takeSlot(address),
      open: (dialect, transport, visit) => this.#attend(dialect, rawFraming, transport, visit),
      serveHttp: (socket, first, visit) => http.handle(socket, first, visit),
      serveTls: tls && ((socket, first, secured) => tls.serve(socket, first, secured)),
      tlsOnly,
    });
    const connected = (socket: Socket) => door.accept(socket);
    const open: Open = { listening: null, door, http, tls };
    this.#open.add(open);
    try {
      open.listening = await this.#openPort({ host, port, connected }, tls);
    } catch (error) {
      this.#open.delete(open);
      throw error;
    }
    if (this.#closed !== null) open.listening.close();
    this.#mustBeOpen();
    const encrypted = tlsOnly ? 'only' : tls === null ? undefined : 'yes';
    logEvent(this.#log, 'LISTEN', { host, port: open.listening.port, fallback, tls: encrypted });
    return open.listening;
  }

  /**
   * Serves WebSockets on a path of an HTTP or HTTPS server that another program owns, and touches nothing else of it.
   *
   * @throws if a Partyline has that path of that server already.
   * @example party.attach(http.createServer(app).listen(8099), { path: '/mychat' })
   */
  attach(server: Server | SecureServer, { path = '/mychat' }: AttachOptions = {}): void {
    this.#mustBeOpen();
    if (!/^\/[^\s?#]*$/.test(path))
      throw new ConfigError(
        `partyline: path must begin with a slash, such as /mychat; got ${JSON.stringify(path)}`,
      );
    const { heartbeatIntervalMs, allowedOrigins } = this.#config;
    const detach = attachTo(server, {
      path,
      clock: systemClock,
      heartbeatIntervalMs,
      allowedOrigins,
      takeSlot: (address) => this.#connections.takeSlot(address),
      accept: (transport, visit) => this.#attendWebSocket(transport, path, visit),
    });
    this.#detachers.push(detach);
  }

  /** Calls the handler at each such event, once the messages of that moment are stored and on their way. */
  on<Name extends PartylineEventName>(name: Name, handler: PartylineHandler<Name>): this {
    this.#events.add(name, handler);
    return this;
  }

  off<Name extends PartylineEventName>(name: Name, handler: PartylineHandler<Name>): this {
    this.#events.remove(name, handler);
    return this;
  }

  /**
   * Says something in a room, under a name that no user has; a bot need not log in, and is in no room. Each line of the
   * text is a message, and nothing comes between them; lines with nothing in them are left out. Settles with null when
   * all of it is stored, else with the reason why nothing was said, in the protocol's words. Never rejects.
   */
  say(room: string, name: string, text: string): Promise<SayRefusal | null> {
    return this.#closed === null ? this.#bot.post(room, name, text) : Promise.resolve('closed');
  }

  /** Accepts no more, tells everyone, flushes, closes; what is left after the shutdown grace is cut off. Never rejects. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    if (this.#open.size > 0 || this.#detachers.length > 0)
      logEvent(this.#log, 'SHUTDOWN', { users: this.#hub.userCount });
    for (const detach of this.#detachers) detach();
    for (const { listening, http, tls } of this.#open) {
      listening?.close();
      tls?.close();
      http.drain();
    }
    for (const waiting of [this.#firstFrameMux, ...this.#doors()]) waiting.close();
    const closed = this.#connections
      .close()
      .then(() => Promise.all(Array.from(this.#open, ({ http }) => http.close())));
    await within(this.#config.shutdownGraceMs, Promise.all([closed, this.#bot.settled()]));
    this.#connections.destroy();
    for (const { http } of this.#open) http.destroy();
    this.#bot.close();
    this.#watch?.stop();
    this.#passwords.stop();
    this.#storeNotes();
    this.#timers.stop();
    this.#metrics.close();
  }

  #mustBeOpen(): void {
    if (this.#closed !== null) throw new Error('partyline: this Partyline is closed; make a new one');
  }

  /** Whoever's log it is: if it throws, there is nowhere left to say so. */
  readonly #report = (error: unknown): void => {
    try {
      this.#log.error({ tag: 'ERROR', err: error }, '[ERROR]');
    } catch {}
  };

  /** A last try: what was noted while the disk was full. */
  #storeNotes(): void {
    try {
      this.#accounts.commit();
    } catch (error) {
      this.#report(error);
    }
  }

  #watchOver(accounts: AccountStore): ExternalChangesPoller {
    return new ExternalChangesPoller({
      clock: systemClock,
      poll: () => accounts.poll(),
      onChange: ({ fold, what }) => {
        logEvent(this.#log, 'ADMIN', { did: what, about: fold, by: 'command line' });
        this.#hub.accountChanged(fold, systemClock.now());
      },
      onError: throttle(systemClock, this.#report),
    });
  }

  #createHttp(host: string): Http {
    const { loginTimeoutMs, heartbeatIntervalMs, allowedOrigins } = this.#config;
    return createHttp({
      clock: systemClock,
      host: isEveryAddress(host) ? null : host,
      loginTimeoutMs,
      heartbeatIntervalMs,
      allowedOrigins,
      metrics: () => this.#metrics.page(),
      accept: (transport, path, visit) => this.#attendWebSocket(transport, path, visit),
      failed: this.#report,
    });
  }

  async #openPort(where: Omit<TcpOptions, 'failed'>, tls: Tls | null): Promise<Listening> {
    const listener = await listenTcp({ ...where, failed: this.#report });
    const renew = (certificate: Certificate) => {
      if (tls === null) throw new Error('partyline: this port was opened without a certificate');
      tls.renew(usable(certificate));
    };
    return { ...listener, renew };
  }

  #createTls(certificate: Certificate): Tls {
    return new Tls({
      timers: this.#timers,
      elapsed: () => systemClock.elapsed(),
      certificate: usable(certificate),
      failed: (addr, err) => this.#log.debug({ addr, err }, 'TLS handshake failed'),
    });
  }

  #attend(dialect: DialectName, framing: Framing, transport: Transport, visit: ConnectionSlot) {
    const options = { ...this.#dialects, inTerminal: framing !== webSocketFraming };
    return this.#connections.open(transport, framing, conversationIn(dialect, options), visit);
  }

  #attendWebSocket(transport: Transport, path: string, visit: ConnectionSlot) {
    return path === '/mychat'
      ? this.#attend('machat', webSocketFraming, transport, visit)
      : this.#firstFrameMux.accept(transport, visit);
  }

  #doors(): ProtocolMux<DialectName>[] {
    return Array.from(this.#open, ({ door }) => door);
  }

  /** Connections by what they speak. */
  #connectionCounts(): ReadonlyMap<string, number> {
    const https = Array.from(this.#open, ({ http }) => http.connections);
    const undecided = [this.#firstFrameMux, ...this.#doors()].map((waiting) => waiting.undecided);
    const handshakes = Array.from(this.#open, ({ tls }) => tls?.handshakes ?? 0);
    return new Map([
      ...DIALECT_NAMES.map((dialect) => [dialect, 0] as const),
      ...this.#connections.countByDialect(),
      ['http', sum(https)],
      ['undecided', sum([...undecided, ...handshakes])],
    ]);
  }
}

/** How each dialect is spoken here. */
function dialectOptions({ maxLineBytes, historyReplay, bannerFile }: Config): DialectOptions {
  const banner = bannerFile === null ? {} : { banner: readBanner(bannerFile) };
  return { maxLineBytes, gotalk: { dialect: new GotalkDialect({ historyReplay }), ...banner } };
}

/** @throws ConfigError where it cannot be used. */
function usable(certificate: Certificate): Certificate {
  const checked = checkCertificate(certificate);
  if ('problem' in checked) throw new ConfigError(`partyline: ${checked.problem}`);
  return checked;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Settles with the promise, or when the time is over. */
function within(ms: number, promise: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void promise.finally(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
