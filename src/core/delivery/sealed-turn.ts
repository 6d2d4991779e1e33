/** A turn whose commit has not called back: what depends on the commit is set apart, and delivered after it. */
import type { Client } from '../hub/client.js';
import type { OutgoingEvent } from './batch.js';
import { Collected } from './collected.js';

/** What a client is sent once the turn is stored. */
interface SealedOutput {
  readonly client: Client;
  readonly personal: OutgoingEvent<Client>[] | null;
  readonly hasOwnMessages: boolean;
  readonly formerEncoders: Client['formerEncoders'];
}

export class SealedTurn {
  readonly #collected: Collected;
  readonly #outputs: readonly SealedOutput[];

  constructor(collected: Collected, outputs: readonly SealedOutput[]) {
    this.#collected = collected;
    this.#outputs = outputs;
  }

  /** Clients that a change of the turn came from. */
  get settled(): readonly Client[] {
    return this.#collected.settled;
  }

  /** What is delivered once the turn is stored: what was set apart, then what was collected since. */
  before(meanwhile: Collected): Collected {
    for (const { client, personal, hasOwnMessages, formerEncoders } of this.#outputs) {
      client.personal = joinedLists(personal, client.personal);
      client.hasOwnMessages = hasOwnMessages;
      client.formerEncoders = joinedLists(formerEncoders, client.formerEncoders);
      meanwhile.addClient(client);
    }
    const { batches, observed, conditional, undos, afterCommit, closing } = this.#collected;
    const all = new Collected();
    all.batches = [...batches, ...meanwhile.batches];
    all.clients = meanwhile.clients;
    all.observed = [...observed, ...meanwhile.observed];
    all.settled = meanwhile.settled;
    // Some are closed without an entry, at any time: clients of a server that is cut off.
    all.closing = [...closing, ...meanwhile.closing];
    // Those of meanwhile depend on the next commit, and not on this one.
    all.conditional = conditional;
    all.undos = undos;
    all.afterCommit = afterCommit;
    return all;
  }
}

/** Sets apart all but the replies to clients that changed nothing. Those go to `replies`. */
export function seal(collected: Collected, replies: Collected): SealedTurn {
  const outputs: SealedOutput[] = [];
  for (const client of collected.settled) {
    client.hasSettled = false;
    if (client.closeReason === null) client.hold();
    // The author of a message may have no output of its own.
    if (!client.isInTurn) collected.clients.push(client);
  }
  for (const client of collected.clients) {
    client.isInTurn = false;
    if (client.isHeld || client.closeReason !== null) {
      const { personal, hasOwnMessages, formerEncoders } = client;
      outputs.push({ client, personal, hasOwnMessages, formerEncoders });
      client.personal = null;
      client.hasOwnMessages = false;
      client.formerEncoders = null;
      continue;
    }
    const waiting = client.personal?.filter(({ isReply }) => !isReply) ?? [];
    if (waiting.length > 0) {
      outputs.push({ client, personal: waiting, hasOwnMessages: false, formerEncoders: null });
      client.personal = client.personal?.filter(({ isReply }) => isReply) ?? null;
    }
    replies.addClient(client);
  }
  for (const { audience } of collected.batches) audience.batch = null;
  return new SealedTurn(collected, outputs);
}

function joinedLists<Item>(first: readonly Item[] | null, second: Item[] | null): Item[] | null {
  if (first === null) return second;
  return second === null ? [...first] : [...first, ...second];
}
