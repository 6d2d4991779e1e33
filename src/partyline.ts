/**
 * Embeds a chat in a program. All listeners of a Partyline share one hub, so their clients share its rooms. The server
 * is a Partyline with a log, a data file and signals.
 */
import type { Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import { AccountStore } from './accounts/account-store.js';
import {
  endsSessions,
  ExternalChangesPoller,
  isBanChange,
  isHookChange,
} from './accounts/external-changes.js';
import { Scrypt } from './accounts/scrypt.js';
import { ChatApi } from './api/chat-api.js';
import { type Chat, createChat } from './chat.js';
import type { ClusterMember } from './cluster/member.js';
import { readBanner, readMotd } from './config/banner-file.js';
import {
  checkLogger,
  checkOptions,
  checkPath,
  checkTls,
  checkWebServer,
  invalid,
  parseBotNames,
} from './config/library-arguments.js';
import {
  addressFrom,
  type ChatConfig,
  chatConfigWith,
  checkUnknown,
  type Some,
} from './config/library-options.js';
import { type Config, type NameOf, optionName } from './config/settings.js';
import type { EventObserver, HistoryStore, TurnStore } from './core/ports.js';
import { MAX_PASTE_BYTES, MAX_PASTE_LINES } from './core/limits.js';
import { parseRoomName, type RoomName } from './core/text/text.js';
import { GotalkDialect } from './dialects/gotalk/format.js';
import { IrcDialects } from './dialects/irc/dialects.js';
import { IrcServer } from './dialects/irc/server.js';
import { DIALECT_NAMES, type DialectName, type DialectOptions } from './dialects/index.js';
import { type CommittingHistory, DirectStore } from './history/direct-store.js';
import { MemoryHistory } from './history/memory.js';
import { BotClient, type Said, type SayRefusal } from './library/bot-client.js';
import { EventDispatcher, type PartylineEventName, type PartylineHandler } from './library/events.js';
import { Listeners, type Listening, type ListenTls } from './listeners.js';
import { EventLogger } from './logging/event-logger.js';
import { type Fields, type Logger, logEvent, logsEvents, silentLogger } from './logging/log-event.js';
import { throttle } from './logging/throttle.js';
import { Metrics } from './metrics/metrics.js';
import type { About } from './net/http/api/api-port.js';
import { connectionsWithin, describeShortage } from './net/fd-limit.js';
import { systemClock } from './util/clock.js';
import { VERSION } from './util/version.js';

/** The server's settings by their names in the Config; each has the server's default. */
export interface PartylineOptions extends Some<ChatConfig> {
  /** Pino's, Fastify's, `console`, or one with their methods. Without one, nothing is logged. */
  readonly logger?: Logger | undefined;
  /** Names reserved for `say`. A user can take any other name, and `say` then returns `username-taken`. */
  readonly botNames?: readonly string[] | undefined;
}

/** @internal What a server adds to its Partyline. They are not options, so that `historyDays` among the options is refused. */
export interface ServerParts {
  /** Where messages are stored; in memory without one. */
  readonly history?: CommittingHistory | undefined;
  /** Where everything is stored, in place of `history`: the server's data file. */
  readonly storage?: Storage | undefined;
  /** Observers besides the log: the server's transcript. */
  readonly observers?: readonly EventObserver[] | undefined;
  /** The cluster that this server belongs to. */
  readonly cluster?: ClusterMember | undefined;
  /** HISTORY_DAYS, for `GET /about`. */
  readonly historyDays?: number | undefined;
  /** How messages call a setting; by the name of the option without it. */
  readonly nameOf?: NameOf | undefined;
  /** Further fields of the log lines of start and stop. */
  readonly logFields?: (() => Fields) | undefined;
}

/** The messages, the accounts, and what stores both. */
export interface Storage {
  readonly history: HistoryStore;
  readonly accounts: AccountStore;
  readonly store: TurnStore;
}

export interface ListenOptions {
  /** 0 takes a free port (default 4000). */
  readonly port?: number | undefined;
  /** A name or an address (default `localhost`: both loopback addresses). */
  readonly host?: string | undefined;
  /** The dialect of a client whose first bytes match none (default `lines`). */
  readonly fallback?: DialectName | undefined;
  /** Also accepts TLS connections on the same port. */
  readonly tls?: ListenTls | undefined;
}

export interface AttachOptions {
  /** Default `/mychat`, MaChat's own. On any other path the first frame decides the dialect. */
  readonly path?: string | undefined;
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
  readonly #logFields: () => Fields;
  readonly #store: TurnStore;
  readonly #events: EventDispatcher;
  readonly #metrics: Metrics;
  readonly #externalChanges: ExternalChangesPoller | null;
  readonly #chat: Chat;
  readonly #bot: BotClient;
  readonly #listeners: Listeners;
  /** The tokens that expired before this time were logged, or had expired at the start. */
  #tokensCheckedAt: number | null = null;
  #closed: Promise<void> | null = null;

  /** @throws ConfigError if an option or the banner file cannot be used. */
  constructor(options?: PartylineOptions);
  /** @internal */
  constructor(...both: [options: PartylineOptions, parts: ServerParts]);
  constructor(options: PartylineOptions = {}, parts: ServerParts = {}) {
    checkOptions(options, 'the options of a Partyline', '{ maxClients: 100 }');
    const { logger, botNames, ...settings } = options;
    checkLogger(logger);
    const { storage = inMemory(parts.history), observers = [], logFields = () => ({}) } = parts;
    const { cluster = null, historyDays = 0, nameOf = optionName } = parts;
    const config = chatConfigWith(settings);
    const clock = systemClock;
    const hasher = new Scrypt();
    this.#config = config;
    this.#log = logger ?? silentLogger;
    this.#logFields = logFields;
    const dialects = dialectOptions(config, nameOf);
    const names = parseBotNames(botNames);
    this.#events = new EventDispatcher(this.#report);
    this.#metrics = new Metrics({
      users: () => this.#chat.hub.userCount,
      rooms: () => this.#chat.hub.roomCount,
      connections: () => this.#listeners.connectionCounts(),
      cluster: cluster && (() => cluster.numbers()),
      onError: throttle(systemClock, this.#report),
    });
    const { history, accounts, store } = storage;
    this.#store = store;
    if (cluster === null || cluster.isNew) accounts.recover(history.lastId(), history.lastAt());
    const descriptors = connectionsWithin(config.maxClients);
    const shortage = describeShortage(descriptors, nameOf('maxClients'));
    if (shortage !== null) this.#log.warn(shortage);
    // In a cluster the command line proposes its changes.
    this.#externalChanges =
      accounts.isShared && cluster === null ? this.#pollExternalChanges(accounts) : null;
    const refreshAccounts = () => this.#externalChanges?.poll();
    const serverPasswordHash = config.serverPassword === null ? null : hasher.hash(config.serverPassword);
    const eventLogger = logsEvents(this.#log) ? [new EventLogger(this.#log, config)] : [];
    this.#chat = createChat({
      settings: { ...config, maxClients: descriptors.connections },
      ...storage,
      observers: [...eventLogger, ...observers, this.#events],
      clock,
      defer: setImmediate,
      ...(cluster && {
        sequencer: () => cluster.sequencer,
        sessionTable: cluster.sessionTable,
      }),
      hasher,
      serverPasswordHash,
      botNames: names,
      meter: this.#metrics,
      maxRefused: descriptors.refused,
      refreshAccounts,
      onError: this.#report,
      onStorageError: throttle(clock, this.#report),
      onTurnedAway: (count) =>
        this.#log.warn(`${count} connections were closed without a reason: too many were refused at once`),
    });
    if (cluster !== null) {
      cluster.onRoundtrip = (ms) => this.#metrics.onRoundtrip(ms);
      cluster.attach(this.#chat.hub);
    }
    this.#bot = new BotClient({
      hub: this.#chat.hub,
      now: () => clock.now(),
      maxLineBytes: config.maxLineBytes,
    });
    const api = new ChatApi({
      hub: this.#chat.hub,
      accounts,
      passwords: this.#chat.passwords,
      now: () => clock.now(),
      clock,
      openStream: (options, slot) => this.#chat.connections.subscribe(options, slot),
      tokenTime: () => this.#chat.tokenTime.now(),
      serverPasswordHash,
      refresh: refreshAccounts,
      isExempt: (address) => this.#chat.limits.isExempt(address),
      about: aboutOf(config, historyDays, nameOf),
      onError: throttle(clock, this.#report),
    });
    this.#listeners = new Listeners({
      config,
      nameOf,
      chat: this.#chat,
      api,
      dialects,
      clock,
      log: this.#log,
      logFields,
      metrics: () => this.#metrics.page(),
      unreadiness: () => cluster?.unreadiness() ?? null,
      onError: this.#report,
      onRefused: (by) => this.#metrics.onRefused(by),
      onResponse: (route, status) => this.#metrics.onResponse(route, status),
    });
  }

  /** Users logged in. */
  get userCount(): number {
    return this.#chat.hub.userCount;
  }

  /** Opens a port. Rejects with the system's error if the port or the address cannot be used. */
  async listen(options: ListenOptions = {}): Promise<Listening> {
    this.#mustBeOpen();
    checkOptions(options, 'the options of listen()', '{ port: 4000 }');
    const { fallback = 'lines', tls, ...address } = options;
    const { port, host } = addressFrom(address);
    if (!DIALECT_NAMES.includes(fallback))
      throw invalid('fallback', `one of ${DIALECT_NAMES.join(', ')}`, fallback);
    checkTls(tls);
    const listening = await this.#listeners.listen({ host, port, fallback, tls });
    this.#mustBeOpen();
    return listening;
  }

  /**
   * Serves WebSockets on one path of another program's HTTP or HTTPS server. Its other requests are unaffected.
   *
   * @throws if the path is already attached.
   * @example party.attach(http.createServer(app).listen(8099), { path: '/mychat' })
   */
  attach(server: Server | SecureServer, options: AttachOptions = {}): void {
    this.#mustBeOpen();
    checkWebServer(server);
    checkOptions(options, 'the options of attach()', "{ path: '/mychat' }");
    const { path = '/mychat', ...others } = options;
    checkUnknown(others, ['path']);
    checkPath(path);
    this.#listeners.attach(server, path);
  }

  /** Calls the handler for each such event, after the messages of its turn are stored. */
  on<Name extends PartylineEventName>(name: Name, handler: PartylineHandler<Name>): this {
    this.#events.add(name, handler);
    return this;
  }

  off<Name extends PartylineEventName>(name: Name, handler: PartylineHandler<Name>): this {
    this.#events.remove(name, handler);
    return this;
  }

  /**
   * Posts in a room, under a name that no user has; a bot need not log in, and is in no room. Each line of the
   * text is a message; the lines stay together, and empty lines are left out. Settles with the ids when all of it
   * is stored, else with the reason why nothing was posted, in the protocol's words. Never rejects.
   */
  say(room: string, name: string, text: string): Promise<Said | SayRefusal> {
    return this.#closed === null ? this.#bot.post(room, name, text) : Promise.resolve('closed');
  }

  /**
   * Stops accepting, notifies every client, flushes and closes; destroys the rest after the shutdown grace. Never
   * rejects.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { hub, connections, passwords, timers } = this.#chat;
    if (!this.#listeners.isEmpty)
      logEvent(this.#log, 'SHUTDOWN', { users: hub.userCount, ...this.#logFields() });
    this.#listeners.stopAccepting();
    const closed = connections.close().then(() => this.#listeners.closeHttp());
    await within(this.#config.shutdownGraceMs, Promise.all([closed, this.#bot.settled()]));
    connections.destroy();
    this.#listeners.destroy();
    this.#bot.close();
    this.#externalChanges?.stop();
    passwords.stop();
    await within(this.#config.shutdownGraceMs, this.#storePendingChanges());
    timers.stop();
    this.#metrics.close();
  }

  #mustBeOpen(): void {
    if (this.#closed !== null) throw new Error('partyline: this Partyline is closed; make a new one');
  }

  /** Errors of the logger itself are ignored: they cannot be reported. */
  readonly #report = (error: unknown): void => {
    try {
      this.#log.error({ tag: 'ERROR', err: error }, '[ERROR]');
    } catch {}
  };

  /** Tries once more to store changes that failed, for instance while the disk was full. */
  #storePendingChanges(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#store.hasChanges) {
        resolve();
        return;
      }
      this.#store.commit((failure) => {
        if (failure !== null) this.#report(failure.error);
        resolve();
      });
    });
  }

  #logExpiredTokens({ users }: AccountStore): void {
    const now = this.#chat.tokenTime.now();
    const from = this.#tokensCheckedAt ?? now;
    this.#tokensCheckedAt = now;
    for (const { id, fold, expiresAt } of users.expiredTokens(from, now)) {
      const name = users.account(fold)?.shown ?? fold;
      const expired = new Date(expiresAt ?? now).toISOString();
      this.#log.info({ token: id, name, expired }, `token ${id} of ${name} expired at ${expired}`);
    }
  }

  #pollExternalChanges(accounts: AccountStore): ExternalChangesPoller {
    return new ExternalChangesPoller({
      clock: systemClock,
      poll: () => {
        this.#logExpiredTokens(accounts);
        return accounts.poll();
      },
      onChange: (change) => {
        const { fold, what, orphanedRooms } = change;
        const now = systemClock.now();
        logEvent(this.#log, 'ADMIN', { did: what, about: fold, by: 'command line' });
        if (isBanChange(change)) this.#chat.hub.banChanged(fold, now);
        else if (!isHookChange(change))
          this.#chat.hub.accountChanged(fold, endsSessions(change), now, orphanedRooms);
      },
      onError: throttle(systemClock, this.#report),
    });
  }
}

function inMemory(history: CommittingHistory = new MemoryHistory()): Storage {
  const accounts = AccountStore.inMemory();
  return { history, accounts, store: new DirectStore(history, accounts) };
}

/** What `GET /about` tells. */
function aboutOf(config: Config, historyDays: number, nameOf: NameOf): About {
  const { serverPassword, maxLineBytes, minPasswordLength, motdFile } = config;
  return {
    name: 'Partyline',
    version: VERSION,
    needsPassword: serverPassword !== null,
    maxLineBytes,
    pasteLines: MAX_PASTE_LINES,
    pasteBytes: MAX_PASTE_BYTES,
    minPasswordLength,
    historyDays,
    motd: motdFile === null ? '' : readMotd(motdFile, nameOf).trimEnd(),
  };
}

/** How each dialect is set up. */
function dialectOptions(config: Config, nameOf: NameOf): DialectOptions {
  const { maxLineBytes, historyReplay, gotalkClassic, bannerFile } = config;
  const { serverName, ircAutojoin, ircReplay, motdFile } = config;
  const banner = bannerFile === null ? {} : { banner: readBanner(bannerFile, nameOf) };
  const replay = historyReplay === 'all' ? Number.POSITIVE_INFINITY : historyReplay;
  return {
    maxLineBytes,
    irc: new IrcDialects(
      new IrcServer({
        name: serverName,
        version: VERSION,
        autojoin: roomsNamed(ircAutojoin),
        replay: ircReplay,
        motd: motdFile === null ? null : readMotd(motdFile, nameOf).trimEnd().split('\n'),
        needsPassword: config.serverPassword !== null,
      }),
    ),
    gotalk: { dialect: new GotalkDialect({ historyReplay: replay, isClassic: gotalkClassic }), ...banner },
  };
}

function roomsNamed(names: readonly string[]): readonly RoomName[] {
  return names.map((name) => parseRoomName(name)).filter((room) => room !== null);
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
