/**
 * The entries of the log and their bytes: JSON, encrypted if the cluster has a key. Whatever the bytes are, reading
 * them never throws; what cannot be read is a value, and the rules say what follows from it.
 */
import { createHash } from 'node:crypto';
import type { Proposal } from '../core/ports.js';
import { isObject, UnknownKind } from './field-checks.js';
import { proposalFromJson, proposalToJson } from './proposals.js';
import type { Seal } from './seal.js';
import { MAX_V } from './versions.js';

/** A run of a server. The epoch is the sequence number of the `up` that began it. */
export interface Run {
  readonly node: string;
  readonly epoch: number;
}

/** The settings that shape what is settled, by name. They are the same on every live server. */
export type SharedSettings = Readonly<Record<string, string>>;

export type LogEntry =
  /** A server, or a command, begins a run. */
  | {
      readonly kind: 'up';
      readonly node: string;
      /** The epoch of its former run, live or not; 0 if it had none. The entry is void if that is not its newest. */
      readonly former: number;
      /** A random name of this run, by which the server finds its own entry. */
      readonly nonce: string;
      /** Names the data that the first server brought in; empty if it brought none. */
      readonly base: string;
      /** Null for a command, which proposes and settles nothing itself. */
      readonly settings: SharedSettings | null;
      /** The highest version of entries that it reads. */
      readonly maxV: number;
      /** The version of the program, for people. */
      readonly version: string;
    }
  /** What one turn of a server proposes. `n` counts the batches of the run, from 1. */
  | ({
      readonly kind: 'batch';
      readonly v: number;
      readonly n: number;
      readonly proposals: readonly Proposal[];
    } & Run)
  /** A server found another one silent. It is void if that one appended anything above `seen`. */
  | ({ readonly kind: 'fence'; readonly lastN: number; readonly seen: number } & Run)
  /** A sign of life: the server has settled everything up to `position`, where its rolling hash was `hash`. */
  | ({ readonly kind: 'alive'; readonly position: number; readonly hash: string } & Run)
  /** A run ends itself. It is counted as a batch, so it comes after all of them. */
  | ({ readonly kind: 'down'; readonly n: number } & Run)
  /** What is older than `upTo` is deleted from a table; the host says which tables there are, and what that means. */
  | ({ readonly kind: 'forget'; readonly table: string; readonly upTo: number } & Run);

/** Bytes of the log, read as far as this server can. */
export type ReadEntry = {
  /** The SHA-256 of the bytes, in hexadecimal digits. */
  readonly digest: string;
  /** The key that the bytes name; null if they are not encrypted. */
  readonly keyId: string | null;
} & (
  | { readonly kind: 'entry'; readonly entry: LogEntry }
  /** Encrypted with another key, not encrypted although this server has a key, or damaged. */
  | { readonly kind: 'sealed' }
  | { readonly kind: 'malformed' }
  /** Written by a newer version. */
  | { readonly kind: 'unknown'; readonly what: string }
);

/** The bytes of an entry. */
export function encode(entry: LogEntry, seal: Seal, logId: string): Uint8Array {
  if (entry.kind !== 'batch') return seal.seal(Buffer.from(JSON.stringify(entry)), logId);
  const { proposals, ...run } = entry;
  return encodeBatch(run, proposals.map(proposalToJson), seal, logId);
}

/** The bytes of a batch of which the proposals are JSON already. */
export function encodeBatch(
  { v, node, epoch, n }: Run & { readonly v: number; readonly n: number },
  proposals: readonly string[],
  seal: Seal,
  logId: string,
): Uint8Array {
  const head = JSON.stringify({ kind: 'batch', v, node, epoch, n });
  const text = `${head.slice(0, -1)},"proposals":[${proposals.join(',')}]}`;
  return seal.seal(Buffer.from(text), logId);
}

export function decode(bytes: Uint8Array, seal: Seal, logId: string): ReadEntry {
  const digest = digestOf(bytes);
  const { keyId, plain } = seal.open(bytes, logId);
  if (plain === null) return { digest, keyId, kind: 'sealed' };
  try {
    const text = Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength).toString('utf8');
    const entry = parse(JSON.parse(text));
    return entry === null ? { digest, keyId, kind: 'malformed' } : { digest, keyId, kind: 'entry', entry };
  } catch (error) {
    if (error instanceof UnknownKind) return { digest, keyId, kind: 'unknown', what: error.message };
    return { digest, keyId, kind: 'malformed' };
  }
}

/** The SHA-256 of bytes, in hexadecimal digits. */
export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function parse(value: unknown): LogEntry | null {
  if (!isObject(value) || typeof value.kind !== 'string') return null;
  if (value.kind === 'up') return parseUp(value);
  const { kind, node, epoch } = value;
  // The version before the rest: a newer one may have other fields.
  if (kind === 'batch' && isCount(value.v) && value.v > MAX_V)
    throw new UnknownKind(`entries of version ${value.v}`);
  if (!KINDS_OF_A_RUN.has(kind))
    throw new UnknownKind(`entries of the kind ${JSON.stringify(kind.slice(0, 40))}`);
  if (!isName(node) || !isCount(epoch)) return null;
  const run = { node, epoch };
  switch (kind) {
    case 'batch':
      return parseBatch(value, run);
    case 'fence': {
      const { lastN, seen } = value;
      return isCount(lastN) && isCount(seen) ? { kind, ...run, lastN, seen } : null;
    }
    case 'alive': {
      const { position, hash } = value;
      return isCount(position) && isText(hash) ? { kind, ...run, position, hash } : null;
    }
    case 'down':
      return isCount(value.n) ? { kind, ...run, n: value.n } : null;
    case 'forget': {
      const { table, upTo } = value;
      return isName(table) && Number.isSafeInteger(upTo) ? { kind, ...run, table, upTo: Number(upTo) } : null;
    }
    default:
      return null;
  }
}

const KINDS_OF_A_RUN = new Set(['batch', 'fence', 'alive', 'down', 'forget']);

function parseUp({
  node,
  former,
  nonce,
  base,
  settings,
  maxV,
  version,
}: Record<string, unknown>): LogEntry | null {
  if (!isName(node) || !isCount(former) || !isName(nonce) || !isText(base)) return null;
  if ((settings !== null && !isSettings(settings)) || !isCount(maxV) || !isText(version)) return null;
  return { kind: 'up', node, former, nonce, base, settings, maxV, version };
}

function parseBatch({ v, n, proposals }: Record<string, unknown>, run: Run): LogEntry | null {
  if (!isCount(v) || !isCount(n) || !Array.isArray(proposals)) return null;
  const parsed: Proposal[] = [];
  for (const value of proposals) {
    const proposal = proposalFromJson(value, run);
    if (proposal === null) return null;
    parsed.push(proposal);
  }
  return { kind: 'batch', v, ...run, n, proposals: parsed };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isName(value: unknown): value is string {
  return isText(value) && value !== '' && value.length <= 256;
}

function isSettings(value: unknown): value is SharedSettings {
  return isObject(value) && Object.values(value).every(isText);
}
