/**
 * What each entry of the log means. Every server applies the same entries in the same order to the same state and comes
 * to the same verdicts, so nothing here reads a clock, a setting, a file or randomness.
 *
 * The log may hold an entry twice, late, or not at all. So a run of a server is an *epoch*, named by the sequence number
 * of the entry that began it; its batches are counted, and settle only in their order while the epoch is live; a silent
 * server's epoch is ended by a *fence*, which is void if the server was not silent. What is skipped is skipped by all.
 *
 * The state is stored in the same transaction as what was settled, so an entry counts exactly once.
 */
import { createHash } from 'node:crypto';
import { Numbering } from '../core/numbering.js';
import type { Entry } from '../core/ports.js';
import type { LogEntry, ReadEntry, Run, SharedSettings } from './batch.js';
import { MAX_V } from './versions.js';

/** The newest run of a server. */
export interface NodeState {
  readonly name: string;
  epoch: number;
  nonce: string;
  isLive: boolean;
  /** Another server ended it. */
  wasFenced: boolean;
  /** Of a command: it is forgotten once it ends. */
  isCommand: boolean;
  /** The number of its last settled batch. */
  lastN: number;
  /** The sequence number of the last entry of it that counted. */
  lastSeq: number;
  /** What it had settled, by its last sign of life. */
  position: number;
  maxV: number;
  version: string;
}

type SkipReason =
  /** At or below the position. */
  | 'settled-before'
  /** The batch was settled before. */
  | 'duplicate'
  /** A batch before it is missing. */
  | 'gap'
  /** The epoch has ended, or never was. */
  | 'dead-epoch'
  /** The `up` was settled before, or the server has begun another run since. */
  | 'known-nonce'
  /** The server gave a sign of life before the fence. */
  | 'not-silent'
  /** An older sign of life than the last, or something forgotten already. */
  | 'outdated'
  /** Not of the server that proposes what is forgotten. */
  | 'not-lowest'
  | 'malformed'
  /** Not encrypted with the key of this log. */
  | 'not-authentic';

/** An exit code for a stop: 2 another setting helps, 3 a restart helps, 4 the data must be looked at. */
export type ExitCode = 2 | 3 | 4;

export type Verdict =
  /** Proposals to settle, in order. */
  | ({ readonly kind: 'settled'; readonly n: number; readonly entries: readonly Entry[] } & Run)
  /** A run began. `ended` is the live epoch that it ended, with all its sessions. */
  | ({
      readonly kind: 'up';
      readonly nonce: string;
      readonly ended: number | null;
      readonly at: number;
    } & Run)
  /** All sessions of a run end. */
  | ({ readonly kind: 'ended'; readonly why: 'fence' | 'down'; readonly at: number } & Run)
  | ({ readonly kind: 'alive'; readonly position: number; readonly hash: string } & Run)
  | ({ readonly kind: 'forget'; readonly table: string; readonly upTo: number } & Run)
  /** A run did not begin: a live server differs in a setting, or writes entries that it cannot read. */
  | {
      readonly kind: 'refused';
      readonly node: string;
      readonly nonce: string;
      /** The live servers that it differs from. */
      readonly others: readonly string[];
      readonly sentence: string;
    }
  | { readonly kind: 'skipped'; readonly why: SkipReason }
  /** This server must stop here. The state has not changed. */
  | { readonly kind: 'stop'; readonly exitCode: ExitCode; readonly sentence: string }
  /** An entry is missing before this one: the log must be read again. The state has not changed. */
  | { readonly kind: 'missing' };

/** What a server without a state begins with. */
export interface Beginning {
  readonly logId: string;
  /** Names the data that it would bring into an empty log; empty if it has none. */
  readonly base: string;
  /** The highest id in the history, and the time of its newest message; -Infinity if it has none. */
  readonly lastId: number;
  readonly lastAt: number;
}

/** The state as JSON. */
interface Row extends Omit<Beginning, 'lastAt'> {
  readonly lastAt: number | null;
  readonly isBegun: boolean;
  readonly keyId: string | null;
  readonly position: number;
  readonly digest: string;
  readonly hash: string;
  readonly v: number;
  readonly settings: SharedSettings;
  readonly forgotten: readonly (readonly [table: string, upTo: number])[];
  readonly nodes: readonly NodeState[];
}

const SKIPS: Record<SkipReason, Verdict> = {
  'settled-before': { kind: 'skipped', why: 'settled-before' },
  duplicate: { kind: 'skipped', why: 'duplicate' },
  gap: { kind: 'skipped', why: 'gap' },
  'dead-epoch': { kind: 'skipped', why: 'dead-epoch' },
  'known-nonce': { kind: 'skipped', why: 'known-nonce' },
  'not-silent': { kind: 'skipped', why: 'not-silent' },
  outdated: { kind: 'skipped', why: 'outdated' },
  'not-lowest': { kind: 'skipped', why: 'not-lowest' },
  malformed: { kind: 'skipped', why: 'malformed' },
  'not-authentic': { kind: 'skipped', why: 'not-authentic' },
};

/** The replicated state of a cluster, and the rules that change it. */
export class Rules {
  readonly logId: string;
  /** Names the data of position 0. */
  readonly base: string;
  readonly #nodes: Map<string, NodeState>;
  readonly #numbering: Numbering;
  /** By table. */
  readonly #forgotten: Map<string, number>;
  /** A first run has begun; before it, nothing settles. */
  #isBegun: boolean;
  #keyId: string | null;
  #position: number;
  #digest: string;
  #hash: string;
  #v: number;
  #settings: SharedSettings;

  protected constructor(row: Row) {
    this.logId = row.logId;
    this.base = row.base;
    this.#nodes = new Map(row.nodes.map((node) => [node.name, { ...node }]));
    this.#numbering = new Numbering(row.lastId, row.lastAt ?? Number.NEGATIVE_INFINITY);
    this.#forgotten = new Map(row.forgotten);
    this.#isBegun = row.isBegun;
    this.#keyId = row.keyId;
    this.#position = row.position;
    this.#digest = row.digest;
    this.#hash = row.hash;
    this.#v = row.v;
    this.#settings = row.settings;
  }

  /** The state before the first entry. */
  static begin({ logId, base, lastId, lastAt }: Beginning): Rules {
    return new this({
      logId,
      base,
      lastId,
      lastAt,
      isBegun: false,
      keyId: null,
      position: 0,
      digest: '',
      hash: '',
      v: 1,
      settings: {},
      forgotten: [],
      nodes: [],
    });
  }

  /** The state that `toRow` wrote. Throws an Error if it is damaged. */
  static fromRow(row: string): Rules {
    return new this(JSON.parse(row));
  }

  /** The state as text, to be stored with what was settled. */
  toRow(): string {
    const { lastId, lastAt } = this.#numbering;
    const row: Row = {
      logId: this.logId,
      base: this.base,
      lastId,
      lastAt: Number.isFinite(lastAt) ? lastAt : null,
      isBegun: this.#isBegun,
      keyId: this.#keyId,
      position: this.#position,
      digest: this.#digest,
      hash: this.#hash,
      v: this.#v,
      settings: this.#settings,
      forgotten: [...this.#forgotten],
      nodes: this.nodes(),
    };
    return JSON.stringify(row);
  }

  /** The sequence number of the last entry applied; 0 before the first. */
  get position(): number {
    return this.#position;
  }

  /** The SHA-256 of the entry at the position; empty before the first. */
  get digest(): string {
    return this.#digest;
  }

  /** A hash over all entries applied and their verdicts: equal on all servers with the same position. */
  get hash(): string {
    return this.#hash;
  }

  /** Why a server with this key cannot read the log; null if it can, or if no run has begun. */
  keyProblem(keyId: string | null): string | null {
    return this.#isBegun && keyId !== this.#keyId ? wrongKey(this.#keyId, keyId) : null;
  }

  /** The highest id given to a message. */
  get lastId(): number {
    return this.#numbering.lastId;
  }

  /** The highest version of entries that every live server reads. */
  get writableV(): number {
    return Math.min(MAX_V, ...this.liveServers().map(({ maxV }) => maxV));
  }

  /** What is older than this was deleted from the table, or is being deleted; -Infinity if nothing is. */
  forgottenUpTo(table: string): number {
    return this.#forgotten.get(table) ?? Number.NEGATIVE_INFINITY;
  }

  node(name: string): Readonly<NodeState> | undefined {
    return this.#nodes.get(name);
  }

  nodes(): readonly Readonly<NodeState>[] {
    return [...this.#nodes.values()];
  }

  /** Servers and commands. */
  liveNodes(): readonly Readonly<NodeState>[] {
    return this.nodes().filter(({ isLive }) => isLive);
  }

  servers(): readonly Readonly<NodeState>[] {
    return this.nodes().filter(({ isCommand }) => !isCommand);
  }

  liveServers(): readonly Readonly<NodeState>[] {
    return this.servers().filter(({ isLive }) => isLive);
  }

  /** The live server that proposes what concerns all: the one with the lowest name. */
  lowestLive(): string | null {
    let lowest: string | null = null;
    for (const { name } of this.liveServers()) if (lowest === null || name < lowest) lowest = name;
    return lowest;
  }

  /**
   * Applies the entry with the sequence number `seq`, of which the log says that it was appended at `clockAt`
   * (milliseconds since 1970). `keyId` is the key of this server.
   */
  apply(seq: number, clockAt: number, read: ReadEntry, keyId: string | null): Verdict {
    if (seq <= this.#position) return SKIPS['settled-before'];
    if (seq > this.#position + 1) return { kind: 'missing' };
    const verdict = this.#judge(seq, clockAt, read, keyId);
    if (verdict.kind === 'stop') return verdict;
    this.#position = seq;
    this.#digest = read.digest;
    this.#hash = this.#nextHash(verdict);
    return verdict;
  }

  #judge(seq: number, clockAt: number, read: ReadEntry, keyId: string | null): Verdict {
    // Once the log has begun, this server has its key, so all servers skip the same entries.
    if (read.kind === 'sealed') {
      if (this.#isBegun) return SKIPS['not-authentic'];
      return { kind: 'stop', exitCode: 2, sentence: wrongKey(read.keyId, keyId) };
    }
    if (read.kind === 'malformed') return SKIPS.malformed;
    if (read.kind === 'unknown') return tooNew(read.what);
    const { entry } = read;
    if (entry.kind === 'up') return this.#applyUp(seq, clockAt, entry, keyId);
    const node = this.#nodes.get(entry.node);
    if (node === undefined || !this.isCurrent(node, entry.epoch)) return SKIPS['dead-epoch'];
    switch (entry.kind) {
      case 'batch':
        return this.#applyBatch(node, seq, clockAt, entry);
      case 'fence':
        if (node.lastN !== entry.lastN || node.lastSeq !== entry.seen) return SKIPS['not-silent'];
        return this.#end(node, clockAt, 'fence');
      case 'down':
        if (!this.follows(node, entry.n)) return SKIPS[entry.n <= node.lastN ? 'duplicate' : 'gap'];
        return this.#end(node, clockAt, 'down');
      case 'alive':
        if (entry.position <= node.position || entry.position >= seq) return SKIPS.outdated;
        node.position = entry.position;
        node.lastSeq = seq;
        return entry;
      case 'forget':
        return this.#applyForget(node, seq, entry);
    }
  }

  /** Rule of the epoch: whether this is the server's live run. */
  protected isCurrent(node: NodeState, epoch: number): boolean {
    return node.isLive && node.epoch === epoch;
  }

  /** Rule of the counter: whether `n` comes after the server's last batch. */
  protected follows(node: NodeState, n: number): boolean {
    return n === node.lastN + 1;
  }

  /** Rule of the nonce: whether this begins a run that was not begun before, after the one that the server knew of. */
  protected isNewRun(
    node: NodeState | undefined,
    { nonce, former }: Extract<LogEntry, { kind: 'up' }>,
  ): boolean {
    return former === (node?.epoch ?? 0) && nonce !== node?.nonce;
  }

  #applyUp(
    seq: number,
    clockAt: number,
    entry: Extract<LogEntry, { kind: 'up' }>,
    keyId: string | null,
  ): Verdict {
    const { node: name, nonce, maxV, version } = entry;
    if (!this.#isBegun && entry.base !== this.base) return otherBase(name);
    const former = this.#nodes.get(name);
    if (!this.isNewRun(former, entry)) return SKIPS['known-nonce'];
    const difference = this.#differenceOf(entry);
    if (difference !== null) return { kind: 'refused', node: name, nonce, ...difference };
    if (!this.#isBegun) {
      this.#isBegun = true;
      this.#keyId = keyId;
    }
    if (entry.settings !== null) this.#settings = entry.settings;
    const ended = former?.isLive === true ? former.epoch : null;
    this.#nodes.set(name, {
      name,
      epoch: seq,
      nonce,
      isLive: true,
      wasFenced: false,
      isCommand: entry.settings === null,
      lastN: 0,
      lastSeq: seq,
      position: 0,
      maxV,
      version,
    });
    return { kind: 'up', node: name, epoch: seq, nonce, ended, at: this.#numbering.timeAt(clockAt) };
  }

  /** Why a run cannot begin beside the live ones; null if it can. */
  #differenceOf({
    node,
    settings,
    maxV,
    version,
  }: Extract<LogEntry, { kind: 'up' }>): Pick<
    Extract<Verdict, { kind: 'refused' }>,
    'others' | 'sentence'
  > | null {
    const others = this.liveServers().flatMap(({ name }) => (name === node ? [] : [name]));
    const [other] = others;
    if (settings === null)
      return this.#isBegun ? null : { others, sentence: "the cluster's log is empty: start a server first" };
    if (other === undefined) return null;
    if (maxV < this.#v)
      return { others, sentence: `partyline ${version} is too old for the cluster: upgrade it on ${node}` };
    // A setting that one of them does not know is of another version, and has no say there.
    for (const [name, value] of Object.entries(settings)) {
      const theirs = Object.hasOwn(this.#settings, name) ? this.#settings[name] : undefined;
      if (theirs === undefined || theirs === value) continue;
      return {
        others,
        sentence: `${name} is ${shown(value)} on ${node} and ${shown(theirs)} on ${other}: set the same on every server`,
      };
    }
    return null;
  }

  #applyBatch(
    node: NodeState,
    seq: number,
    clockAt: number,
    { v, n, proposals }: Extract<LogEntry, { kind: 'batch' }>,
  ): Verdict {
    if (!this.follows(node, n)) return SKIPS[n <= node.lastN ? 'duplicate' : 'gap'];
    node.lastN = n;
    node.lastSeq = seq;
    this.#v = Math.max(this.#v, v);
    const entries = proposals.map((proposal) => this.#numbering.place(proposal, clockAt));
    return { kind: 'settled', node: node.name, epoch: node.epoch, n, entries };
  }

  #applyForget(node: NodeState, seq: number, entry: Extract<LogEntry, { kind: 'forget' }>): Verdict {
    const { table, upTo } = entry;
    if (this.lowestLive() !== node.name) return SKIPS['not-lowest'];
    if (upTo <= (this.#forgotten.get(table) ?? Number.NEGATIVE_INFINITY)) return SKIPS.outdated;
    this.#forgotten.set(table, upTo);
    node.lastSeq = seq;
    return entry;
  }

  #end(node: NodeState, clockAt: number, why: 'fence' | 'down'): Verdict {
    node.isLive = false;
    node.wasFenced = why === 'fence';
    if (node.isCommand) this.#nodes.delete(node.name);
    const at = this.#numbering.timeAt(clockAt);
    return { kind: 'ended', node: node.name, epoch: node.epoch, why, at };
  }

  #nextHash(verdict: Verdict): string {
    const { lastId, lastAt } = this.#numbering;
    const what = verdict.kind === 'skipped' ? verdict.why : verdict.kind;
    const step = `${this.#hash} ${this.#position} ${this.#digest} ${what} ${lastId} ${lastAt}`;
    return createHash('sha256').update(step).digest('hex').slice(0, 32);
  }
}

/**
 * The state with which a server's data begins another log, in which no run has begun: `partyline cluster adopt`. Ids go
 * on, and what was forgotten stays so.
 */
export function adopted(row: string, logId: string, base: string): string {
  const { lastId, lastAt, forgotten }: Row = JSON.parse(row);
  const begun = Rules.begin({ logId, base, lastId, lastAt: lastAt ?? Number.NEGATIVE_INFINITY });
  const adoptedRow: Row = { ...JSON.parse(begun.toRow()), forgotten };
  return JSON.stringify(adoptedRow);
}

function shown(value: string): string {
  return value === '' ? '(empty)' : value;
}

function wrongKey(theirs: string | null, own: string | null): string {
  if (own === null)
    return "the cluster's log is encrypted: set CLUSTER_KEY_FILE to the key file of the other servers";
  if (theirs === null)
    return "the cluster's log is not encrypted: unset CLUSTER_KEY_FILE, or begin another log with CLUSTER_STREAM";
  if (theirs === own)
    return "the first entry of the cluster's log is damaged: begin another log with CLUSTER_STREAM";
  return `CLUSTER_KEY_FILE holds another key (${own}) than the cluster's log has (${theirs}): use the file of the other servers`;
}

function otherBase(name: string): Verdict {
  const sentence =
    `the data directory is not a copy of the cluster's: stop this server, make a backup of ${name} with ` +
    `partyline backup, and start with that copy`;
  return { kind: 'stop', exitCode: 4, sentence };
}

function tooNew(what: string): Verdict {
  const sentence = `the cluster's log has ${what}, which this version cannot read: upgrade partyline here`;
  return { kind: 'stop', exitCode: 4, sentence };
}
