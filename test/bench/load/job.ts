/** The messages between the main process and a load process: one order, one reply. */

import type { DialectName } from '../dialects/index.js';

/** Senders in one room, each with some messages in flight. */
export interface FanOutJob {
  readonly kind: 'fan-out';
  readonly readers: number;
  readonly senders: number;
  readonly inFlight: number;
  readonly textBytes: number;
  /** The number of readers that stop reading at the start of the measurement. */
  readonly stopped: number;
  /** The number of readers that measure delivery times. Each costs the load more than one that only counts bytes. */
  readonly timed: number;
}

/** Messages at a fixed rate, whether the server keeps up or not. */
export interface OfferedRateJob {
  readonly kind: 'offered-rate';
  readonly readers: number;
  readonly senders: number;
  readonly textBytes: number;
  readonly messagesPerSecond: number;
  /** The number of further clients that log in and join the room at once, when the measurement begins. */
  readonly arrivals?: number;
}

/** Many clients that log in and are then idle. */
export interface CrowdJob {
  readonly kind: 'crowd';
  readonly clients: number;
  /** How long the clients are idle before memory is read. */
  readonly settleMs: number;
}

/** Clients that each keep some pings in flight. */
export interface PingsJob {
  readonly kind: 'pings';
  readonly clients: number;
  readonly inFlight: number;
}

/** Clients in a ring, each with some direct messages to the next one in flight. */
export interface DirectJob {
  readonly kind: 'direct';
  readonly clients: number;
  readonly inFlight: number;
  readonly textBytes: number;
}

/** Many clients that send a TLS ClientHello at once, while others each keep one ping in flight. */
export interface HellosJob {
  readonly kind: 'hellos';
  readonly clients: number;
  readonly pingers: number;
}

/** Many clients that connect and log in at once, while others each keep one ping in flight. */
export interface ReturningJob {
  readonly kind: 'returning';
  readonly clients: number;
  /** Logins that are in progress at a time. */
  readonly atOnce: number;
  readonly pingers: number;
}

/** Many clients in rooms whose connections end at once, while others each keep one ping in flight. */
export interface LeavingJob {
  readonly kind: 'leaving';
  readonly clients: number;
  readonly pingers: number;
}

export type Job =
  FanOutJob | OfferedRateJob | CrowdJob | PingsJob | DirectJob | HellosJob | ReturningJob | LeavingJob;

export interface Order {
  readonly job: Job;
  readonly dialect: DialectName;
  readonly loginsAtOnce: number;
  readonly host: string;
  readonly port: number;
  /** The process id of the server, whose CPU time and memory are read. */
  readonly pid: number;
  /** Further servers that are one chat with it: clients are connected to all of them in turn. */
  readonly peers?: readonly { readonly port: number; readonly pid: number }[];
  /** The process ids of the servers of their log, whose CPU time is read apart. */
  readonly enginePids?: readonly number[];
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** The number of connections that one source address can open. */
  readonly portsPerAddress: number;
}

/** Rates are per second of wall time or of the server's CPU time. CPU is in cores, times are in milliseconds. */
export const metrics = [
  'perCpuSecond',
  'perSecond',
  'messagesPerSecond',
  'serverCpu',
  'engineCpu',
  'loadCpu',
  'p50Ms',
  'p99Ms',
  'p999Ms',
  'longestMs',
  'bytesPerClient',
  'rssGrowthBytes',
  'evictedAfterMs',
] as const;

export type Metric = (typeof metrics)[number];

/** The numbers that could be measured. */
export type Values = Partial<Record<Metric, number>>;

export interface Report {
  readonly values: Values;
  /** Problems that affect the numbers: losses, disorder. */
  readonly remarks: readonly string[];
}

export type Reply = Report | { readonly failure: string };
