/** How far a user has read in a room: reported by one of its programs, stored, and told to its others. */
import type { HistoryStore, ProposalOf } from '../ports.js';
import type { ReadPosition } from '../accounts.js';
import { type HubContext, notStoredAt } from './hub-context.js';
import type { ClientRoomRequest } from './request.js';
import type { Room } from './room.js';
import type { Session } from './session.js';

export class ReadMarkers {
  readonly #context: HubContext;
  readonly #history: HistoryStore;

  constructor(context: HubContext, history: HistoryStore) {
    this.#context = context;
    this.#history = history;
  }

  /** READ: proposes to move the marker to a message. One beyond the newest message stands for the newest. */
  read({ session: client, room, command: { id: typedId }, at }: ClientRoomRequest<'read'>): void {
    const id = Math.min(typedId, this.#context.readableBefore - 1);
    let time: number;
    try {
      time = this.#timeOf(room, id) ?? at;
    } catch (error) {
      this.#context.onError(error);
      this.#context.refuse(client, 'busy', {}, at);
      return;
    }
    const known = client.account === null ? undefined : this.#positionOf(client.account.fold, room);
    if (known !== undefined && known.id >= id) this.#context.reply(client, this.#marked(room, known, at));
    else this.#context.propose(client, this.#proposal(client, room, { id, at: time }), at);
  }

  /** Moves the marker, which never goes back, and tells the other sessions of the account. */
  settleRead(session: Session, { room: fold, id, time }: ProposalOf<'read'>, at: number): void {
    const { account, local: client } = session;
    const { accounts, turn, directory } = this.#context;
    const room = session.roomNamed(fold);
    if (account === null || room === null) {
      this.#context.refuse(session, account === null ? 'not-registered' : 'not-in-room', {}, at);
      return;
    }
    const position = accounts.readPositions.advance(account.fold, fold, { id, at: time });
    if (position !== null) turn.scheduleCommit();
    const known = position ?? this.#positionOf(account.fold, room) ?? { id, at: time };
    if (client !== null)
      turn.sendOnlyIfStored(turn.reply(client, this.#marked(room, known, at)), notStoredAt(at, 'read'));
    if (position === null) return;
    const event = { kind: 'read', room: room.name.shown, id: position.id, at: position.at } as const;
    for (const other of directory.sessionsWith(account))
      if (other !== session && other.local !== null)
        turn.sendOnlyIfStored(turn.send(other.local, event), null);
  }

  #positionOf(fold: string, { name }: Room): ReadPosition | undefined {
    return this.#context.accounts.readPositions.of(fold, name.fold);
  }

  #proposal({ key }: Session, { name }: Room, { id, at: time }: ReadPosition) {
    return { kind: 'read', session: key, room: name.fold, id, time } as const;
  }

  #marked({ name }: Room, { id }: ReadPosition, at: number) {
    return { kind: 'marked', at, room: name.shown, id } as const;
  }

  /** The time of the message with this id, or of the one before it; null if there is neither. */
  #timeOf({ name }: Room, id: number): number | null {
    const range = { after: 0, before: id + 1, limit: 1, keep: 'newest' } as const;
    return this.#history.read(name.fold, range)[0]?.at ?? null;
  }
}
