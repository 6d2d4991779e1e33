/** The rows of the benchmark: the job, the numbers that are printed, and the claims that must hold. */

import type { DialectName } from './dialects/index.js';
import type { Job, Metric } from './load/job.js';

/** The contenders of a row: the server and its peers, or the server in two situations. */
type Contest =
  | {
      readonly kind: 'peers';
      readonly job: Job;
      /** Measures Partyline on other Node.js and the single executable too, as far as they are there. */
      readonly besideExecutable?: true;
    }
  | {
      readonly kind: 'situations';
      readonly situations: readonly Situation[];
      /** The names of peers that do the job of the first situation. */
      readonly beside?: readonly string[];
    };

/** The work of the server besides the job: nothing, a log line per message, every message on disk, or TLS as well. */
export type Mode = 'quiet' | 'logging' | 'storing' | 'tls';

interface Situation {
  readonly name: string;
  readonly job: Job;
  /** The default is `lines`. */
  readonly dialect?: DialectName;
  readonly mode: Mode;
  /** The number of servers that are one chat; undefined for a lone one. */
  readonly nodes?: number;
}

/** A claim about the server under test: its headline against another's, a number against another's, or a limit. */
export type Claim =
  | {
      readonly kind: 'ratio';
      readonly bound: 'at least' | 'at most';
      readonly times: number;
      readonly to: string;
      /** Another contender to which it applies, if that is there. */
      readonly of?: string;
    }
  | {
      readonly kind: 'growth';
      readonly metric: Metric;
      readonly times: number;
      readonly to: string;
      readonly plus: number;
    }
  | {
      readonly kind: 'bound';
      readonly metric: Metric;
      readonly atMost: number;
      /** Another contender to which it applies, if that is there. */
      readonly of?: string;
    };

export interface Row {
  readonly id: string;
  readonly title: string;
  readonly contest: Contest;
  /** The number that is compared. */
  readonly headline: Metric;
  /** The other numbers that are printed. */
  readonly besides: readonly Metric[];
  readonly claims: readonly Claim[];
}

/** The name of the single executable among the contenders. */
export const EXECUTABLE = 'executable';

/** How the names of the build on other versions of Node.js begin. A claim that names no contender applies to them too. */
export const OTHER_NODE = 'Node.js ';

const throughput: readonly Metric[] = ['perSecond', 'serverCpu', 'loadCpu'];
const mebibyte = 1024 * 1024;

const a1 = {
  kind: 'fan-out',
  readers: 100,
  senders: 10,
  inFlight: 10,
  textBytes: 64,
  stopped: 0,
  timed: 0,
} as const;

/** A line of `lines` with so long a text has the bytes of one of IRC with tags and 64 bytes of text. */
const taggedTextBytes = 151;

const offered = {
  kind: 'offered-rate',
  readers: 500,
  senders: 10,
  textBytes: 64,
  messagesPerSecond: 200,
} as const;

const listened = {
  kind: 'offered-rate',
  readers: 1000,
  senders: 10,
  textBytes: 64,
  messagesPerSecond: 100,
} as const;

const idle = (clients: number) => ({ kind: 'crowd', clients, settleMs: 2000 }) as const;

const onePost = { kind: 'pings', clients: 1, inFlight: 1 } as const;

/** The readers that measure delivery times in row F, without the observer. */
const timed = 4;

/**
 * @param crowdClients the number of clients in rows C, C2 and I-C
 */
export const rowsFor = (crowdClients: number): readonly Row[] => [
  {
    id: 'A1',
    title: 'deliveries: 100 readers in a room, 10 of them keep 10 messages in flight each, 64 bytes of text',
    contest: { kind: 'peers', job: a1 },
    headline: 'perCpuSecond',
    besides: throughput,
    claims: [atLeast(2.4, 'redis')],
  },
  {
    id: 'A1-512',
    title: 'deliveries: the same, 512 bytes of text',
    contest: { kind: 'peers', job: { ...a1, textBytes: 512 } },
    headline: 'perCpuSecond',
    besides: throughput,
    claims: [],
  },
  {
    id: 'A2',
    title: 'deliveries: 1,000 readers in a room, 10 of them keep 10 messages in flight each, 64 bytes',
    contest: { kind: 'peers', job: { ...a1, readers: 1000 } },
    headline: 'perCpuSecond',
    besides: throughput,
    claims: [atLeast(3.5, 'redis')],
  },
  {
    id: 'A3',
    title: 'deliveries: 100 readers, 1 message in flight, so that nothing can be batched',
    contest: { kind: 'peers', job: { ...a1, senders: 1, inFlight: 1 } },
    headline: 'perCpuSecond',
    besides: throughput,
    claims: [atLeast(0.83, 'redis')],
  },
  {
    id: 'B',
    title: 'delivery time: 500 readers, 200 messages per second',
    contest: {
      kind: 'peers',
      job: offered,
    },
    headline: 'p99Ms',
    besides: ['p50Ms', 'p999Ms', 'serverCpu', 'loadCpu'],
    claims: [atMost(1.5, 'redis')],
  },
  {
    id: 'B-MORE',
    title: 'delivery time: the same with history on disk, and while 200 more clients log in and join at once',
    contest: {
      kind: 'situations',
      situations: [
        { name: 'disk', job: offered, mode: 'storing' },
        { name: 'joins', job: { ...offered, arrivals: 200 }, mode: 'quiet' },
        { name: 'memory', job: offered, mode: 'quiet' },
      ],
    },
    headline: 'p99Ms',
    besides: ['p50Ms', 'p999Ms', 'serverCpu', 'loadCpu'],
    claims: [],
  },
  {
    id: 'C',
    title: `memory: ${crowdClients} idle logged-in clients`,
    contest: {
      kind: 'peers',
      job: idle(crowdClients),
      besideExecutable: true,
    },
    headline: 'bytesPerClient',
    besides: [],
    claims: [
      { kind: 'bound', metric: 'bytesPerClient', atMost: 5 * 1024 },
      { kind: 'bound', metric: 'bytesPerClient', atMost: 6.5 * 1024, of: EXECUTABLE },
    ],
  },
  {
    id: 'C2',
    title: `logins: ${crowdClients} clients connect and log in`,
    contest: { kind: 'peers', job: { kind: 'crowd', clients: crowdClients, settleMs: 100 } },
    headline: 'perCpuSecond',
    besides: throughput,
    claims: [atLeast(1, 'nats')],
  },
  {
    id: 'C3',
    title: `restart: the longest wait of 10 clients for a PONG, while ${crowdClients} log in, 4,000 at once`,
    contest: {
      kind: 'situations',
      situations: [
        {
          name: 'restart',
          job: { kind: 'returning', clients: crowdClients, atOnce: 4000, pingers: 10 },
          mode: 'quiet',
        },
      ],
    },
    headline: 'longestMs',
    besides: throughput,
    claims: [{ kind: 'bound', metric: 'longestMs', atMost: 50 }],
  },
  {
    id: 'C4',
    title: `network failure: the longest wait of 10 clients for a PONG, while ${crowdClients} in rooms of 100 are lost`,
    contest: {
      kind: 'situations',
      situations: [
        { name: 'failure', job: { kind: 'leaving', clients: crowdClients, pingers: 10 }, mode: 'quiet' },
      ],
    },
    headline: 'longestMs',
    besides: throughput,
    claims: [{ kind: 'bound', metric: 'longestMs', atMost: 100 }],
  },
  {
    id: 'D1',
    title: 'PING: 50 clients, 1 in flight each',
    contest: { kind: 'peers', job: { kind: 'pings', clients: 50, inFlight: 1 } },
    headline: 'perCpuSecond',
    besides: throughput,
    claims: [atLeast(0.8, 'redis')],
  },
  {
    id: 'D2',
    title: 'PING: 50 clients, 50 in flight each',
    contest: { kind: 'peers', job: { kind: 'pings', clients: 50, inFlight: 50 } },
    headline: 'perCpuSecond',
    besides: throughput,
    claims: [atLeast(2.2, 'redis')],
  },
  {
    id: 'D3',
    title: 'direct messages: 50 clients in a ring, 10 in flight each, 64 bytes',
    contest: { kind: 'peers', job: { kind: 'direct', clients: 50, inFlight: 10, textBytes: 64 } },
    headline: 'perCpuSecond',
    besides: throughput,
    claims: [atLeast(0.9, 'nats')],
  },
  {
    id: 'E',
    title: 'WebSocket: A1 with one text frame per line',
    contest: {
      kind: 'situations',
      situations: [
        { name: 'WebSocket', job: a1, mode: 'quiet', dialect: 'lines over WebSocket' },
        { name: 'TCP', job: a1, mode: 'quiet' },
      ],
    },
    headline: 'perCpuSecond',
    besides: throughput,
    claims: [atLeast(0.8, 'TCP')],
  },
  {
    id: 'E-SSE',
    title: 'server-sent events: 1,000 readers, 100 messages per second, 64 bytes',
    contest: {
      kind: 'situations',
      situations: [
        { name: 'events', job: listened, mode: 'quiet', dialect: 'sse' },
        { name: 'lines', job: listened, mode: 'quiet' },
      ],
    },
    headline: 'perCpuSecond',
    besides: ['serverCpu', 'p50Ms', 'p99Ms'],
    // A delivery costs at most 1.2 times as much.
    claims: [atLeast(0.83, 'lines')],
  },
  {
    id: 'HTTP',
    title: 'posts: one connection, the next message once the one before is on disk, 64 bytes',
    contest: {
      kind: 'situations',
      situations: [
        { name: 'POST', job: onePost, mode: 'storing', dialect: 'posts' },
        { name: 'MSG and PING', job: onePost, mode: 'storing', dialect: 'stored lines' },
      ],
    },
    headline: 'perSecond',
    besides: ['perCpuSecond', 'serverCpu', 'loadCpu'],
    claims: [atLeast(0.5, 'MSG and PING')],
  },
  {
    id: 'TLS',
    title: 'TLS: the longest wait of 10 clients for a PONG, while 3,000 others begin a handshake at once',
    contest: {
      kind: 'situations',
      situations: [{ name: 'hellos', job: { kind: 'hellos', clients: 3000, pingers: 10 }, mode: 'tls' }],
    },
    headline: 'longestMs',
    besides: ['perSecond', 'perCpuSecond', 'serverCpu', 'loadCpu'],
    claims: [{ kind: 'bound', metric: 'longestMs', atMost: 100 }],
  },
  {
    id: 'F',
    title: 'slow readers: A1 where 10 of the 100 readers stop reading',
    contest: {
      kind: 'situations',
      situations: [
        { name: '10 stopped', job: { ...a1, timed, stopped: 10 }, mode: 'quiet' },
        { name: 'all read', job: { ...a1, timed }, mode: 'quiet' },
      ],
    },
    headline: 'p99Ms',
    besides: ['p50Ms', 'p999Ms', 'rssGrowthBytes', 'evictedAfterMs', 'perCpuSecond'],
    claims: [
      { kind: 'growth', metric: 'p99Ms', times: 1.2, to: 'all read', plus: 5 },
      { kind: 'growth', metric: 'rssGrowthBytes', times: 1, to: 'all read', plus: 30 * mebibyte },
      { kind: 'bound', metric: 'evictedAfterMs', atMost: 10_500 },
    ],
  },
  {
    id: 'G',
    title: 'log: A1 with one JSON line per message written to a file',
    contest: {
      kind: 'situations',
      situations: [
        { name: 'logging', job: a1, mode: 'logging' },
        { name: 'quiet', job: a1, mode: 'quiet' },
      ],
    },
    headline: 'perCpuSecond',
    besides: throughput,
    claims: [atLeast(0.5, 'quiet')],
  },
  {
    id: 'G-DISK',
    title: 'history: A1 with every message on disk before it is delivered',
    contest: {
      kind: 'situations',
      situations: [
        { name: 'disk', job: a1, mode: 'storing' },
        { name: 'memory', job: a1, mode: 'quiet' },
      ],
    },
    headline: 'perCpuSecond',
    besides: throughput,
    claims: [atLeast(0.85, 'memory')],
  },
  {
    id: 'I-A1',
    title: 'IRC: A1 with readers of IRC',
    contest: {
      kind: 'situations',
      situations: [
        { name: 'irc', job: a1, mode: 'quiet', dialect: 'irc' },
        { name: 'lines', job: a1, mode: 'quiet' },
      ],
      beside: ['inspircd', 'ngircd'],
    },
    headline: 'perCpuSecond',
    besides: throughput,
    claims: [atLeast(0.9, 'lines'), atLeast(2, 'inspircd'), atLeast(3, 'ngircd')],
  },
  {
    id: 'I-A1-TAGS',
    title: 'IRC: A1 with readers of IRC that have server-time and message-tags',
    contest: {
      kind: 'situations',
      situations: [
        { name: 'irc with tags', job: a1, mode: 'quiet', dialect: 'irc with tags' },
        { name: 'lines', job: a1, mode: 'quiet' },
        // As many bytes as with the tags: no server could send them at the speed of shorter lines.
        { name: 'lines, as long', job: { ...a1, textBytes: taggedTextBytes }, mode: 'quiet' },
      ],
    },
    headline: 'perCpuSecond',
    besides: throughput,
    claims: [atLeast(0.9, 'lines, as long')],
  },
  {
    id: 'I-C',
    title: `IRC: memory of ${crowdClients} idle logged-in clients`,
    contest: {
      kind: 'situations',
      situations: [
        { name: 'irc', job: idle(crowdClients), mode: 'quiet', dialect: 'irc' },
        { name: 'lines', job: idle(crowdClients), mode: 'quiet' },
      ],
      beside: ['inspircd'],
    },
    headline: 'bytesPerClient',
    besides: [],
    claims: [atMost(1.2, 'lines')],
  },
  {
    id: 'H1',
    title: 'several servers: A1 on each server, every message on the disks of all',
    contest: {
      kind: 'situations',
      situations: [
        ...onNodes((nodes) => ({ ...a1, readers: 100 * nodes, senders: 10 * nodes })),
        // Fewer messages at a time on each: less is written together.
        { name: '3, 10 senders', job: { ...a1, readers: 300 }, mode: 'storing', nodes: 3 },
      ],
    },
    headline: 'perCpuSecond',
    besides: ['perSecond', 'messagesPerSecond', 'serverCpu', 'engineCpu', 'loadCpu'],
    // A delivery costs at most 1.25 times as much.
    claims: [atLeast(0.8, '1 server', '3 servers'), atLeast(0.8, '1 server', '3, 10 senders')],
  },
  {
    id: 'H2',
    title: 'several servers: delivery time, 30 readers, 50 messages per second',
    contest: {
      kind: 'situations',
      situations: onNodes(() => ({
        kind: 'offered-rate',
        readers: 30,
        senders: 6,
        textBytes: 64,
        messagesPerSecond: 50,
      })),
    },
    headline: 'p50Ms',
    besides: ['p99Ms', 'p999Ms', 'serverCpu', 'engineCpu'],
    claims: [],
  },
  {
    id: 'H3',
    title: 'several servers: entries of the log, 12 readers keep 100 messages in flight each, 64 bytes',
    contest: {
      kind: 'situations',
      situations: onNodes(() => ({ ...a1, readers: 13, senders: 12, inFlight: 100 })),
    },
    headline: 'messagesPerSecond',
    besides: ['serverCpu', 'engineCpu', 'loadCpu'],
    claims: [],
  },
];

/** A job on one, two and three servers with one log, beside a lone server that stores its messages too. */
function onNodes(job: (nodes: number) => Job): Situation[] {
  return [
    { name: 'alone', job: job(1), mode: 'storing' },
    { name: '1 server', job: job(1), mode: 'storing', nodes: 1 },
    { name: '2 servers', job: job(2), mode: 'storing', nodes: 2 },
    { name: '3 servers', job: job(3), mode: 'storing', nodes: 3 },
  ];
}

function atLeast(times: number, to: string, of?: string): Claim {
  return { kind: 'ratio', bound: 'at least', times, to, ...(of !== undefined && { of }) };
}

function atMost(times: number, to: string): Claim {
  return { kind: 'ratio', bound: 'at most', times, to };
}
