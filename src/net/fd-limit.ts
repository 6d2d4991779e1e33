/** The number of connections that the process can hold: each uses a file descriptor, and the system limits those. */
import { readFileSync } from 'node:fs';

/** Descriptors for everything else: listeners, the log, the history, the event loop. */
const RESERVED = 64;
/** Refused connections at a time that get the reason. The reserve has room for so many. */
const MIN_REFUSED = 32;
/** The same, if there are enough descriptors. */
const MAX_REFUSED = 1000;

export interface DescriptorBudget {
  /** As configured (0 = no limit). */
  readonly maxClients: number;
  /** What the system allows, without the reserve; null if unknown. */
  readonly possible: number | null;
  /** The effective limit (0 = no limit). */
  readonly connections: number;
  /** How many refused connections at a time get the reason, beside these. */
  readonly refused: number;
}

export function connectionsWithin(
  maxClients: number,
  openFiles: number | null = openFilesLimit(),
): DescriptorBudget {
  const possible = openFiles === null ? null : Math.max(1, openFiles - RESERVED);
  if (possible === null) return { maxClients, possible, connections: maxClients, refused: MAX_REFUSED };
  const connections = maxClients === 0 ? possible : Math.min(maxClients, possible);
  const refused = Math.min(MAX_REFUSED, Math.max(MIN_REFUSED, possible - connections));
  return { maxClients, possible, connections, refused };
}

/** A warning for the log; null if there are enough descriptors. `name` is that of the setting of `maxClients`. */
export function describeShortage({ maxClients, possible }: DescriptorBudget, name: string): string | null {
  if (possible === null || maxClients <= possible) return null;
  const needed = maxClients + RESERVED;
  return (
    `${name} is ${maxClients}, but the limit of open files allows only ${possible} connections; ` +
    `raise that limit (ulimit -n, or LimitNOFILE= in systemd) to at least ${needed}, or lower ${name}`
  );
}

/** The soft limit of open files; null if unlimited or unknown. */
function openFilesLimit(): number | null {
  return limitFromProc() ?? limitFromReport();
}

/** `Max open files            1024                 1048576              files`, see proc(5). */
function limitFromProc(): number | null {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? [];
    return soft === undefined ? null : Number(soft);
  } catch {
    return null;
  }
}

/** From Node's diagnostic report. It takes some 30 ms, and longer with many open connections. */
function limitFromReport(): number | null {
  const report: unknown = process.report?.getReport();
  if (!isRecord(report) || !isRecord(report.userLimits)) return null;
  const { open_files: openFiles } = report.userLimits;
  return isRecord(openFiles) && typeof openFiles.soft === 'number' ? openFiles.soft : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
