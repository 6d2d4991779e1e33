/**
 * The page at `GET /metrics`, for Prometheus. The hub reports once per turn, not once per delivery, and the rest is
 * read when the page is made, so counting costs next to nothing.
 */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ClusterNumbers, Meter, TurnReport } from '../core/ports.js';
import { type CloseReason, wordOf } from '../core/reasons.js';

export interface MetricsOptions {
  /** Open connections by dialect; read for each page, as are the other two. */
  connections(): ReadonlyMap<string, number>;
  users(): number;
  rooms(): number;
  /** Of a server among several; null for a lone one. */
  readonly cluster: (() => ClusterNumbers) | null;
  /** A metric could not be read. The page is made without it. */
  onError(error: unknown): void;
}

export interface Page {
  readonly contentType: string;
  readonly body: string;
}

interface ResponseLabels {
  readonly route: string;
  readonly status: string;
}

const REFUSED_BY = ['host', 'origin', 'proxy'];
const DELAY_RESOLUTION_MS = 20;
const ROUNDTRIP_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const COMMIT_BUCKETS_S = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

export class Metrics implements Meter {
  readonly #registry = new Registry();
  readonly #options: MetricsOptions;
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  /** Every reason is present from the start: a series that appears with its first count shows no increase. */
  readonly #evictions = new Map<string, number>(
    Object.entries(isEviction).flatMap(([reason, counts]) => (counts ? [[wordOf(reason), 0]] : [])),
  );
  readonly #refusals = new Map(REFUSED_BY.map((by) => [by, 0]));
  /** Dialects that had a connection before: their series goes back to 0 and stays on the page. */
  readonly #dialects = new Set<string>();
  readonly #commits: Histogram;
  readonly #roundtrips: Histogram | null;
  /** By route and status. */
  readonly #responses = new Map<string, { readonly labels: ResponseLabels; count: number }>();
  #messages = 0;
  #deliveries = 0;
  #sentBytes = 0;
  #receivedBytes = 0;
  #page: Promise<Page> | null = null;

  constructor(options: MetricsOptions) {
    this.#options = options;
    this.#delay.enable();
    this.#defineGauges();
    this.#defineCounters();
    this.#commits = new Histogram({
      name: 'partyline_commit_seconds',
      help: 'Time to store the messages of one turn in the history, in seconds.',
      buckets: COMMIT_BUCKETS_S,
      registers: [this.#registry],
    });
    this.#roundtrips = options.cluster === null ? null : this.#defineCluster(options.cluster);
    this.#defineProcess();
  }

  elapsed(): number {
    return performance.now();
  }

  onReceived(bytes: number): void {
    this.#receivedBytes += bytes;
  }

  onTurn({ messages, deliveries, bytes, commitMs }: TurnReport): void {
    this.#messages += messages;
    this.#deliveries += deliveries;
    this.#sentBytes += bytes;
    if (commitMs !== null) this.#commits.observe(commitMs / 1000);
  }

  onConnectionEnd(why: CloseReason): void {
    const word = wordOf(why);
    if (isEviction[why]) this.#evictions.set(word, (this.#evictions.get(word) ?? 0) + 1);
  }

  /** A batch of this server has come back from the log, so long after it was first appended. */
  onRoundtrip(ms: number): void {
    this.#roundtrips?.observe(ms / 1000);
  }

  /** A request or a connection was refused by a setting. */
  onRefused(by: string): void {
    this.#refusals.set(by, (this.#refusals.get(by) ?? 0) + 1);
  }

  /** An HTTP response was sent. */
  onResponse(route: string, status: number): void {
    const key = `${status} ${route}`;
    const known = this.#responses.get(key);
    if (known !== undefined) known.count++;
    else this.#responses.set(key, { labels: { route, status: String(status) }, count: 1 });
  }

  /** The page for `GET /metrics`. Requests that come while it is made share it: a flood of them costs one page. */
  page(): Promise<Page> {
    this.#page ??= this.#makePage().finally(() => {
      this.#page = null;
    });
    return this.#page;
  }

  /** Stops measuring. */
  close(): void {
    this.#delay.disable();
    this.#registry.clear();
  }

  async #makePage(): Promise<Page> {
    const metrics = this.#registry.getMetricsAsArray().map(({ name }) => this.#textOf(name));
    const texts = (await Promise.all(metrics)).filter((text) => text !== null);
    this.#delay.reset();
    return { contentType: this.#registry.contentType, body: `${texts.join('\n\n')}\n` };
  }

  /**
   * Null for a metric that cannot be read. Reading the memory needs a file descriptor, for one: when those run out, an
   * operator needs the other metrics most.
   */
  async #textOf(name: string): Promise<string | null> {
    try {
      return await this.#registry.getSingleMetricAsString(name);
    } catch (error) {
      this.#options.onError(error);
      return null;
    }
  }

  #defineGauges(): void {
    const connections = this.#gauge('connections', 'Open connections, by dialect.', ['dialect'], () => {
      const counts = this.#options.connections();
      for (const dialect of counts.keys()) this.#dialects.add(dialect);
      for (const dialect of this.#dialects) connections.set({ dialect }, counts.get(dialect) ?? 0);
    });
    const users = this.#gauge('users', 'Logged-in users.', [], () => users.set(this.#options.users()));
    const rooms = this.#gauge('rooms', 'Rooms, including the lobby.', [], () =>
      rooms.set(this.#options.rooms()),
    );
    // One gauge each: the label `quantile` belongs to summaries, whose values are never reset.
    for (const [name, which, nanoseconds] of [
      ['p50', 'Median', () => this.#delay.percentile(50)],
      ['p99', '99th percentile', () => this.#delay.percentile(99)],
      ['max', 'Maximum', () => this.#delay.max],
    ] as const) {
      const help = `${which} delay of the event loop since the last scrape, in seconds.`;
      const gauge = this.#gauge(`event_loop_delay_${name}_seconds`, help, [], () =>
        gauge.set(lateness(nanoseconds())),
      );
    }
  }

  #defineCounters(): void {
    this.#counter(
      'messages_total',
      'Room messages and direct messages that were sent.',
      () => this.#messages,
    );
    this.#counter(
      'deliveries_total',
      'Messages that were delivered, counted once for each recipient.',
      () => this.#deliveries,
    );
    this.#counter('sent_bytes_total', 'Bytes sent to clients.', () => this.#sentBytes);
    this.#counter('received_bytes_total', 'Bytes received from clients.', () => this.#receivedBytes);
    const evictions = new Counter({
      name: 'partyline_evictions_total',
      help: 'Connections that the server closed or refused, by reason.',
      labelNames: ['reason'],
      registers: [this.#registry],
      collect: () => {
        evictions.reset();
        for (const [reason, count] of this.#evictions) evictions.inc({ reason }, count);
      },
    });
    const refusals = new Counter({
      name: 'partyline_refusals_total',
      help: 'Requests and connections refused because a setting does not list their host, origin or proxy, by reason.',
      labelNames: ['reason'],
      registers: [this.#registry],
      collect: () => {
        refusals.reset();
        for (const [reason, count] of this.#refusals) refusals.inc({ reason }, count);
      },
    });
    const responses = new Counter({
      name: 'partyline_http_requests_total',
      help: 'HTTP requests that were answered, by route and status.',
      labelNames: ['route', 'status'],
      registers: [this.#registry],
      collect: () => {
        responses.reset();
        for (const { labels, count } of this.#responses.values()) responses.inc({ ...labels }, count);
      },
    });
  }

  #defineCluster(numbers: () => ClusterNumbers): Histogram {
    const gauges = [
      ['position', 'Last entry of the log that is stored here.', ({ position }: ClusterNumbers) => position],
      ['log_last', 'Last entry that the log is known to hold.', ({ logLast }: ClusterNumbers) => logLast],
      [
        'lag_entries',
        'Entries of the log that are not stored here yet.',
        ({ logLast, position }: ClusterNumbers) => Math.max(0, logLast - position),
      ],
      [
        'unsettled',
        'Changes of this server that the log has not given back yet.',
        ({ unsettled }: ClusterNumbers) => unsettled,
      ],
      ['nodes', 'Live servers of the cluster, including this one.', ({ nodes }: ClusterNumbers) => nodes],
    ] as const;
    for (const [name, help, read] of gauges) {
      const gauge = this.#gauge(`cluster_${name}`, help, [], () => gauge.set(read(numbers())));
    }
    this.#counter(
      'cluster_fenced_total',
      'Servers that were declared dead, as seen here.',
      () => numbers().fenced,
    );
    this.#counter('cluster_resent_total', 'Batches that this server appended again.', () => numbers().resent);
    return new Histogram({
      name: 'partyline_cluster_roundtrip_seconds',
      help: 'Time from appending a batch until it is back from the log, in seconds.',
      buckets: ROUNDTRIP_BUCKETS_S,
      registers: [this.#registry],
    });
  }

  /** The process, under the names that Prometheus' client libraries share. */
  #defineProcess(): void {
    const startedAt = Date.now() / 1000 - process.uptime();
    const registers = [this.#registry];
    const cpu: Counter = new Counter({
      name: 'process_cpu_seconds_total',
      help: 'User and system CPU time, in seconds.',
      registers,
      collect() {
        const { user, system } = process.cpuUsage();
        cpu.reset();
        cpu.inc((user + system) / 1e6);
      },
    });
    const memory: Gauge = new Gauge({
      name: 'process_resident_memory_bytes',
      help: 'Resident memory, in bytes.',
      registers,
      collect: () => memory.set(process.memoryUsage.rss()),
    });
    new Gauge({
      name: 'process_start_time_seconds',
      help: 'Start time of the process, in seconds since 1970.',
      registers,
    }).set(startedAt);
  }

  #gauge<Label extends string>(name: string, help: string, labelNames: Label[], collect: () => void) {
    return new Gauge<Label>({
      name: `partyline_${name}`,
      help,
      labelNames,
      registers: [this.#registry],
      collect,
    });
  }

  #counter(name: string, help: string, total: () => number): void {
    const counter: Counter = new Counter({
      name: `partyline_${name}`,
      help,
      registers: [this.#registry],
      collect() {
        counter.reset();
        counter.inc(total());
      },
    });
  }
}

/**
 * Whether the server ended the connection, as opposed to the user, the network or a shutdown. A missing reason does not
 * compile.
 */
const isEviction: Record<CloseReason, boolean> = {
  quit: false,
  left: false,
  lost: false,
  idle: true,
  'login-timeout': true,
  'login-refused': true,
  'login-banned': true,
  'too-many-attempts': true,
  'logged-in-elsewhere': true,
  'token-revoked': true,
  'access-revoked': true,
  kicked: true,
  'put-out': true,
  banned: true,
  barred: true,
  'too-slow': true,
  'endless-line': true,
  'bad-frame': true,
  'not-utf8': true,
  'message-too-long': true,
  'http-request': true,
  'server-full': true,
  'too-many-connections': true,
  'tls-required': true,
  locked: true,
  shutdown: false,
  'cut-off': true,
  'internal-error': true,
};

/** Node measures the time from tick to tick, and 0 without a tick. */
function lateness(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - DELAY_RESOLUTION_MS) / 1000;
}
