/** What a registered user gets after being offline: stored direct messages, and how many messages were missed. */
import type { OfflineMessage, ReadMarker } from '../accounts.js';
import type { Client } from './client.js';
import type { HubContext } from './hub-context.js';
import type { CloseReason } from '../reasons.js';
import type { Room } from './room.js';

/** Messages of one sender in a mailbox, so that no sender fills it. */
const MAX_FROM_REGISTERED = 20;
const MAX_FROM_UNREGISTERED = 3;

export class OfflineDelivery {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  /** The stored messages, and where the last session ended. Call it before the client enters a room. */
  find({ account }: Client): {
    readonly mail: readonly OfflineMessage[];
    readonly readMarker: ReadMarker | null;
  } {
    if (account === null) return { mail: [], readMarker: null };
    const { offline } = this.#context.accounts;
    return {
      mail: offline.waitingFor(account.fold),
      readMarker: offline.readMarker(account.fold) ?? null,
    };
  }

  /** Records the room of a session, in case the server is killed before the session ends. */
  onEnter({ account }: Client, room: Room, lastId: number, at: number): void {
    if (account !== null)
      this.#setReadMarker(account.fold, { room: room.name, id: lastId, at, isHere: true });
  }

  /** Records where a session ended. `lastId` is the id of the last message on the server. */
  onLeave(client: Client, room: Room, why: CloseReason, lastId: number, at: number): void {
    if (client.account === null) return;
    // Messages of this turn do not reach a connection that is lost.
    const reached = why === 'lost' ? this.#context.turn.shownId : lastId;
    const id = Math.min(reached, client.lastIdBeforeBacklog ?? reached);
    this.#setReadMarker(client.account.fold, { room: room.name, id, at, isHere: false });
  }

  /** Stores a message for an offline user. Null if the name is not registered. */
  store(
    from: Client,
    typed: string,
    mail: OfflineMessage,
  ): { readonly to: string; readonly isFull: boolean } | null {
    const { users, offline } = this.#context.accounts;
    const account = users.find(typed);
    if (account === undefined || from.name === null) return null;
    const to = account.shown;
    // An ignored sender does not learn of it.
    if (account.ignores.has(from.name.fold)) return { to, isFull: false };
    const maxFromSender = from.account === null ? MAX_FROM_UNREGISTERED : MAX_FROM_REGISTERED;
    return { to, isFull: offline.add(account.fold, mail, maxFromSender) === 'full' };
  }

  #setReadMarker(fold: string, readMarker: ReadMarker): void {
    this.#context.accounts.offline.setReadMarker(fold, readMarker);
    this.#context.turn.scheduleAccountCommit();
  }
}
