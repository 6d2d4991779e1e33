/** What a registered user gets after being offline: stored direct messages, and how many messages were missed. */
import type { OfflineMessage, ReadMarker } from '../accounts.js';
import { Awaited } from './awaited.js';
import type { HubContext } from './hub-context.js';
import type { ProposalOf, SessionKey } from '../ports.js';
import type { Room } from './room.js';
import type { Session } from './session.js';
import type { Subscribers } from './subscribers.js';

/** Messages of one sender in a mailbox, so that no sender fills it. */
const MAX_FROM_REGISTERED = 20;
const MAX_FROM_UNREGISTERED = 3;

/** The author of a direct message, with its account if the name is registered. */
type Sender = Pick<Session, 'name' | 'account'>;

export class OfflineDelivery {
  readonly #context: HubContext;
  readonly #subscribers: Subscribers;
  /** Removals of this node that have not settled. */
  readonly #awaited = new Awaited<(isStored: boolean) => void>();

  constructor(context: HubContext, subscribers: Subscribers) {
    this.#context = context;
    this.#subscribers = subscribers;
  }

  /** The stored messages, and where the last session ended. Call it before the session enters a room. */
  find({ account }: Session): {
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
  onEnter({ account }: Session, room: Room, lastId: number, at: number): void {
    if (account !== null)
      this.#setReadMarker(account.fold, { room: room.name, id: lastId, at, isHere: true });
  }

  /** Records where a session ended. `readId` is the last message that reached it; null if all of them do. */
  onLeave({ account, local }: Session, room: Room, readId: number | null, at: number): void {
    if (account === null) return;
    const { lastId } = this.#context;
    const id = Math.min(readId ?? lastId, lastId);
    this.#setReadMarker(account.fold, { room: room.name, id, at, isHere: false });
    // Only the node of the connection knows how far its client has read.
    const lastIdBeforeBacklog = local?.lastIdBeforeBacklog ?? null;
    if (lastIdBeforeBacklog === null || lastIdBeforeBacklog >= id) return;
    const marker = { account: account.fold, room: room.name.fold, id: lastIdBeforeBacklog };
    this.#context.submit({ kind: 'read-marker', ...marker }, at);
  }

  /** Records up to which message a user has seen a room that it leaves; `readId` as in `onLeave`. */
  onExit({ account }: Session, room: Room, readId: number | null, at: number): void {
    if (account === null) return;
    const { lastId, accounts, turn } = this.#context;
    const id = Math.min(readId ?? lastId, lastId);
    const known = accounts.leftPositions.of(account.fold, room.name.fold);
    if (known !== undefined && known.id >= id) return;
    accounts.leftPositions.advance(account.fold, room.name.fold, { id, at });
    turn.scheduleCommit();
  }

  /** Moves the read marker of a session that has ended back to what reached its client. */
  settleReadMarker({ account, room, id }: ProposalOf<'read-marker'>): void {
    const marker = this.#context.accounts.offline.readMarker(account);
    if (marker === undefined || marker.isHere || marker.room.fold !== room || marker.id <= id) return;
    this.#setReadMarker(account, { ...marker, id });
  }

  /** Proposes to remove stored messages that were handed over. */
  onFetched(account: string, lastId: number, at: number): void {
    this.#context.submit({ kind: 'fetched', account, lastId, token: null }, at);
  }

  /** Proposes to remove stored messages, and calls back once that is stored, or could not be. */
  clear(
    fetched: Omit<ProposalOf<'fetched'>, 'kind' | 'token'> & { readonly token: SessionKey },
    at: number,
    onResult: (isStored: boolean) => void,
  ): void {
    if (this.#context.isCut()) {
      onResult(false);
      return;
    }
    this.#awaited.add(fetched.token, onResult);
    this.#context.submit({ kind: 'fetched', ...fetched }, at);
  }

  /** All entries of a run of this node have settled: what still waits was lost. */
  endRun(run: Pick<SessionKey, 'node' | 'epoch'>): void {
    for (const onResult of this.#awaited.takeRun(run)) onResult(false);
  }

  /** Removes stored messages that were handed over. After a failure they are sent again at the next login. */
  settleFetched({ account, lastId, token }: ProposalOf<'fetched'>): void {
    const { turn, accounts } = this.#context;
    accounts.offline.removeDelivered(account, lastId);
    turn.scheduleCommit();
    const onResult = this.#awaited.take(token);
    if (onResult !== null) turn.afterCommit(onResult);
  }

  /** Stores a message for an offline user, by the fold of the name. Null if it is not registered. */
  store(
    from: Sender,
    fold: string,
    mail: OfflineMessage,
  ): { readonly to: string; readonly isFull: boolean } | null {
    return this.storeAll(from, fold, [mail]);
  }

  /** Stores several messages: all of them, or none. */
  storeAll(
    from: Sender,
    fold: string,
    mail: readonly OfflineMessage[],
  ): { readonly to: string; readonly isFull: boolean } | null {
    const { users, offline } = this.#context.accounts;
    const account = users.findFolded(fold);
    if (account === undefined || from.name === null) return null;
    const to = account.shown;
    // An ignored sender does not learn of it.
    if (account.ignores.has(from.name.fold)) return { to, isFull: false };
    const maxFromSender = from.account === null ? MAX_FROM_UNREGISTERED : MAX_FROM_REGISTERED;
    if (!offline.hasSpaceFor(account.fold, from.name.fold, mail.length, maxFromSender))
      return { to, isFull: true };
    for (const message of mail) offline.add(account.fold, message, from.account?.fold);
    this.#subscribers.onMail(account.fold, mail);
    return { to, isFull: false };
  }

  #setReadMarker(fold: string, readMarker: ReadMarker): void {
    this.#context.accounts.offline.setReadMarker(fold, readMarker);
    this.#context.turn.scheduleCommit();
  }
}
