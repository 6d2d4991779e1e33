/** A Partyline as a Config and a log want it: its data file, its listeners, opened all or none, and its end. */
import { AccountStore } from '../accounts/account-store.js';
import { sqliteAccounts } from '../accounts/sqlite.js';
import { systemClock } from '../util/clock.js';
import type { Config } from '../config/settings.js';
import { type Encryption, encryption } from './tls-files.js';
import { type Task, eventLoopLoad, Maintenance } from '../history/maintenance.js';
import { MemoryHistory } from '../history/memory.js';
import { SqliteHistory } from '../history/sqlite.js';
import type { Logger } from '../logging/logger.js';
import { migrations } from './migrations.js';
import { chatConfigOf } from '../config/library-options.js';
import { Partyline } from '../partyline.js';
import { openDatabase, type DataFile } from '../database/open.js';
import { openTranscript } from './transcript-file.js';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface RunningServer {
  readonly port: number;
  /** Where GoTalk's clients are greeted; null if nowhere. */
  readonly gotalkPort: number | null;
  /** The port of MaChat's WebSocket clients; null if they have none of their own. */
  readonly machatWsPort: number | null;
  /** Opens anew what is kept in files: the certificate and its key, the transcript. Nobody is disconnected. */
  reload(): void;
  /** Accepts no more, tells everyone, flushes, closes; at most for the shutdown grace. */
  stop(): Promise<void>;
}

/**
 * Rejects with the system's error if a port or the address cannot be had, with a ConfigError if a file cannot be used,
 * with a DatabaseError if the data folder cannot.
 */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  const encrypted = encryption(config, log);
  const dataFile = config.history === 'disk' ? openDatabase(config.dataDir, migrations) : null;
  try {
    return await startOn(dataFile, encrypted, config, log);
  } catch (error) {
    dataFile?.close();
    throw error;
  }
}

async function startOn(
  dataFile: DataFile | null,
  encrypted: Encryption | null,
  config: Config,
  log: Logger,
): Promise<RunningServer> {
  const transcript = openTranscript(config, log);
  const observers = transcript === null ? [] : [transcript.observer];
  const healed = () => log.warn('messages are stored again');
  const kept = dataFile === null ? null : new SqliteHistory(dataFile.database, { healed });
  const history = kept ?? new MemoryHistory();
  const accounts = dataFile === null ? AccountStore.inMemory() : sqliteAccounts(dataFile.database);
  // A direct message to an offline user is synced before the turn reserves its id. After a crash in between, the message
  // is the only trace of the id, which no other message may get.
  history.consumeId(accounts.offline.lastId());
  history.commit();
  const party = new Partyline({ ...chatConfigOf(config), history, accounts, observers, logger: log });
  const ports = await openPorts(party, encrypted, config).catch(async (error: unknown) => {
    await party.close();
    await transcript?.close();
    throw error;
  });
  const maintenance =
    kept &&
    new Maintenance({
      clock: systemClock,
      load: eventLoopLoad(),
      tasks: maintenanceTasks(kept, accounts, config),
    });
  const stop = async () => {
    await party.close();
    maintenance?.stop();
    history.close();
    dataFile?.close();
    await transcript?.close();
  };
  let stopped: Promise<void> | null = null;
  return {
    ...ports,
    reload: () => {
      encrypted?.reload();
      transcript?.reopen();
    },
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** The one that must be there comes first. */
async function openPorts(
  party: Partyline,
  encrypted: Encryption | null,
  { host, port, gotalkPort, machatWsPort }: Config,
) {
  const open = async (wanted: number, fallback: 'lines' | 'gotalk' = 'lines') => {
    const tls = encrypted && { tls: encrypted.tls };
    const listening = await party.listen({ host, port: wanted, fallback, ...tls });
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
  history: SqliteHistory,
  accounts: AccountStore,
  { historyDays }: Config,
): readonly Task[] {
  const index = () => history.index();
  const forgetMail = () => {
    accounts.offline.forgetOld(systemClock.now());
    return false;
  };
  if (historyDays === 0) return [index, forgetMail];
  return [index, () => history.trim(systemClock.now() - historyDays * DAY_MS), forgetMail];
}
