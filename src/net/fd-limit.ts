/** How many connections the process may hold: each takes a file descriptor, and the system limits those. */
import { readFileSync } from 'node:fs';

/** What the server needs besides connections: listeners, the log, the history, the event loop's own. */
const RESERVED = 64;
/** Connections that are refused and told why, at a time: there is room for so many in the reserve. */
const MIN_REFUSED = 32;
/** And for so many where descriptors are plenty. */
const MAX_REFUSED = 1000;

export interface DescriptorBudget {
  /** As configured; 0 for no limit. */
  readonly maxClients: number;
  /** What the system allows, reserve taken off; null if it does not say. */
  readonly possible: number | null;
  /** The limit to work with; 0 for none. */
  readonly connections: number;
  /** How many may be told at a time why they are refused, beside these. */
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

/** One line for the log, or null if there are enough. */
export function describeShortage({ maxClients, possible }: DescriptorBudget): string | null {
  if (possible === null || maxClients <= possible) return null;
  return `MAX_CLIENTS is ${maxClients}, but the limit of open files leaves room for ${possible} connections; raise it (ulimit -n, or LimitNOFILE= in systemd) to at least ${maxClients + RESERVED}, or lower MAX_CLIENTS`;
}

/** The soft limit of open files; null where it is not limited or not known. */
function openFilesLimit(): number | null {
  return limitOnLinux() ?? limitReported();
}

/** `Max open files            1024                 1048576              files`, see proc(5). */
function limitOnLinux(): number | null {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? [];
    return soft === undefined ? null : Number(soft);
  } catch {
    return null;
  }
}

/** As Node's diagnostic report has it. That takes some 30 ms, and more where other connections are open. */
function limitReported(): number | null {
  const report: unknown = process.report?.getReport();
  if (!isRecord(report) || !isRecord(report.userLimits)) return null;
  const { open_files: openFiles } = report.userLimits;
  return isRecord(openFiles) && typeof openFiles.soft === 'number' ? openFiles.soft : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
