/** What the server says of itself in Prometheus' words. Told once a turn, not once a delivery: to count costs nothing then. */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Registry } from 'prom-client';
import type { Meter, TurnReport } from '../core/ports.js';
import type { CloseReason } from '../core/reasons.js';
import { Histogram } from './histogram.js';

/** What is asked for when somebody looks. */
export interface MetricsSources {
  /** How many connections speak each dialect. */
  connections(): ReadonlyMap<string, number>;
  users(): number;
  rooms(): number;
}

export interface Page {
  readonly contentType: string;
  readonly body: string;
}

const DELAY_RESOLUTION_MS = 20;
const COMMIT_BUCKETS_S = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

export class Metrics implements Meter {
  readonly #registry = new Registry();
  readonly #sources: MetricsSources;
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  readonly #commits = new Histogram(
    'partyline_commit_seconds',
    'Time to make the messages of a turn safe in the history.',
    COMMIT_BUCKETS_S,
  );
  /** Every reason is there from the start: a series that appears with its first count shows no increase. */
  readonly #evictions = new Map<string, number>(
    Object.entries(isEviction).flatMap(([reason, counts]) => (counts ? [[reason, 0]] : [])),
  );
  /** Dialects that had a connection once: they go back to 0, not away. */
  readonly #dialects = new Set<string>();
  #messages = 0;
  #deliveries = 0;
  #sentBytes = 0;
  #receivedBytes = 0;
  #page: Promise<Page> | null = null;

  constructor(sources: MetricsSources) {
    this.#sources = sources;
    this.#delay.enable();
    this.#defineGauges();
    this.#defineCounters();
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
    if (isEviction[why]) this.#evictions.set(why, (this.#evictions.get(why) ?? 0) + 1);
  }

  /** The page for `GET /metrics`. Who asks while one is being made gets that one: a flood of askers costs one page. */
  page(): Promise<Page> {
    this.#page ??= this.#makePage().finally(() => {
      this.#page = null;
    });
    return this.#page;
  }

  /** Measures no more. */
  close(): void {
    this.#delay.disable();
    this.#registry.clear();
  }

  async #makePage(): Promise<Page> {
    const body = (await this.#registry.metrics()) + this.#commits.text();
    return { contentType: this.#registry.contentType, body };
  }

  #defineGauges(): void {
    const connections = this.#gauge(
      'connections',
      'Open connections, by what they speak.',
      ['dialect'],
      () => {
        const counts = this.#sources.connections();
        for (const dialect of counts.keys()) this.#dialects.add(dialect);
        for (const dialect of this.#dialects) connections.set({ dialect }, counts.get(dialect) ?? 0);
      },
    );
    const users = this.#gauge('users', 'Users logged in.', [], () => users.set(this.#sources.users()));
    const rooms = this.#gauge('rooms', 'Rooms, the lobby among them.', [], () =>
      rooms.set(this.#sources.rooms()),
    );
    const delay = this.#gauge(
      'event_loop_delay_seconds',
      'How late the event loop was since the last look.',
      ['quantile'],
      () => {
        for (const [quantile, nanoseconds] of [
          ['0.5', this.#delay.percentile(50)],
          ['0.99', this.#delay.percentile(99)],
          ['1', this.#delay.max],
        ] as const)
          delay.set({ quantile }, lateness(nanoseconds));
        this.#delay.reset();
      },
    );
  }

  #defineCounters(): void {
    this.#counter('messages_total', 'Messages to rooms and to users.', () => this.#messages);
    this.#counter('deliveries_total', 'Messages, times those who were given them.', () => this.#deliveries);
    this.#counter('sent_bytes_total', 'Bytes said to clients.', () => this.#sentBytes);
    this.#counter('received_bytes_total', 'Bytes heard from clients.', () => this.#receivedBytes);
    const evictions = new Counter({
      name: 'partyline_evictions_total',
      help: 'Connections that the server ended or refused, by the reason.',
      labelNames: ['reason'],
      registers: [this.#registry],
      collect: () => {
        evictions.reset();
        for (const [reason, count] of this.#evictions) evictions.inc({ reason }, count);
      },
    });
  }

  /** Under the names that dashboards know. */
  #defineProcess(): void {
    const startedAt = Date.now() / 1000 - process.uptime();
    const registers = [this.#registry];
    const cpu: Counter = new Counter({
      name: 'process_cpu_seconds_total',
      help: 'User and system CPU time.',
      registers,
      collect() {
        const { user, system } = process.cpuUsage();
        cpu.reset();
        cpu.inc((user + system) / 1e6);
      },
    });
    const memory: Gauge = new Gauge({
      name: 'process_resident_memory_bytes',
      help: 'Memory in use.',
      registers,
      collect: () => memory.set(process.memoryUsage.rss()),
    });
    new Gauge({
      name: 'process_start_time_seconds',
      help: 'When the process started, in seconds since 1970.',
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

/** Whether the server ended the connection, and not the user, the network or a shutdown. A reason that is missing does not compile. */
const isEviction: Record<CloseReason, boolean> = {
  quit: false,
  left: false,
  lost: false,
  idle: true,
  'login-timeout': true,
  'login-refused': true,
  'too-many-attempts': true,
  'logged-in-elsewhere': true,
  'token-revoked': true,
  'access-revoked': true,
  kicked: true,
  banned: true,
  barred: true,
  'too-slow': true,
  'endless-line': true,
  'http-request': true,
  'server-full': true,
  'too-many-connections': true,
  'tls-required': true,
  shutdown: false,
  'internal-error': true,
};

/** What Node measures is the time from tick to tick; no tick gives 0. */
function lateness(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - DELAY_RESOLUTION_MS) / 1000;
}
