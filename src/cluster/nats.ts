/**
 * The log of a cluster on NATS JetStream. The only file that loads the packages of NATS, when a log is opened.
 *
 * One connection to one server at a time. When it is lost, is silent, its requests time out twice, or it does not give
 * entries that the log has, the next server of `CLUSTER` is dialled, for as long as it takes: the node is cut meanwhile,
 * and its users are told by the rules, not here.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { JetStreamManager } from '@nats-io/jetstream';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { ClusterServer } from '../config/cluster-types.js';
import { ConfigError } from '../config/load-config.js';
import { noop } from '../util/noop.js';
import type { Log } from './log.js';
import { dial, type Packages } from './nats-dial.js';
import { Reader, type Reading } from './nats-reader.js';
import { type LoggedEntry, LateEntries } from './nats-late.js';
import {
  endsOf,
  findStream,
  ForeignLog,
  leaderOf,
  replaceStream,
  StreamMissing,
  subjectOf,
} from './nats-stream.js';

export interface NatsOptions {
  /** At least one. */
  readonly servers: readonly ClusterServer[];
  readonly stream: string;
  readonly replicas: number;
  readonly nodeName: string;
  /** The content of CLUSTER_CREDS, and of CLUSTER_CA. */
  readonly creds: Uint8Array | null;
  readonly ca: string | null;
  /** The id of the log that the data file belongs to; null if it belongs to none: the log is joined, or made. */
  readonly id: string | null;
  /** Deletes the log that is there, and begins an empty one with a new id (`partyline cluster adopt`). */
  readonly replace?: boolean;
  readonly log: { info(text: string): void; warn(text: string): void };
  /**
   * Entries come from now on: after `read`, and after each interruption. Also when an entry came that was read before.
   * Compare `ends` and `at` with the own position.
   */
  readonly onOpen?: () => void;
  /** The log cannot be used any more: another one is in its place. It is read no further. */
  readonly onFault?: (error: ConfigError) => void;
  /** Ends the waiting in `openNatsLog`. */
  readonly signal?: AbortSignal;
}

const REQUEST_TIMEOUT_MS = 2000;
/** Requests without an answer after which another server is tried. */
const MAX_TIMEOUTS = 2;
/** Failed attempts to read after which another server is tried. */
const MAX_FAILURES = 3;
const SHORT_VISIT_MS = 1000;
/** The waiting after all servers were tried in vain. */
const RETRY_MS = [250, 500, 1000, 2000] as const;
/** A server that starts does not know its streams at once. */
const MISSING_MS = 5000;
/** The same warning is repeated after this time. */
const REPEAT_MS = 30_000;
/** The first nats-server on which `sync_interval: always` covers the log of each replica. */
const SYNCED_SINCE = [2, 10, 23] as const;

/**
 * Connects to the log. While no server can be reached it waits, and the log of the server says what for.
 *
 * @throws ConfigError if a setting must change, here or on the NATS servers. Rejects with the reason of `signal`.
 */
export async function openNatsLog(options: NatsOptions): Promise<NatsLog> {
  const [transport, jetstream] = await Promise.all([
    import('@nats-io/transport-node'),
    import('@nats-io/jetstream'),
  ]);
  const { servers, replicas, log } = options;
  if (servers.length >= 3 && replicas < 3)
    log.warn(
      `CLUSTER names ${servers.length} NATS servers, but CLUSTER_REPLICAS=${replicas}: without the server that stores the log the chat stops; set CLUSTER_REPLICAS=3`,
    );
  const { connect, createInbox, credsAuthenticator } = exportsOf(transport);
  const { jetstreamManager } = exportsOf(jetstream);
  const packages = { connect, createInbox, credsAuthenticator, jetstreamManager };
  return new Promise((resolve, reject) => {
    const opened = new NatsLog(options, packages, (error) =>
      error === undefined ? resolve(opened) : reject(error),
    );
  });
}

/** What a CommonJS package exports. Bundled, an ES module that imports it has all of it in `default` alone. */
function exportsOf<Exports extends object>(loaded: Exports & { readonly default?: Exports }): Exports {
  return loaded.default ?? loaded;
}

/** A connection on which the stream was found. */
interface Link {
  readonly server: ClusterServer;
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  /** The subject to which the server acknowledges or refuses entries. */
  readonly acks: string;
  reader: Reader | null;
  /** Requests without an answer, and attempts to read that failed, since the last success. */
  timeouts: number;
  failures: number;
  /** Goes to the next server. */
  leave(why: string): void;
  readonly left: Promise<void>;
}

export class NatsLog implements Log {
  readonly #options: NatsOptions;
  readonly #packages: Packages;
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;
  readonly #warnedAt = new Map<string, number>();
  readonly #seenVersions = new Set<string>();
  /** Ends the current visit of a server. */
  #endVisit: () => void = noop;
  #id: string | null;
  #link: Link | null = null;
  #reading: Reading | null = null;
  #late: LateEntries | null = null;
  #isPaused = false;
  #wasConnected = false;
  #missingSince: number | null = null;

  /** `onReady` is called once: without an error when the stream is found. Use `openNatsLog`. */
  constructor(options: NatsOptions, packages: Packages, onReady: (error?: unknown) => void) {
    this.#options = options;
    this.#packages = packages;
    this.#id = options.id;
    const stop = () => this.#stop(options.signal?.reason);
    if (options.signal?.aborted) stop();
    options.signal?.addEventListener('abort', stop, { once: true });
    this.#running = this.#run((error) => {
      options.signal?.removeEventListener('abort', stop);
      onReady(error);
    });
  }

  /** The URL and the version of the server in use; null while there is none. */
  get server(): { readonly url: string; readonly version: string } | null {
    if (this.#link === null) return null;
    const { server, connection } = this.#link;
    return { url: server.url, version: connection.info?.version ?? '' };
  }

  append(bytes: Uint8Array): void {
    const link = this.#link;
    if (link === null) return;
    try {
      // Without waiting: the acknowledgement means nothing, but a refusal is worth a line in the log.
      link.connection.publish(subjectOf(this.#options.stream), bytes, { reply: link.acks });
      link.reader?.expectEntry();
    } catch (error) {
      this.#warn(`cannot append to the log: ${textOf(error)}`);
    }
  }

  read(after: number, onEntry: (seq: number, at: number, bytes: Uint8Array) => void): void {
    this.#late?.close();
    const late = (this.#late = new LateEntries({
      ask: (seqs) => this.#entriesOfLeader(seqs),
      onDifference: (seq) =>
        this.#warn(
          `the NATS server ${this.#link?.server.url ?? ''} has another entry ${seq} than the leader of its stream, which counts; use nats-server ${SYNCED_SINCE.join('.')} or later`,
        ),
      onEntry: (entry) => onEntry(entry.seq, entry.at, entry.bytes),
    }));
    // A log that one server stores has no other copy.
    const isCopied = this.#options.replicas > 1;
    this.#reading = {
      position: after,
      onEntry: isCopied ? (seq, at, bytes) => late.take({ seq, at, bytes }) : onEntry,
    };
    if (this.#link !== null) this.#openReader(this.#link);
  }

  /** Holds entries back, for a node that is slower than old entries come. Some megabytes on their way still come. */
  pause(): void {
    this.#isPaused = true;
    this.#link?.reader?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#link?.reader?.resume();
  }

  async ends(): Promise<{ first: number; last: number; id: string }> {
    return this.#request((manager) => endsOf(manager, this.#options.stream));
  }

  async at(seq: number): Promise<Uint8Array | null> {
    // The leader of the stream answers: another server may not have the entry yet.
    const message = await this.#request(({ streams }) => streams.getMessage(this.#options.stream, { seq }));
    return message?.data ?? null;
  }

  /** The entries as the leader has them. It is asked for twice, since another one may have taken over meanwhile. */
  #entriesOfLeader(seqs: readonly number[]): Promise<readonly (LoggedEntry | null)[]> {
    const { stream } = this.#options;
    return this.#request(async (manager) => {
      const leader = await leaderOf(manager, stream);
      const messages = await Promise.all(seqs.map((seq) => manager.streams.getMessage(stream, { seq })));
      if ((await leaderOf(manager, stream)) !== leader) throw new Error('the leader has changed');
      return messages.map((message) =>
        message === null ? null : { seq: message.seq, at: message.time.getTime(), bytes: message.data },
      );
    });
  }

  async close(): Promise<void> {
    this.#stop(new Error('the log is closed'));
    this.#late?.close();
    await this.#running;
  }

  #stop(reason: unknown): void {
    this.#stopped.abort(reason);
    this.#endVisit();
  }

  async #request<Result>(ask: (manager: JetStreamManager) => Promise<Result>): Promise<Result> {
    const link = this.#link;
    if (link === null) throw new Error('not connected to a NATS server');
    try {
      const result = await ask(link.manager);
      link.timeouts = 0;
      return result;
    } catch (error) {
      countTimeout(link, error);
      throw error;
    }
  }

  /** Visits the servers in turn until the log is closed or unusable. */
  async #run(onReady: (error?: unknown) => void): Promise<void> {
    const { servers } = this.#options;
    const { signal } = this.#stopped;
    let misses = 0;
    let fault: ConfigError | null = null;
    for (let turn = 0; !signal.aborted; turn++) {
      const server = servers[turn % servers.length];
      if (server === undefined) throw new Error('a cluster needs a server');
      const startedAt = performance.now();
      try {
        await this.#visit(server, onReady);
        [misses, fault] = [0, null];
        // A server that closes each connection at once must not be dialled in a loop.
        if (performance.now() - startedAt < SHORT_VISIT_MS)
          await delay(RETRY_MS[0], undefined, { signal }).catch(noop);
        continue;
      } catch (error) {
        if (signal.aborted) break;
        misses++;
        if (error instanceof ConfigError) fault = error;
        if (error instanceof ForeignLog) break;
        // Later, wrong credentials or the like are waited out: clients of this node can still read.
        if (fault !== null && !this.#wasConnected && misses % servers.length === 0) break;
        this.#warn(`waiting for the log: ${textOf(error)}`);
      }
      if (misses % servers.length > 0) continue;
      const round = Math.min(misses / servers.length, RETRY_MS.length);
      await delay(RETRY_MS[round - 1], undefined, { signal }).catch(noop);
    }
    if (!this.#wasConnected) onReady(fault ?? signal.reason);
    else if (fault !== null && !signal.aborted) this.#options.onFault?.(fault);
  }

  /** Resolves when this server, which had the stream, is left. Rejects if it could not be used. */
  async #visit(server: ClusterServer, onReady: () => void): Promise<void> {
    const { nodeName, creds, ca } = this.#options;
    const isOver = new Promise<null>((resolve) => {
      this.#endVisit = () => resolve(null);
    });
    const dialling = dial(this.#packages, server, { name: nodeName, creds, ca }, this.#stopped.signal);
    const connection = await Promise.race([dialling, isOver]);
    if (connection === null) {
      void dialling.then((late) => late.close()).catch(noop);
      return;
    }
    try {
      const manager = await this.#packages.jetstreamManager(connection, {
        timeout: REQUEST_TIMEOUT_MS,
        checkAPI: false,
      });
      const found = await Promise.race([this.#find(connection, manager), isOver]);
      if (found === null) return;
      const isFirst = !this.#wasConnected;
      this.#wasConnected = true;
      const link = this.#linkTo(server, connection, manager);
      if (isFirst) onReady();
      await Promise.race([link.left, isOver]);
      link.reader?.close();
    } finally {
      this.#link = null;
      await connection.close();
    }
  }

  async #find(connection: NatsConnection, manager: JetStreamManager): Promise<string> {
    const { stream: name, replicas, replace = false } = this.#options;
    const wanted = { name, replicas, id: this.#id };
    try {
      this.#id =
        replace && !this.#wasConnected
          ? await replaceStream(connection, manager, wanted)
          : await findStream(connection, manager, wanted, (text) => this.#warn(text));
      this.#missingSince = null;
      return this.#id;
    } catch (error) {
      if (!(error instanceof StreamMissing)) throw error;
      this.#missingSince ??= performance.now();
      throw performance.now() - this.#missingSince < MISSING_MS ? error : new ForeignLog(error.message);
    }
  }

  #linkTo(server: ClusterServer, connection: NatsConnection, manager: JetStreamManager): Link {
    const version = connection.info?.version ?? '';
    this.#warnedAt.clear();
    this.#options.log.info(`connected to the NATS server ${server.url} (version ${version})`);
    const isNew = !this.#seenVersions.has(`${server.url} ${version}`);
    this.#seenVersions.add(`${server.url} ${version}`);
    if (isNew && isOlder(version, SYNCED_SINCE))
      this.#warn(
        `the NATS server ${server.url} has version ${version}, which confirms entries before they are on disk; use ${SYNCED_SINCE.join('.')} or later with sync_interval: always`,
      );
    let leave = noop;
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const acks = this.#packages.createInbox();
    const link: Link = {
      server,
      connection,
      manager,
      acks,
      left,
      reader: null,
      timeouts: 0,
      failures: 0,
      leave: (why) => {
        if (this.#link !== link) return;
        this.#link = null;
        this.#warn(`left the NATS server ${server.url}: ${why}`);
        leave();
      },
    };
    this.#link = link;
    connection.subscribe(acks, { callback: (error, message) => this.#onAck(error, message) });
    void connection.closed().then((error) => link.leave(error ? textOf(error) : 'the connection was closed'));
    void this.#watchStatus(link);
    this.#openReader(link);
    return link;
  }

  async #watchStatus({ connection, leave }: Link): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'ldm') leave('it is shutting down');
      else if (status.type === 'staleConnection') leave('it does not answer');
      else if (status.type === 'error') this.#warn(`the NATS server reports: ${textOf(status.error)}`);
    }
  }

  #onAck(error: Error | null, message: Msg): void {
    if (error !== null) return this.#warn(`cannot append to the log: ${textOf(error)}`);
    if (message.headers?.code === 503) {
      this.#warn('cannot append to the log: no server stores it now');
      return;
    }
    const text = message.string();
    if (text.includes('"error"')) this.#warn(`cannot append to the log: ${text}`);
  }

  #openReader(link: Link): void {
    const { stream, onOpen } = this.#options;
    link.reader?.close();
    const reading = this.#reading;
    if (reading === null) return;
    const { connection, manager } = link;
    const inbox = () => this.#packages.createInbox();
    link.reader = new Reader(connection, manager, stream, inbox, reading, {
      // The stream may have been replaced by another one of the same name.
      beforeOpen: async () => void (await this.#find(connection, manager)),
      onOpen: () => {
        link.timeouts = 0;
        link.failures = 0;
        onOpen?.();
      },
      onFailure: (error) => {
        if (this.#stopped.signal.aborted) return;
        this.#warn(`reading the log again: ${textOf(error)}`);
        countTimeout(link, error);
        link.failures++;
        if (error instanceof ForeignLog || error instanceof StreamMissing) link.leave('the log is missing');
        if (link.failures >= MAX_FAILURES) link.leave('the log cannot be read there');
      },
      onUnanswered: () => this.#leaveIfBehind(link, reading),
      onOldEntry: (seq) => this.#warn(`reading the log again: entry ${seq} came after ${reading.position}`),
    });
    if (this.#isPaused) link.reader.pause();
  }

  /** Without a leader of the stream the log has nothing more, and no server is better than this one. */
  async #leaveIfBehind(link: Link, reading: Reading): Promise<void> {
    try {
      const { last } = await this.ends();
      if (last > reading.position && link.reader?.isUnanswered === true)
        link.leave(`it gave no entry after ${reading.position} of ${last}`);
    } catch {
      // Requests without an answer are counted.
    }
  }

  /** Warns, but not of the same again and again. */
  #warn(text: string): void {
    const now = performance.now();
    if (now - (this.#warnedAt.get(text) ?? -REPEAT_MS) < REPEAT_MS) return;
    this.#warnedAt.set(text, now);
    this.#options.log.warn(text);
  }
}

function countTimeout(link: Link, error: unknown): void {
  if (!(error instanceof Error && error.name === 'TimeoutError')) return;
  link.timeouts++;
  if (link.timeouts >= MAX_TIMEOUTS) link.leave('JetStream does not answer');
}

function isOlder(version: string, than: readonly [number, number, number]): boolean {
  const numbers = version.split(/[.-]/).map(Number);
  const different = than.findIndex((number, index) => numbers[index] !== number);
  return different !== -1 && (numbers[different] ?? 0) < (than[different] ?? 0);
}

function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^partyline: /, '');
}
