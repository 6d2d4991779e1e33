/** The audiences of the hub: the members of a room, or everyone on the server. */
import type { Batch, BatchAudience } from '../delivery/batch.js';
import type { Encoder } from '../delivery/encoder.js';
import type { Status } from '../modes.js';
import type { RoomName } from '../text/text.js';
import type { Client } from './client.js';
import type { Session } from './session.js';

/** A set of sessions. Those whose client is connected to this node are sent the same events. */
export class Audience implements BatchAudience<Client> {
  /** The clients of this node, each with the number of its entry. Later ones are greater. */
  readonly members = new Map<Client, number>();
  /** The same for sessions of other nodes; null until there is one. */
  #elsewhere: Map<Session, number> | null = null;
  /** Sessions that took another name in it, each with a number as of an entry at that time; null if there are none. */
  #renamed: Map<Session, number> | null = null;
  /** How many clients use each encoder: an event that none of them shows is handed to no client. */
  readonly encoders = new Map<Encoder, number>();
  batch: Batch<Client> | null = null;
  /** Clients that receive what is sent here without being in it; null until there is one. */
  subscribers: Audience | null = null;
  /** What is sent here is also sent to a room, where it is counted. */
  readonly countsMessages: boolean = true;
  #lastEntry = 0;

  /** How many sessions it has, on all nodes. */
  get size(): number {
    return this.members.size + (this.#elsewhere?.size ?? 0);
  }

  /** The number of a session's entry; 0 if it is not in it. */
  entryOf(session: Session): number {
    const { local } = session;
    return (local === null ? this.#elsewhere?.get(session) : this.members.get(local)) ?? 0;
  }

  /** Adds a session. A client of this node receives what is sent from here on. */
  enter(session: Session): void {
    const client = session.local;
    const entry = ++this.#lastEntry;
    if (client === null) {
      this.restore(session, entry);
      return;
    }
    this.members.set(client, entry);
    this.count(client.encoder, 1);
    const { batch } = this;
    if (batch === null) return;
    const range = { batch, from: batch.events.length, to: Number.POSITIVE_INFINITY };
    const ranges = batch.partial.get(client);
    if (ranges === undefined) batch.partial.set(client, [range]);
    else ranges.push(range);
  }

  /** Adds a session of another node under the number of its entry, which is greater than those of all others. */
  restore(session: Session, entry: number): void {
    this.#elsewhere ??= new Map();
    this.#elsewhere.set(session, entry);
    this.#lastEntry = entry;
  }

  /** Forgets the sessions of other nodes. */
  clearElsewhere(): void {
    this.#elsewhere = null;
    this.#renamed = null;
  }

  /**
   * Removes a session. A client receives what was sent up to here; with `untoldOfEnds` without the sessions that ended
   * just before.
   */
  exit(session: Session, untoldOfEnds = false): void {
    this.#remove(session);
    const client = session.local;
    const { batch } = this;
    if (batch === null || client === null) return;
    const to = untoldOfEnds ? batch.lengthWithoutEnds() : batch.events.length;
    const last = batch.partial.get(client)?.at(-1);
    if (last === undefined) batch.partial.set(client, [{ batch, from: 0, to }]);
    else last.to = Math.max(last.from, to);
  }

  /** Removes a session; its client does not receive what was sent in this turn. */
  drop(session: Session): void {
    this.#remove(session);
    if (session.local !== null) this.batch?.partial.delete(session.local);
  }

  /** Notes that a session has another name, as if it had just entered: a list that is being made leaves it out. */
  renumber(session: Session): void {
    if (this.entryOf(session) === 0) return;
    this.#renamed ??= new Map();
    this.#renamed.set(session, ++this.#lastEntry);
  }

  /** All sessions in it, on all nodes, in the order of their entries. */
  *sessions(): Generator<Session> {
    for (const session of this.#listUpTo(Number.POSITIVE_INFINITY)) if (session !== null) yield session;
  }

  /**
   * The sessions, for a list that is made in slices: those that are present when it is their turn. Null in place of one
   * that entered, or took its name, after this call, so that no name is listed twice.
   */
  list(): Iterable<Session | null> {
    return this.#listUpTo(this.#lastEntry);
  }

  /**
   * The same for clients that keep a list of members: without those that take another name meanwhile, they would not know
   * whom they are told of. A name may occur twice.
   */
  listWithRenamed(): Iterable<Session | null> {
    return this.#listUpTo(this.#lastEntry, true);
  }

  *#listUpTo(lastEntry: number, isWithRenamed = false): Generator<Session | null> {
    for (const [session, entry] of this.#inOrder()) {
      const since = isWithRenamed ? entry : (this.#renamed?.get(session) ?? entry);
      yield since <= lastEntry ? session : null;
    }
  }

  #inOrder(): Iterable<readonly [Session, number]> {
    return this.#elsewhere === null ? this.members : this.#merged(this.#elsewhere);
  }

  /** Clients and sessions elsewhere, merged by the numbers of their entries. Each map is in that order already. */
  *#merged(elsewhere: ReadonlyMap<Session, number>): Generator<readonly [Session, number]> {
    const remote = elsewhere.entries();
    let next = remote.next();
    for (const local of this.members) {
      for (; next.done !== true && next.value[1] < local[1]; next = remote.next())
        if (elsewhere.has(next.value[0])) yield next.value;
      if (this.members.has(local[0])) yield local;
    }
    for (; next.done !== true; next = remote.next()) if (elsewhere.has(next.value[0])) yield next.value;
  }

  count(encoder: Encoder, change: 1 | -1): void {
    const count = (this.encoders.get(encoder) ?? 0) + change;
    if (count > 0) this.encoders.set(encoder, count);
    else this.encoders.delete(encoder);
  }

  #remove(session: Session): void {
    this.#renamed?.delete(session);
    const client = session.local;
    if (client === null) this.#elsewhere?.delete(session);
    else if (this.members.delete(client)) this.count(client.encoder, -1);
  }
}

/** The subscribers of a room, whether it exists or not. */
export class Subscribed extends Audience {
  override readonly countsMessages = false;
}
const NO_STATUS: Status = { op: false, voice: false };
const NO_STATUSES: ReadonlyMap<Session, Status> = new Map();

export class Room extends Audience {
  readonly name: RoomName;
  /** Rooms that were created later have greater numbers. */
  readonly number: number;
  /** When its first member entered, in milliseconds since 1970; null if it is not known. */
  madeAt: number | null = null;
  /** The key as it was typed, if it was typed since this server started. */
  key: string | null = null;
  /** Of members that have one; null if none has. */
  #status: Map<Session, Status> | null = null;

  constructor(name: RoomName, number: number) {
    super();
    this.name = name;
    this.number = number;
  }

  /** What a member may do beside the others. */
  statusOf(session: Session): Status {
    return this.#status?.get(session) ?? NO_STATUS;
  }

  /** The members with a status. */
  get statuses(): ReadonlyMap<Session, Status> {
    return this.#status ?? NO_STATUSES;
  }

  setStatus(session: Session, status: Status): void {
    if (this.entryOf(session) === 0) return;
    if (status.op || status.voice) (this.#status ??= new Map()).set(session, status);
    else this.#dropStatus(session);
  }

  override exit(session: Session, untoldOfEnds = false): void {
    this.#dropStatus(session);
    super.exit(session, untoldOfEnds);
  }

  #dropStatus(session: Session): void {
    if (this.#status === null) return;
    this.#status.delete(session);
    if (this.#status.size === 0) this.#status = null;
  }
}
