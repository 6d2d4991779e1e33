/**
 * Creates one chat: connects the hub, the accounts and the connections. A Partyline uses it over sockets and the
 * system's clock, the tests without sockets and with a clock of their own.
 */
import type { AccountStore } from './accounts/account-store.js';
import { PasswordQueue } from './accounts/password-queue.js';
import type { Hasher } from './accounts/scrypt.js';
import { TrustedTime } from './accounts/trusted-time.js';
import { Authenticator } from './connection/authenticator.js';
import { type ConnectionLimitOptions, ConnectionLimits } from './connection/connection-limits.js';
import { ConnectionManager } from './connection/connection-manager.js';
import { TimerWheel } from './connection/timer-wheel.js';
import type { TimeoutSettings } from './connection/timeouts.js';
import { Encoders } from './core/delivery/encoder.js';
import { Hub, type HubOptions } from './core/hub/hub.js';
import { LocalSequencer } from './core/hub/local-sequencer.js';
import type { Clock, EventObserver, HistoryStore, Meter, TurnStore } from './core/ports.js';
import type { SessionTable } from './core/session-table.js';
import type { UserName } from './core/text/text.js';

interface ChatSettings extends TimeoutSettings, ConnectionLimitOptions {
  readonly writeQueueBytes: number;
  readonly announceLogin: boolean;
  readonly presenceLimit: number;
  readonly minPasswordLength: number;
}

export interface ChatOptions {
  readonly settings: ChatSettings;
  readonly history: HistoryStore;
  readonly accounts: AccountStore;
  /** Stores the changes of both. */
  readonly store: TurnStore;
  readonly observers: readonly EventObserver[];
  readonly clock: Clock;
  /** Runs the end of a turn once this pass of the event loop is over. */
  readonly defer: (run: () => void) => void;
  /** Default: that of a lone server. */
  readonly sequencer?: HubOptions['sequencer'];
  /** Default: none, as on a lone server. */
  readonly sessionTable?: SessionTable | undefined;
  readonly hasher: Hasher;
  /** The hash of the password that unregistered names need; null if they need none. */
  readonly serverPasswordHash: Promise<string> | null;
  readonly botNames?: readonly UserName[];
  readonly meter?: Meter | undefined;
  /** The number of refused connections at a time that get the reason. */
  readonly maxRefused: number;
  /** Takes over what other programs changed in the accounts. */
  readonly refreshAccounts: () => void;
  /** Called for internal errors, for the log. */
  readonly onError: (error: unknown) => void;
  /** Called when the history or the accounts could not be written or read. */
  readonly onStorageError: (error: unknown) => void;
  /** Called with how many refused connections were closed without a reason. */
  readonly onTurnedAway: (count: number) => void;
}

export interface Chat {
  readonly hub: Hub;
  readonly connections: ConnectionManager;
  readonly timers: TimerWheel;
  readonly passwords: PasswordQueue;
  readonly limits: ConnectionLimits;
  /** The time by which tokens expire. */
  readonly tokenTime: TrustedTime;
}

export function createChat(options: ChatOptions): Chat {
  const { settings, history, accounts, clock, hasher, onError } = options;
  const meter = options.meter === undefined ? {} : { meter: options.meter };
  const hub = new Hub({
    history,
    accounts,
    store: options.store,
    sequencer:
      options.sequencer ?? ((settle) => new LocalSequencer(settle, history.lastId(), history.lastAt())),
    observers: options.observers,
    defer: options.defer,
    now: () => clock.now(),
    elapsed: () => clock.elapsed(),
    writeQueueBytes: settings.writeQueueBytes,
    announceLogin: settings.announceLogin,
    presenceLimit: settings.presenceLimit,
    onStorageError: options.onStorageError,
    botNames: options.botNames ?? [],
    ...(options.sessionTable === undefined ? {} : { sessionTable: options.sessionTable }),
    ...meter,
  });
  const limits = new ConnectionLimits(settings);
  const passwords = new PasswordQueue({
    hasher,
    clock,
    isExempt: (address) => limits.isExempt(address),
    isTrustedProxy: (address) => limits.isTrustedProxy(address),
  });
  const tokenTime = new TrustedTime(clock, history.lastAt());
  const authenticator = new Authenticator({
    hub,
    accounts,
    passwords,
    clock,
    tokenTime: () => tokenTime.now(),
    minPasswordLength: settings.minPasswordLength,
    serverPasswordHash: options.serverPasswordHash,
    refresh: options.refreshAccounts,
  });
  const timers = new TimerWheel(clock);
  const connections = new ConnectionManager({
    hub,
    authenticator,
    timers,
    clock,
    encoders: new Encoders(),
    timeouts: settings,
    limits,
    maxRefused: options.maxRefused,
    defer: options.defer,
    isAddressBanned: (address) => accounts.bans.isAddressBanned(address, clock.now()),
    onError,
    onTurnedAway: options.onTurnedAway,
    ...meter,
  });
  return { hub, connections, timers, passwords, limits, tokenTime };
}
