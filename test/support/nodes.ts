/**
 * Several servers in one process that settle the same entries: each proposal is appended to one list as JSON, and every
 * hub settles a copy of each entry, in the order of the list.
 */
import type { CommittingHistory } from '../../src/history/direct-store.js';
import { expect } from 'vitest';
import { AccountStore } from '../../src/accounts/account-store.js';
import { LocalSequencer } from '../../src/core/hub/local-sequencer.js';
import type { Entry, Proposal, Sequencer, SessionKey } from '../../src/core/ports.js';
import type { DepartureRow, SessionRow, SessionTable } from '../../src/core/session-table.js';
import { MemoryHistory } from '../../src/history/memory.js';
import { ManualClock } from './manual-clock.js';
import { passwordOf, type Peer, World, type WorldOptions } from './world.js';

/** The list of entries. */
class SharedLog {
  /** While set, nothing settles. */
  isHeld = false;
  readonly #settles = new Map<string, (entry: Entry) => void>();
  readonly #waiting: { readonly json: string; readonly at: number }[] = [];
  readonly #order = new LocalSequencer((entry) => this.#settleEverywhere(entry), 0);
  #isSettling = false;

  /** The sequencer of a node's run. It takes the place of an earlier run. */
  sequencer(node: string, epoch: number, settle: (entry: Entry) => void): Sequencer {
    this.#settles.set(node, settle);
    return {
      node,
      epoch,
      isCut: false,
      isShared: true,
      submit: (proposal, at) => this.#submit(proposal, at),
    };
  }

  /** A node settles nothing from here on. */
  remove(node: string): void {
    this.#settles.delete(node);
  }

  settle(): void {
    if (this.isHeld || this.#isSettling) return;
    this.#isSettling = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
      this.#order.submit(JSON.parse(next.json), next.at);
    this.#isSettling = false;
  }

  #submit(proposal: Proposal, at: number): void {
    this.#waiting.push({ json: JSON.stringify(proposal), at });
    this.settle();
  }

  #settleEverywhere(entry: Entry): void {
    const json = JSON.stringify(entry);
    for (const settle of this.#settles.values()) settle(JSON.parse(json));
  }
}

/** A session table that keeps the rows as JSON, and counts what is written. */
class RecordingTable implements SessionTable {
  readonly rows = new Map<string, string>();
  readonly departures = new Map<number, string>();
  writes = 0;

  put(row: SessionRow): void {
    this.writes++;
    this.rows.set(nameOf(row), JSON.stringify(row));
  }

  remove(key: SessionKey): void {
    this.writes++;
    this.rows.delete(nameOf(key));
  }

  putDeparture(row: DepartureRow): void {
    this.departures.set(row.no, JSON.stringify(row));
  }

  removeDeparture(no: number): void {
    this.departures.delete(no);
  }

  read(): SessionRow[] {
    return Array.from(this.rows.values(), (json) => JSON.parse(json));
  }

  readDepartures(): DepartureRow[] {
    return Array.from(this.departures.values(), (json) => JSON.parse(json));
  }
}

interface Node {
  readonly name: string;
  readonly epoch: number;
  readonly world: World;
  readonly table: RecordingTable;
}

const ROOMS = ['lobby', 'dev', 'ops', 'den'];

export class Nodes {
  readonly clock = new ManualClock();
  readonly #log = new SharedLog();
  readonly #options: WorldOptions;
  readonly #nodes: Node[] = [];
  readonly #registered: string[] = [];
  /** Epochs are positions in the log, so no two runs have the same one. */
  #lastEpoch = 0;

  constructor(count: number, options: WorldOptions = {}) {
    this.#options = options;
    for (let index = 0; index < count; index++)
      this.#nodes.push(this.#start(`node${index}`, new MemoryHistory(), AccountStore.inMemory()));
  }

  get worlds(): readonly World[] {
    return this.#nodes.map(({ world }) => world);
  }

  world(index: number): World {
    return this.#node(index).world;
  }

  table(index: number): RecordingTable {
    return this.#node(index).table;
  }

  key(index: number): { readonly node: string; readonly epoch: number } {
    const { name, epoch } = this.#node(index);
    return { node: name, epoch };
  }

  /** Registers these names on all nodes. */
  register(...names: readonly string[]): void {
    for (const world of this.worlds) world.register(...names);
    this.#registered.push(...names);
  }

  setOperator(name: string): void {
    for (const { accounts } of this.worlds) accounts.users.setOperator(name, true);
  }

  /** Logs in at a node, and discards the reply. A registered name is logged in with its password. */
  async login(index: number, name: string): Promise<Peer> {
    const peer = this.world(index).connect(`10.0.0.${index + 1}`);
    await this.ask(
      peer,
      this.#registered.includes(name) ? `LOGIN ${name} ${passwordOf(name)}\n` : `LOGIN ${name}\n`,
    );
    return peer;
  }

  /** Sends, settles on all nodes, and returns what was received from then on. */
  async ask(peer: Peer, text: string): Promise<string> {
    peer.read();
    peer.say(text);
    await this.settle();
    return peer.read();
  }

  hold(): void {
    this.#log.isHeld = true;
  }

  async release(): Promise<void> {
    this.#log.isHeld = false;
    await this.settle();
  }

  /** Completes all hashes, settles all entries, and ends all turns. */
  async settle(): Promise<void> {
    this.#log.settle();
    for (let isMore = true; isMore;) {
      isMore = false;
      for (const world of this.worlds) {
        if (world.pass()) isMore = true;
        if (world.hasher.atWork > 0) isMore = true;
        await world.hashed();
      }
    }
  }

  async wait(ms: number): Promise<void> {
    this.clock.advance(ms);
    await this.settle();
  }

  /** Ends all sessions of a node everywhere, as where the node is lost. */
  async endNode(index: number): Promise<void> {
    await this.#end(this.#node(index));
  }

  /** Starts a node again from what it stored; its former sessions end if `endsSessions`. */
  async restart(index: number, endsSessions = true): Promise<void> {
    const old = this.#node(index);
    await this.settle();
    const { lastId } = old.world.hub.state();
    const node = this.#start(old.name, old.world.history, old.world.accounts);
    node.world.hub.restore({
      lastId,
      sessions: old.table.read(),
      departures: old.table.readDepartures(),
    });
    for (const [key, json] of old.table.rows) node.table.rows.set(key, json);
    for (const [no, json] of old.table.departures) node.table.departures.set(no, json);
    this.#nodes[index] = node;
    if (endsSessions) await this.#end(old);
  }

  /** Checks that all nodes have the same state, and have stored it. */
  check(): void {
    const [first, ...others] = this.#nodes.map((node) => stateOf(node, this.#registered));
    for (const other of others) expect(other).toEqual(first);
    for (const { world, table } of this.#nodes) {
      const rows = table.read().sort((a, b) => a.entry - b.entry);
      const { sessions, departures } = world.hub.state();
      expect(rows).toEqual(JSON.parse(JSON.stringify(sessions)));
      expect(table.readDepartures().sort((a, b) => a.no - b.no)).toEqual(inOrder(departures));
      expect(world.errors).toEqual([]);
    }
  }

  /** Ends a run on all nodes at the same place in the order: what that causes is proposed after it. */
  async #end({ name, epoch }: Node): Promise<void> {
    this.hold();
    for (const { hub } of this.worlds) hub.endNode(name, epoch, this.clock.now());
    await this.release();
  }

  #start(name: string, history: CommittingHistory, accounts: AccountStore): Node {
    const epoch = ++this.#lastEpoch;
    const table = new RecordingTable();
    const world = new World({
      ...this.#options,
      history,
      accounts,
      clock: this.clock,
      sessionTable: table,
      sequencer: (settle) => this.#log.sequencer(name, epoch, settle),
    });
    return { name, epoch, world, table };
  }

  #node(index: number): Node {
    const node = this.#nodes[index];
    if (node === undefined) throw new Error(`there is no node ${index}`);
    return node;
  }
}

function inOrder(departures: readonly DepartureRow[]): DepartureRow[] {
  return departures.toSorted((a, b) => a.no - b.no);
}

function nameOf({ node, epoch, no }: SessionKey): string {
  return `${node} ${epoch} ${no}`;
}

/**
 * All that must be equal on all nodes. The numbers that order sessions and rooms may differ, but not the order. Only the
 * own node knows that a client has changed its dialect.
 */
function stateOf({ world }: Node, registered: readonly string[]): unknown {
  const { hub, accounts, history } = world;
  const { lastId, sessions, departures, rooms } = hub.state();
  const { users, offline, bans } = accounts;
  return {
    lastId,
    departures: inOrder(departures),
    sessions: sessions.map((session) => ({
      ...session,
      dialect: null,
      entry: null,
      rooms: session.rooms.map((room) => ({ ...room, number: null, entry: null })),
      invitations: null,
    })),
    rooms,
    accounts: users.all().map((row) => ({ ...row, ignores: [...(users.account(row.fold)?.ignores ?? [])] })),
    tokens: users.tokens(),
    bans: bans.bans(Number.NEGATIVE_INFINITY),
    hooks: accounts.hooks.all(),
    mutes: registered.map((name) => bans.mutedUntil(name)),
    registeredRooms: ROOMS.map((fold) => accounts.rooms.room(fold)),
    mail: registered.map((name) => offline.waitingFor(name)),
    readPositions: registered.map((name) => ROOMS.map((room) => accounts.readPositions.of(name, room))),
    leftPositions: registered.map((name) => ROOMS.map((room) => accounts.leftPositions.of(name, room))),
    readMarkers: registered.map((name) => offline.readMarker(name)),
    messages: ROOMS.map((room) =>
      history.read(room, { after: 0, before: Number.POSITIVE_INFINITY, limit: 1000, keep: 'newest' }),
    ),
  };
}
