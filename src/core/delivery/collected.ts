/** What a turn collects until it ends. */
import type { Client } from '../hub/client.js';
import type { ClientInfo } from '../ports.js';
import type { Batch, OutgoingEvent } from './batch.js';

/** An event for the observers, and the client behind it. */
export interface Observed {
  readonly outgoing: OutgoingEvent<Client>;
  readonly by: ClientInfo;
}

export class Collected {
  batches: Batch<Client>[] = [];
  /** Those that have something to write. */
  clients: Client[] = [];
  observed: Observed[] = [];
  /** Events that are sent only if the commit succeeds. */
  conditional: OutgoingEvent<Client>[] = [];
  afterCommit: ((isStored: boolean) => void)[] = [];
  /** How changes of the hub's own state are undone. */
  undos: (() => void)[] = [];
  /** Clients that a change of this turn came from. */
  settled: Client[] = [];
  closing: Client[] = [];

  addClient(client: Client): void {
    if (client.isInTurn) return;
    client.isInTurn = true;
    this.clients.push(client);
  }

  /** An event for one client. */
  addPersonal(client: Client, outgoing: OutgoingEvent<Client>): void {
    if (client.personal === null) client.personal = [outgoing];
    else client.personal.push(outgoing);
    this.addClient(client);
  }

  addSettled(client: Client): void {
    if (client.hasSettled) return;
    client.hasSettled = true;
    this.settled.push(client);
  }

  writesDue(): number {
    return this.batches.reduce((sum, { audience }) => sum + audience.members.size, this.clients.length);
  }
}
