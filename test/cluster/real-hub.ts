/**
 * A whole hub with its accounts and its history as the state machine of a server of a cluster: clients give commands, and
 * answers wait for the disk. What it saves is plain text, from which a restarted server goes on.
 */
import { AccountStore, type AccountTables } from '../../src/accounts/account-store.js';
import { MemoryOfflineMessages } from '../../src/accounts/memory-offline-messages.js';
import { MemoryPostKeys } from '../../src/accounts/post-keys.js';
import type { OfflineMessageRow } from '../../src/accounts/offline.js';
import type { Table } from '../../src/accounts/table.js';
import type { RunState } from '../../src/cluster/replica-host.js';
import type { ReplicatedSequencer } from '../../src/cluster/replicated.js';
import type { Message } from '../../src/core/message.js';
import type { Entry, Sequencer, SessionKey } from '../../src/core/ports.js';
import type { DepartureRow, SessionRow, SessionTable } from '../../src/core/session-table.js';
import { cleanText, parseRoomName, parseUserName } from '../../src/core/text/text.js';
import { Journal } from '../../src/database/journal.js';
import { MemoryHistory } from '../../src/history/memory.js';
import type { ManualClock } from '../support/manual-clock.js';
import { type Peer, World } from '../support/world.js';
import type { StateMachine } from './cluster-world.js';

/** What outlives a restart. */
interface Saved {
  readonly lastId: number;
  readonly sessions: readonly SessionRow[];
  readonly departures: readonly DepartureRow[];
  readonly tables: Partial<{ readonly [Name in keyof Rows]: readonly Rows[Name][] }>;
  readonly mail: readonly OfflineMessageRow[];
  readonly messages: readonly Message[];
  readonly deleted: readonly Message[];
  readonly forgottenBefore: number;
}

export interface RealHubOptions {
  readonly clock: ManualClock;
  readonly presenceLimit: number;
  readonly saved: string | null;
}

export class RealHub implements StateMachine {
  readonly world: World;
  readonly #tables: AccountTables;
  readonly #accounts: AccountStore;
  readonly #mail: RememberedMail;
  readonly #history = new RememberedHistory();
  readonly #sessions = new Map<string, SessionRow>();
  readonly #departures = new Map<number, DepartureRow>();
  /** Messages older than this are forgotten; this server deletes them when it starts. */
  #forgottenBefore: number;
  #sequencer: ReplicatedSequencer | null = null;
  /** The process was killed: what its connections still do has no effect. */
  #isDead = false;

  constructor({ clock, presenceLimit, saved: text }: RealHubOptions) {
    const saved: Saved | null = text === null ? null : JSON.parse(text);
    const accounts = new MemoryTable<Rows['accounts']>(['fold'], saved?.tables.accounts, () => {
      // As the data file does: rows of an account go with it, and its rooms have no founder.
      const isKept = (fold: string) => accounts.rows({ fold }).length > 0;
      for (const table of [tokens, ignores, readMarkers, readPositions, leftPositions])
        for (const { fold } of table.rows()) if (!isKept(fold)) table.removeOf(fold);
      for (const { founder } of rooms.rows())
        if (founder !== null && !isKept(founder)) rooms.update({ founder }, { founder: null });
    });
    const tokens = new MemoryTable<Rows['tokens']>(['id'], saved?.tables.tokens);
    const ignores = new MemoryTable<Rows['ignores']>(['fold', 'other'], saved?.tables.ignores);
    const bans = new MemoryTable<Rows['bans']>(['kind', 'target'], saved?.tables.bans);
    const rooms = new MemoryTable<Rows['rooms']>(['fold'], saved?.tables.rooms);
    const readMarkers = new MemoryTable<Rows['readMarkers']>(['fold'], saved?.tables.readMarkers);
    const cloak = new MemoryTable<Rows['cloak']>(['id'], saved?.tables.cloak);
    const hooks = new MemoryTable<Rows['hooks']>(['id'], saved?.tables.hooks);
    const readPositions = new MemoryTable<Rows['readPositions']>(
      ['fold', 'room'],
      saved?.tables.readPositions,
    );
    const leftPositions = new MemoryTable<Rows['leftPositions']>(
      ['fold', 'room'],
      saved?.tables.leftPositions,
    );
    const tables = {
      accounts,
      tokens,
      ignores,
      bans,
      rooms,
      readMarkers,
      cloak,
      hooks,
      readPositions,
      leftPositions,
    };
    const journal = new Journal();
    this.#mail = new RememberedMail(journal);
    for (const row of saved?.mail ?? []) this.#mail.add(row);
    journal.take();
    this.#tables = tables;
    this.#accounts = new AccountStore({
      journal,
      tables,
      offlineMessages: this.#mail,
      postKeys: new MemoryPostKeys(journal),
      externalChanges: null,
      write() {},
    });
    this.#forgottenBefore = saved?.forgottenBefore ?? 0;
    this.#history.fill(saved?.messages ?? [], saved?.deleted ?? [], this.#forgottenBefore);
    const table: SessionTable = {
      put: (row) => void this.#sessions.set(nameOf(row), row),
      remove: (key) => void this.#sessions.delete(nameOf(key)),
      putDeparture: (row) => void this.#departures.set(row.no, row),
      removeDeparture: (no) => void this.#departures.delete(no),
    };
    this.world = new World({
      clock,
      presenceLimit,
      history: this.#history,
      accounts: this.#accounts,
      sessionTable: table,
      sequencer: () => this.#proxy(),
      storesLater: true,
    });
    this.#holdDisk();
    const { lastId = 0, sessions = [], departures = [] } = saved ?? {};
    for (const row of sessions) table.put(row);
    for (const row of departures) table.putDeparture(row);
    this.world.hub.forgetMessages(this.#forgottenBefore);
    this.world.hub.restore({ lastId, sessions, departures });
  }

  attach(sequencer: ReplicatedSequencer): void {
    this.#sequencer = sequencer;
  }

  kill(): void {
    this.#isDead = true;
  }

  connect(address: string, newConversation = this.world.newConversation): Peer {
    return this.world.connect(address, newConversation);
  }

  /** Sends a message to a room without a session. */
  post(name: string): void {
    const [room, from] = [parseRoomName(name), parseUserName('ci')];
    if (room === null || from === null) throw new Error('invalid test name');
    const by = { kind: 'guest', address: '10.0.0.9', knownKeyHash: null, orElse: null } as const;
    const seenAs = { id: 0, name: null, peer: '10.0.0.9:5000', dialect: 'http', room: '' };
    const texts = [cleanText('posted')];
    const { hub, clock } = this.world;
    hub.post({ room, from, texts, by, once: null, seenAs, onResult() {} }, clock.now());
  }

  /** Ends a pass of the event loop. */
  async pass(): Promise<void> {
    if (this.world.hasher.atWork > 0) await this.world.hasher.finish();
    this.world.settle();
  }

  settle(entry: Entry): void {
    this.world.hub.settle(entry);
  }

  endSessions(node: string, epoch: number, at: number): void {
    this.world.hub.endNode(node, epoch, at);
  }

  forget(table: string, upTo: number): void {
    const { hub } = this.world;
    if (table === 'mail') hub.inOrder(() => this.#accounts.offline.forgetBefore(upTo));
    else
      hub.inOrder(() => {
        this.#forgottenBefore = upTo;
        hub.forgetMessages(upTo);
      });
  }

  onState(state: RunState): void {
    if (state === 'live') this.world.hub.beginRun();
    else if (state === 'fenced') this.world.hub.cutOff(this.world.clock.now());
  }

  beginCommit(): void {
    this.world.hub.inOrder(() => {
      // The place in the log is in each transaction, so that no turn of an entry is without one.
      this.#accounts.journal.record({ sql: '', values: {} });
      this.world.hub.afterCommit(() => {});
    });
  }

  save(): string {
    this.world.disk?.release();
    this.world.settle();
    this.#holdDisk();
    const saved: Saved = {
      lastId: this.world.hub.state().lastId,
      sessions: [...this.#sessions.values()],
      departures: [...this.#departures.values()],
      tables: {
        accounts: this.#tables.accounts.rows(),
        tokens: this.#tables.tokens.rows(),
        ignores: this.#tables.ignores.rows(),
        bans: this.#tables.bans.rows(),
        rooms: this.#tables.rooms.rows(),
        readMarkers: this.#tables.readMarkers.rows(),
        cloak: this.#tables.cloak.rows(),
        hooks: this.#tables.hooks.rows(),
        readPositions: this.#tables.readPositions.rows(),
        leftPositions: this.#tables.leftPositions.rows(),
      },
      mail: this.#mail.rows,
      messages: this.#history.messages,
      deleted: this.#history.deleted,
      forgottenBefore: this.#forgottenBefore,
    };
    return JSON.stringify(saved);
  }

  /**
   * All that must be equal on all servers. The numbers that order sessions and rooms may differ, but not the order. Only
   * the own server knows that a client has changed its dialect.
   */
  comparable(): string {
    const saved: Saved = JSON.parse(this.save());
    const { sessions, departures, rooms, lastId } = this.world.hub.state();
    const stored = [...saved.sessions].sort((a, b) => a.entry - b.entry);
    const numbers = new Map(sessions.flatMap((row) => row.rooms.map(({ fold, number }) => [fold, number])));
    const numberOf = (fold: string) => numbers.get(fold);
    const shown = (rows: readonly SessionRow[]) =>
      rows.map(({ rooms: own, invitations = [], ...row }) => ({
        ...{ ...row, dialect: null, entry: null },
        rooms: own.map((room) => ({ ...room, number: null, entry: null })),
        // One that was for an earlier room of the name is void.
        invitations: invitations.filter(([fold, number]) => numberOf(fold) === number).map(([fold]) => fold),
      }));
    return JSON.stringify({
      lastId,
      rooms,
      sessions: shown(sessions),
      stored: shown(stored),
      departures: departures.toSorted((a, b) => a.no - b.no),
      storedDepartures: [...this.#departures.values()].sort((a, b) => a.no - b.no),
      tables: Object.values(saved.tables).map((rows) => rows.map((row) => JSON.stringify(row)).sort()),
      mail: saved.mail,
      forgottenBefore: this.#forgottenBefore,
      // Servers delete what is forgotten when they have time.
      messages: saved.messages.filter(({ at }) => at >= this.#forgottenBefore),
      deleted: saved.deleted
        .flatMap(({ id, at }) => (at >= this.#forgottenBefore ? [id] : []))
        .sort((a, b) => a - b),
    });
  }

  /** All that were ever stored, the deleted ones too. */
  get messages(): readonly Message[] {
    return [...this.#history.messages, ...this.#history.deleted];
  }

  get errors(): readonly unknown[] {
    return this.world.errors;
  }

  #holdDisk(): void {
    if (this.world.disk !== null) this.world.disk.isHeld = true;
  }

  #proxy(): Sequencer {
    const of = () => this.#sequencer;
    const isDead = () => this.#isDead;
    return {
      isShared: true,
      get node() {
        return of()?.node ?? '';
      },
      get epoch() {
        return of()?.epoch ?? 0;
      },
      get isCut() {
        return isDead() || (of()?.isCut ?? true);
      },
      canPropose: (proposal) => of()?.canPropose(proposal) ?? true,
      submit: (proposal) => {
        if (!this.#isDead) this.#sequencer?.submit(proposal);
      },
    };
  }
}

type RowOf<T> = T extends Table<infer Row> ? Row : never;
type Rows = { readonly [Name in keyof AccountTables]: RowOf<AccountTables[Name]> };

/** A table that keeps its rows. */
class MemoryTable<Row extends object> implements Table<Row> {
  readonly #key: readonly (keyof Row)[];
  readonly #onRemoved: () => void;
  #rows: readonly Row[];

  constructor(key: readonly (keyof Row)[], rows: readonly Row[] = [], onRemoved = () => {}) {
    this.#key = key;
    this.#rows = rows;
    this.#onRemoved = onRemoved;
  }

  rows(where: Partial<Row> = {}): readonly Row[] {
    return this.#rows.filter((row) => isLike(row, where));
  }

  put(row: Row): void {
    const isOther = (other: Row) => this.#key.some((column) => other[column] !== row[column]);
    this.#rows = [...this.#rows.filter(isOther), row];
  }

  update(where: Partial<Row>, values: Partial<Row>): void {
    this.#rows = this.#rows.map((row) => (isLike(row, where) ? { ...row, ...values } : row));
  }

  remove(where: Partial<Row>): void {
    this.#rows = this.#rows.filter((row) => !isLike(row, where));
    this.#onRemoved();
  }

  /** Removes the rows of an account. */
  removeOf(fold: string): void {
    this.#rows = this.#rows.filter((row) => !('fold' in row) || row.fold !== fold);
  }
}

function isLike<Row extends object>(row: Row, where: Partial<Row>): boolean {
  return Object.entries(where).every(([column, value]) => new Map(Object.entries(row)).get(column) === value);
}

/** Direct messages of which all names are known. */
class RememberedMail extends MemoryOfflineMessages {
  readonly #names = new Set<string>();

  override add(row: OfflineMessageRow): void {
    this.#names.add(row.fold);
    super.add(row);
  }

  get rows(): readonly OfflineMessageRow[] {
    return [...this.#names].sort().flatMap((fold) => this.of(fold));
  }
}

/** A history of which all messages are known, those that were deleted too. */
class RememberedHistory extends MemoryHistory {
  messages: readonly Message[] = [];
  deleted: readonly Message[] = [];
  #appended: Message[] = [];
  #redacted: number[] = [];

  fill(messages: readonly Message[], deleted: readonly Message[], since: number): void {
    for (const message of messages) if (message.at >= since) this.append(message);
    this.commit();
    this.deleted = [...deleted, ...messages.filter(({ at }) => at < since)];
  }

  override append(message: Message): void {
    this.#appended.push(message);
    super.append(message);
  }

  override redact(room: string, id: number): void {
    this.#redacted.push(id);
    super.redact(room, id);
  }

  override commit(): void {
    super.commit();
    const all = [...this.messages, ...this.#appended.splice(0)];
    const redacted = new Set(this.#redacted.splice(0));
    this.messages = all.filter(({ id }) => !redacted.has(id));
    this.deleted = [...this.deleted, ...all.filter(({ id }) => redacted.has(id))];
  }
}

function nameOf({ node, epoch, no }: SessionKey): string {
  return `${node} ${epoch} ${no}`;
}
