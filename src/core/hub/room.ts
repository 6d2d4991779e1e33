/** The audiences of the hub: the members of a room, or everyone on the server. */
import type { Batch, BatchAudience } from '../delivery/batch.js';
import type { Encoder } from '../delivery/encoder.js';
import type { RoomName } from '../text/text.js';
import type { Client } from './client.js';

/** A set of clients that are sent the same events. */
export class Audience implements BatchAudience<Client> {
  /** Each with the number of its entry. Later ones are greater. */
  readonly members = new Map<Client, number>();
  /** How many members use each encoder: an event that none of them shows is handed to no client. */
  readonly encoders = new Map<Encoder, number>();
  batch: Batch<Client> | null = null;
  #lastEntry = 0;

  /** Adds a client, which receives what is sent from here on. */
  enter(client: Client): void {
    this.members.set(client, ++this.#lastEntry);
    this.count(client.encoder, 1);
    const { batch } = this;
    if (batch === null) return;
    const range = { batch, from: batch.events.length, to: Number.POSITIVE_INFINITY };
    const ranges = batch.partial.get(client);
    if (ranges === undefined) batch.partial.set(client, [range]);
    else ranges.push(range);
  }

  /**
   * Removes a client, which receives what was sent up to here; with `untoldOfEnds` without the sessions that ended just
   * before.
   */
  exit(client: Client, untoldOfEnds = false): void {
    this.#remove(client);
    const { batch } = this;
    if (batch === null) return;
    const to = untoldOfEnds ? batch.lengthWithoutEnds() : batch.events.length;
    const last = batch.partial.get(client)?.at(-1);
    if (last === undefined) batch.partial.set(client, [{ batch, from: 0, to }]);
    else last.to = Math.max(last.from, to);
  }

  /** Removes a client without what was sent in this turn. */
  drop(client: Client): void {
    this.#remove(client);
    this.batch?.partial.delete(client);
  }

  /** Numbers a member anew, as if it had just entered: it has another name. */
  renumber(client: Client): void {
    if (this.members.has(client)) this.members.set(client, ++this.#lastEntry);
  }

  /**
   * The members, for a list that is made in slices: those that are present when it is their turn. Null in place of one
   * that entered, or took its name, after this call, so that no name is listed twice.
   */
  list(): Iterable<Client | null> {
    return this.#listUpTo(this.#lastEntry);
  }

  *#listUpTo(lastEntry: number): Generator<Client | null> {
    for (const [client, entry] of this.members) yield entry <= lastEntry ? client : null;
  }

  count(encoder: Encoder, change: 1 | -1): void {
    const count = (this.encoders.get(encoder) ?? 0) + change;
    if (count > 0) this.encoders.set(encoder, count);
    else this.encoders.delete(encoder);
  }

  #remove(client: Client): void {
    if (this.members.delete(client)) this.count(client.encoder, -1);
  }
}

export class Room extends Audience {
  readonly name: RoomName;
  /** A message was sent here since the room object exists. Earlier ones are in the history. */
  hasMessages = false;
  /** Rooms that were created later have greater numbers. */
  readonly number: number;

  constructor(name: RoomName, number: number) {
    super();
    this.name = name;
    this.number = number;
  }
}
