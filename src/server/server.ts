/** Runs a Partyline for a configuration: its data file, its listeners, its maintenance, its reload and its stop. */
import { resolve } from 'node:path';
import type { AccountStore } from '../accounts/account-store.js';
import { ConfigError } from '../config/load-config.js';
import { chatConfigOf } from '../config/library-options.js';
import { type Config, settingName } from '../config/settings.js';
import type { DialectName } from '../dialects/index.js';
import { openDatabase, type DataFile } from '../database/open.js';
import { readReplica } from '../database/replica.js';
import { type Task, eventLoopLoad, Maintenance } from '../history/maintenance.js';
import type { Logger } from '../logging/logger.js';
import { Partyline } from '../partyline.js';
import { systemClock } from '../util/clock.js';
import { VERSION } from '../util/version.js';
import { ClockWatch } from './clock-watch.js';
import type { ClusterFailure, ClusterServer } from './cluster.js';
import { type Cluster, clusterOf } from './cluster-files.js';
import { writableFolderWarning } from './file-modes.js';
import { migrations } from './migrations.js';
import { type Kept, Retention } from './retention.js';
import { oldSqliteWarning, sqliteVersion } from './sqlite-version.js';
import { type Disk, type Keeper, openDisk, openMemory } from './storage.js';
import { type Encryption, encryption } from './tls-files.js';
import { openTranscript } from './transcript-file.js';

/** How long direct messages wait for users who are offline. */
const MAIL_DAYS = 30;

export interface RunningServer {
  readonly port: number;
  /** The port of GoTalk's clients; null if there is none. */
  readonly gotalkPort: number | null;
  /** The port of IRC's clients; null if there is none. */
  readonly ircPort: number | null;
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

export interface StartOptions {
  /** The server cannot go on in its cluster. Its clients are told already. */
  readonly onFailure: (failure: ClusterFailure) => void;
  /** Ends the waiting for the cluster. */
  readonly signal: AbortSignal;
}

interface Joining extends StartOptions {
  readonly cluster: Cluster;
}

/**
 * Opens all listeners or none. Rejects with the system's error if a port or the address is unavailable, with a
 * ConfigError if a configured file is unusable, and with a DatabaseError if the data directory is unusable.
 */
export async function startServer(
  config: Config,
  log: Logger,
  { onFailure = () => {}, signal = new AbortController().signal }: Partial<StartOptions> = {},
): Promise<RunningServer> {
  const encrypted = encryption(config, log);
  const cluster = clusterOf(config, log);
  const dataFile = config.history === 'disk' ? openDatabase(config.dataDir, migrations) : null;
  for (const warning of dataFile === null ? [] : warningsAbout(dataFile, config))
    if (warning !== null) log.warn(warning);
  try {
    if (cluster === null && dataFile !== null) refuseClusterData(dataFile, config);
    return await startWith(dataFile, encrypted, config, log, cluster && { cluster, onFailure, signal });
  } catch (error) {
    dataFile?.close();
    throw error;
  }
}

/** A server of its own on the data of a cluster would make messages and names that the other servers do not know. */
function refuseClusterData({ database }: DataFile, { dataDir }: Config): void {
  if (readReplica(database) === null) return;
  throw new ConfigError(
    `partyline: ${dataDir} belongs to a cluster; set CLUSTER as on its other servers, or take the data out of the cluster with partyline cluster leave`,
  );
}

function warningsAbout({ database }: DataFile, { dataDir }: Config): (string | null)[] {
  return [writableFolderWarning(dataDir), oldSqliteWarning(sqliteVersion(database))];
}

async function startWith(
  dataFile: DataFile | null,
  encrypted: Encryption | null,
  config: Config,
  log: Logger,
  joining: Joining | null,
): Promise<RunningServer> {
  const disk = dataFile === null ? null : await openDisk(dataFile, log);
  try {
    return await serve(disk, dataFile, encrypted, config, log, joining);
  } catch (error) {
    await disk?.close();
    throw error;
  }
}

async function serve(
  disk: Disk | null,
  dataFile: DataFile | null,
  encrypted: Encryption | null,
  config: Config,
  log: Logger,
  joining: Joining | null,
): Promise<RunningServer> {
  const transcript = openTranscript(config, log);
  const observers = transcript === null ? [] : [transcript.observer];
  const storage = disk ?? openMemory();
  const { history, accounts } = storage;
  const member =
    joining === null || disk === null ? null : await connectTo(joining, { ...disk, config, log });
  const clockWatch = new ClockWatch(systemClock, log, history.lastAt());
  let stopSignal: string | undefined;
  const data = config.history === 'disk' ? resolve(config.dataDir) : 'memory';
  const logFields = () => ({ signal: stopSignal, version: VERSION, data });
  const { historyDays } = config;
  const chat = { storage, observers, cluster: member ?? undefined };
  const parts = { ...chat, logFields, historyDays, nameOf: settingName };
  const partyline = new Partyline({ ...chatConfigOf(config), logger: log }, parts);
  const open = async () => {
    await member?.join();
    return openPorts(partyline, encrypted, config);
  };
  const ports = await open().catch(async (error: unknown) => {
    await partyline.close();
    await member?.leave(0);
    await transcript?.close();
    throw error;
  });
  const maintenance = new Maintenance({
    clock: systemClock,
    load: eventLoopLoad(),
    tasks: [clockWatch.run, ...maintenanceTasks(disk?.keeper ?? null, accounts, member, config, log)],
  });
  const stop = async () => {
    member?.beforeClose();
    await partyline.close();
    await member?.leave(config.shutdownGraceMs);
    maintenance.stop();
    await disk?.close();
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

async function connectTo(
  { cluster, onFailure, signal }: Joining,
  rest: Pick<Disk, 'database' | 'accounts' | 'history'> & { readonly config: Config; readonly log: Logger },
): Promise<ClusterServer> {
  const { ClusterServer } = await import('./cluster.js');
  return ClusterServer.connect({ cluster, onFailure, signal, ...rest });
}

/** The main port is opened first, so that its error is reported if several are unavailable. */
async function openPorts(
  partyline: Partyline,
  encrypted: Encryption | null,
  { host, port, gotalkPort, ircPort, machatWsPort }: Config,
) {
  const open = async (wantedPort: number, fallback: DialectName = 'lines') => {
    const tls = encrypted && { tls: encrypted.tls };
    const listening = await partyline.listen({ host, port: wantedPort, fallback, ...tls });
    encrypted?.onReload(listening);
    return listening.port;
  };
  return {
    port: await open(port),
    gotalkPort: gotalkPort === null ? null : await open(gotalkPort, 'gotalk'),
    ircPort: ircPort === null ? null : await open(ircPort, 'irc'),
    machatWsPort: machatWsPort === null ? null : await open(machatWsPort),
  };
}

function maintenanceTasks(
  keeper: Keeper | null,
  { offline }: AccountStore,
  member: ClusterServer | null,
  { historyDays }: Config,
  log: Logger,
): readonly Task[] {
  const mail: Kept = {
    what: 'direct messages for offline users',
    days: MAIL_DAYS,
    forget: (at) => (keeper === null ? offline.removeBefore(at) : keeper.forget('mail', at)),
  };
  const messages: Kept | null =
    keeper === null || historyDays === 0
      ? null
      : { what: 'room messages', days: historyDays, forget: (at) => keeper.forget('messages', at) };
  const retention = (kept: readonly Kept[]) => new Retention({ clock: systemClock, kept, log }).run;
  if (member === null || keeper === null) return [retention(messages === null ? [mail] : [messages, mail])];
  const proposed = [{ ...mail, forget: proposing(member.forgetMail) }];
  if (messages !== null) proposed.unshift({ ...messages, forget: proposing(member.forgetMessages) });
  return [retention(proposed), trimming(keeper, member)];
}

/** In a cluster, one server proposes what all delete. */
function proposing(propose: (at: number) => void): Kept['forget'] {
  return (at) => {
    propose(at);
    return null;
  };
}

/** Deletes the room messages that the cluster has forgotten. */
function trimming(keeper: Keeper, member: ClusterServer): Task {
  let trimmed = Number.NEGATIVE_INFINITY;
  return () => {
    const { trimBefore } = member;
    if (trimBefore === trimmed) return false;
    const forgotten = keeper.forget('messages', trimBefore);
    if (forgotten === null) trimmed = trimBefore;
    return forgotten !== null && forgotten !== 'pending';
  };
}
