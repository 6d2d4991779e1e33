/** Who hears what is said to a room, or to the whole server. */
import type { Client } from './client.js';
import type { Batch } from '../delivery/batch.js';
import type { RoomName } from '../text/text.js';
import type { Encoder } from '../delivery/encoder.js';

/** A set of clients that are spoken to together. */
export class Audience {
  readonly members = new Set<Client>();
  /** How many members have each voice: what none of them has words for need not be carried to anyone. */
  readonly encoders = new Map<Encoder, number>();
  /** What was said to it in the current turn, if anything was. */
  batch: Batch | null = null;

  add(client: Client): void {
    this.members.add(client);
    this.count(client.encoder, 1);
  }

  remove(client: Client): void {
    if (this.members.delete(client)) this.count(client.encoder, -1);
  }

  count(encoder: Encoder, change: 1 | -1): void {
    const now = (this.encoders.get(encoder) ?? 0) + change;
    if (now > 0) this.encoders.set(encoder, now);
    else this.encoders.delete(encoder);
  }
}

export class Room extends Audience {
  readonly name: RoomName;

  constructor(name: RoomName) {
    super();
    this.name = name;
  }
}
