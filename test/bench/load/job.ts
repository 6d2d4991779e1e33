/** What the main process orders of a load process, and what it gets back. */

import type { DialectName } from '../dialects/index.js';

/** A room's message goes to all its members; senders each keep some in flight. */
export interface FanOutJob {
  readonly kind: 'fan-out';
  readonly readers: number;
  readonly senders: number;
  readonly inFlight: number;
  readonly textBytes: number;
  /** How many readers stop reading as the measurement begins. */
  readonly stopped: number;
  /** How many readers take delivery times; each costs the load more than one that only counts bytes. */
  readonly timed: number;
}

/** Messages at a fixed rate, whatever the server makes of it. */
export interface OfferedRateJob {
  readonly kind: 'offered-rate';
  readonly readers: number;
  readonly senders: number;
  readonly textBytes: number;
  readonly messagesPerSecond: number;
}

/** Many clients log in and then are idle. */
export interface CrowdJob {
  readonly kind: 'crowd';
  readonly clients: number;
  /** How long they are idle before memory is read. */
  readonly settleMs: number;
}

/** Each client keeps some pings in flight. */
export interface PingsJob {
  readonly kind: 'pings';
  readonly clients: number;
  readonly inFlight: number;
}

/** Clients in a ring: each keeps some direct messages to the next in flight. */
export interface DirectJob {
  readonly kind: 'direct';
  readonly clients: number;
  readonly inFlight: number;
  readonly textBytes: number;
}

export type Job = FanOutJob | OfferedRateJob | CrowdJob | PingsJob | DirectJob;

export interface Order {
  readonly job: Job;
  readonly dialect: DialectName;
  readonly loginsAtOnce: number;
  readonly host: string;
  readonly port: number;
  /** The server's process, whose CPU time and memory are read. */
  readonly pid: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** How many connections one source address may have before the next is used. */
  readonly portsPerAddress: number;
}

/** Rates are a second of wall time or of the server's CPU time; CPU is in cores; times are in milliseconds. */
export const metrics = [
  'perCpuSecond',
  'perSecond',
  'serverCpu',
  'loadCpu',
  'p50Ms',
  'p99Ms',
  'p999Ms',
  'bytesPerClient',
  'rssGrowthBytes',
  'evictedAfterMs',
] as const;

export type Metric = (typeof metrics)[number];

/** What could be measured. */
export type Values = Partial<Record<Metric, number>>;

export interface Report {
  readonly values: Values;
  /** What a reader of the numbers should know: losses, disorder. */
  readonly remarks: readonly string[];
}

export type Reply = Report | { readonly failure: string };
