/** What a registered user finds on coming back: direct messages that were kept, and what was said since. */
import type { OfflineMessage, ReadMarker } from '../accounts.js';
import type { Client } from './client.js';
import type { HubContext } from './hub-context.js';
import type { CloseReason } from '../reasons.js';
import type { Room } from './room.js';

export class OfflineDelivery {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  /** What waits for it, and where its last session ended: to be asked before it is anywhere. */
  find(
    { account }: Client,
    at: number,
  ): { readonly mail: readonly OfflineMessage[]; readonly readMarker: ReadMarker | null } {
    if (account === null) return { mail: [], readMarker: null };
    const { offline } = this.#context.accounts;
    return {
      mail: offline.waitingFor(account.fold, at),
      readMarker: offline.readMarker(account.fold) ?? null,
    };
  }

  /** It is in a room now: should the server be killed, this was its last one. */
  onEnter({ account }: Client, room: Room, lastId: number, at: number): void {
    if (account !== null)
      this.#setReadMarker(account.fold, { room: room.name, id: lastId, at, isHere: true });
  }

  /** Its session ends in that room. `lastId` is that of the last message in all. */
  onLeave(client: Client, room: Room, why: CloseReason, lastId: number, at: number): void {
    if (client.account === null) return;
    // What is said in this very turn does not reach a connection that is lost.
    const reached = why === 'lost' ? this.#context.turn.shownId : lastId;
    const id = Math.min(reached, client.lastIdBeforeBacklog ?? reached);
    this.#setReadMarker(client.account.fold, { room: room.name, id, at, isHere: false });
  }

  /** A message for someone who is away, and for whom; null if that name is nobody's. */
  store(
    from: Client,
    typed: string,
    mail: OfflineMessage,
  ): { readonly to: string; readonly isFull: boolean } | null {
    const { users, offline } = this.#context.accounts;
    const account = users.find(typed);
    if (account === undefined || from.name === null) return null;
    const to = account.shown;
    // Whoever is ignored is not told so.
    if (account.ignores.has(from.name.fold)) return { to, isFull: false };
    return { to, isFull: offline.add(account.fold, mail) === 'full' };
  }

  #setReadMarker(fold: string, readMarker: ReadMarker): void {
    this.#context.accounts.offline.setReadMarker(fold, readMarker);
    this.#context.turn.scheduleAccountCommit();
  }
}
