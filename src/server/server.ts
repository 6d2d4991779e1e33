/** Runs a Partyline for a configuration: its data file, its listeners, its maintenance, its reload and its stop. */
import { resolve } from 'node:path';
import { AccountStore } from '../accounts/account-store.js';
import { sqliteAccounts } from '../accounts/sqlite.js';
import { chatConfigOf } from '../config/library-options.js';
import type { Config } from '../config/settings.js';
import type { HistoryStore } from '../core/ports.js';
import { describeFailure } from '../database/database-error.js';
import { openDatabase, type DataFile } from '../database/open.js';
import { type Task, eventLoopLoad, Maintenance } from '../history/maintenance.js';
import { MemoryHistory } from '../history/memory.js';
import { SqliteHistory } from '../history/sqlite.js';
import type { Logger } from '../logging/logger.js';
import { Partyline } from '../partyline.js';
import { systemClock } from '../util/clock.js';
import { VERSION } from '../util/version.js';
import { ClockWatch } from './clock-watch.js';
import { writableFolderWarning } from './file-modes.js';
import { migrations } from './migrations.js';
import { type Kept, Retention } from './retention.js';
import { oldSqliteWarning, sqliteVersion } from './sqlite-version.js';
import { type Encryption, encryption } from './tls-files.js';
import { openTranscript } from './transcript-file.js';

/** How long direct messages wait for users who are offline. */
const MAIL_DAYS = 30;

export interface RunningServer {
  readonly port: number;
  /** The port of GoTalk's clients; null if there is none. */
  readonly gotalkPort: number | null;
  /** The additional port of MaChat's WebSocket clients; null if there is none. */
  readonly machatWsPort: number | null;
  /**
   * Reads the certificate and its key again, and reopens the transcript. No client is disconnected. Returns what was
   * reloaded; the log has the reason for the rest.
   */
  reload(): readonly string[];
  /**
   * Accepts no more connections, notifies all clients, writes pending output; takes at most the shutdown grace. The
   * signal that caused the stop is logged.
   */
  stop(signal?: string): Promise<void>;
}

/**
 * Opens all listeners or none. Rejects with the system's error if a port or the address is unavailable, with a
 * ConfigError if a configured file is unusable, and with a DatabaseError if the data directory is unusable.
 */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  const encrypted = encryption(config, log);
  const dataFile = config.history === 'disk' ? openDatabase(config.dataDir, migrations) : null;
  for (const warning of dataFile === null ? [] : warningsAbout(dataFile, config))
    if (warning !== null) log.warn(warning);
  try {
    return await startWith(dataFile, encrypted, config, log);
  } catch (error) {
    dataFile?.close();
    throw error;
  }
}

function warningsAbout({ database }: DataFile, { dataDir }: Config): (string | null)[] {
  return [writableFolderWarning(dataDir), oldSqliteWarning(sqliteVersion(database))];
}

async function startWith(
  dataFile: DataFile | null,
  encrypted: Encryption | null,
  config: Config,
  log: Logger,
): Promise<RunningServer> {
  const transcript = openTranscript(config, log);
  const observers = transcript === null ? [] : [transcript.observer];
  const onRecovery = () => log.warn('messages are stored again');
  const sqliteHistory = dataFile === null ? null : new SqliteHistory(dataFile.database, { onRecovery });
  const history = sqliteHistory ?? new MemoryHistory();
  const accounts = dataFile === null ? AccountStore.inMemory() : sqliteAccounts(dataFile.database);
  const clockWatch = new ClockWatch(systemClock, log, history.lastAt());
  skipStoredIds(history, accounts, config);
  let stopSignal: string | undefined;
  const data = config.history === 'disk' ? resolve(config.dataDir) : 'memory';
  const logFields = () => ({ signal: stopSignal, version: VERSION, data });
  const party = { history, accounts, observers, logger: log, logFields };
  const partyline = new Partyline({ ...chatConfigOf(config), ...party });
  const ports = await openPorts(partyline, encrypted, config).catch(async (error: unknown) => {
    await partyline.close();
    await transcript?.close();
    throw error;
  });
  const maintenance = new Maintenance({
    clock: systemClock,
    load: eventLoopLoad(),
    tasks: maintenanceTasks(sqliteHistory, accounts, config, log, clockWatch),
  });
  const stop = async () => {
    await partyline.close();
    maintenance.stop();
    history.close();
    dataFile?.close();
    await transcript?.close();
  };
  let stopped: Promise<void> | null = null;
  return {
    ...ports,
    reload: () => [
      ...(encrypted?.reload() ? ['TLS_CERT and TLS_KEY'] : []),
      ...(transcript?.reopen() ? ['TRANSCRIPT_FILE'] : []),
    ],
    stop: (signal) => {
      stopSignal ??= signal;
      stopped ??= stop();
      return stopped;
    },
  };
}

/**
 * A direct message to an offline user is synced before the turn reserves its id. After a crash in between, the message
 * is the only trace of the id, which no other message may get.
 */
function skipStoredIds(history: HistoryStore, accounts: AccountStore, { dataDir }: Config): void {
  try {
    history.consumeId(accounts.offline.lastId());
    history.commit();
  } catch (error) {
    throw describeFailure(error, dataDir);
  }
}

/** The main port is opened first, so that its error is reported if several are unavailable. */
async function openPorts(
  partyline: Partyline,
  encrypted: Encryption | null,
  { host, port, gotalkPort, machatWsPort }: Config,
) {
  const open = async (wantedPort: number, fallback: 'lines' | 'gotalk' = 'lines') => {
    const tls = encrypted && { tls: encrypted.tls };
    const listening = await partyline.listen({ host, port: wantedPort, fallback, ...tls });
    encrypted?.onReload(listening);
    return listening.port;
  };
  return {
    port: await open(port),
    gotalkPort: gotalkPort === null ? null : await open(gotalkPort, 'gotalk'),
    machatWsPort: machatWsPort === null ? null : await open(machatWsPort),
  };
}

function maintenanceTasks(
  history: SqliteHistory | null,
  accounts: AccountStore,
  { historyDays }: Config,
  log: Logger,
  clockWatch: ClockWatch,
): readonly Task[] {
  const mail: Kept = {
    what: 'direct messages for offline users',
    days: MAIL_DAYS,
    forget: (at) => accounts.offline.removeBefore(at),
  };
  if (history === null) return [clockWatch.run, new Retention({ clock: systemClock, kept: [mail], log }).run];
  const messages: Kept = { what: 'room messages', days: historyDays, forget: (at) => history.trim(at) };
  const kept = historyDays === 0 ? [mail] : [messages, mail];
  return [clockWatch.run, new Retention({ clock: systemClock, kept, log }).run, () => history.index()];
}
